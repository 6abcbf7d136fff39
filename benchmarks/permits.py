"""Measure permits signed and verified per second on one core, beside the bare signature and PyJWT.

The bare figures are Ed25519 of `cryptography` over the same bytes, the least that the work can cost.
PyJWT, where it is installed (`--peer PYTHON` names an interpreter that has it), signs and verifies
the same header and claims; it checks `exp`, `nbf` and `iss`, and knows nothing of the event. Times
are of the thread's CPU clock; each figure is the median of the rounds, with least and most.

    python benchmarks/permits.py [--permits 5000] [--rounds 5] [--peer PYTHON] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vermilion.permit import (
    Claims,
    PermittedEvent,
    RulebookVerdict,
    SealedEntry,
    Verifier,
    sign_permit,
    thumbprint,
)

NBF = 1_714_528_800
ISSUER = "vermilion/5f0c2a9be4d17386"

PEER = """
import json, statistics, sys, time, jwt
asked = json.load(sys.stdin)
now = asked["now"]
from datetime import datetime, timezone
import jwt.api_jwt
class Then(datetime):
    @classmethod
    def now(cls, tz=None): return datetime.fromtimestamp(now, tz or timezone.utc)
jwt.api_jwt.datetime = Then
key = jwt.PyJWK.from_dict(asked["jwk"])
public = jwt.PyJWK.from_dict({k: v for k, v in asked["jwk"].items() if k != "d"})
found = {"sign": [], "verify": []}
for _ in range(asked["rounds"]):
    begin = time.thread_time()
    made = [jwt.encode(one, key.key, "EdDSA", asked["header"]) for one in asked["claims"]]
    found["sign"].append(time.thread_time() - begin)
    begin = time.thread_time()
    for one in made: jwt.decode(one, public.key, ["EdDSA"], issuer=asked["issuer"])
    found["verify"].append(time.thread_time() - begin)
json.dump({"version": jwt.__version__, **found}, sys.stdout)
"""


class Key:
    """A signing key in memory."""

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.permit_public_key = self.private.public_key().public_bytes_raw()

    def sign_permit_bytes(self, data: bytes) -> bytes:
        """Return the signature."""
        return self.private.sign(data)


def claims_of(number: int) -> Claims:
    """Return the claims of a usual permit."""
    hexadecimal = sha256(b"%d" % number).hexdigest()
    return Claims(
        iss=ISSUER,
        jti=f"{ISSUER}/{number}",
        nbf=NBF,
        exp=NBF + 86_400,
        event=PermittedEvent(
            source="//market.example/orders",
            id=f"A-{number}-proposed",
            subject=f"A-{number}",
            type="sale",
            digest=hexadecimal,
        ),
        judgement=SealedEntry(entry=number, digest=hexadecimal),
        rulebooks=[RulebookVerdict(id="cn", digest=hexadecimal, verdict="condition")],
        conditions=["CN-S05@1"],
        resolutions=[],
    )


def timed(work: Callable[[], object]) -> float:
    """Return the CPU seconds that some work takes."""
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def measure(count: int, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each round: ours and the bare signature's, in turn."""
    key, found = Key(), {name: [] for name in ("sign", "bare sign", "verify", "bare verify")}
    verifier, public = Verifier(key.permit_public_key), key.private.public_key()
    wanted = [claims_of(number) for number in range(1_000_000, 1_000_000 + count)]
    permits = [sign_permit(one, key) for one in wanted]
    parts = [permit.rpartition(".") for permit in permits]
    data = [text.encode() for text, _, _ in parts]
    signatures = [key.private.sign(one) for one in data]
    asked = [(permit, one.event.digest) for permit, one in zip(permits, wanted, strict=True)]

    def verify() -> None:
        for permit, digest in asked:
            verifier.verify(permit, NBF, issuer=ISSUER, event_digest=digest)

    def bare_verify() -> None:
        for signature, one in zip(signatures, data, strict=True):
            public.verify(signature, one)

    for _ in range(rounds):
        found["sign"].append(timed(lambda: [sign_permit(one, key) for one in wanted]))
        found["bare sign"].append(timed(lambda: [key.private.sign(one) for one in data]))
        found["verify"].append(timed(verify))
        found["bare verify"].append(timed(bare_verify))
    lengths = [len(permit) for permit in permits]
    print(f"permits of {min(lengths)} to {max(lengths)} characters", file=sys.stderr)
    return found


def peer(python: str, count: int, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each round of PyJWT; nothing where it cannot be run."""
    key = Key()
    from vermilion.permit import jwk_of
    from vermilion.permit.base64url import encode_base64

    private = encode_base64(key.private.private_bytes_raw())
    asked = {
        "now": NBF,
        "rounds": rounds,
        "issuer": ISSUER,
        "jwk": msgspec.to_builtins(jwk_of(key.permit_public_key)) | {"d": private},
        "header": {"kid": thumbprint(key.permit_public_key), "typ": "vermilion-permit+jwt"},
        "claims": [
            msgspec.to_builtins(claims_of(number)) for number in range(1_000_000, 1_000_000 + count)
        ],
    }
    command = [python, "-c", PEER]
    try:
        run = subprocess.run(
            command, input=json.dumps(asked), capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", "") or error
        print(f"no figure of PyJWT: {reason}", file=sys.stderr)
        return {}
    found = json.loads(run.stdout)
    return {f"PyJWT {found['version']} {name}": found[name] for name in ("sign", "verify")}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--permits", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", default=sys.executable, help="Python that has PyJWT")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = measure(options.permits, options.rounds)
    found |= peer(options.peer, options.permits, options.rounds)
    rates = {
        name: [options.permits / spent for spent in sorted(rounds, reverse=True)]
        for name, rounds in found.items()
    }
    if options.json:
        print(json.dumps(rates))
        return
    for name, each in rates.items():
        median = statistics.median(each)
        print(f"{name:<24} {median:>9,.0f} a second ({each[0]:,.0f} to {each[-1]:,.0f})")
    for name in ("sign", "verify"):
        ours, bare = (statistics.median(rates[one]) for one in (name, f"bare {name}"))
        more = (1 / ours - 1 / bare) * 1e6
        print(f"{name}: {ours / bare:.0%} of the bare signature's rate, {more:.1f} µs more each")


if __name__ == "__main__":
    main()
