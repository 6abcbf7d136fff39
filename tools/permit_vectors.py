"""Write `docs/vectors/permits.json`: permits, good and bad, and what a verifier must say of each.

Usage: `python tools/permit_vectors.py [--check]`. The key's seed is published, so it protects
nothing.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from hmac import digest as hmac
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vermilion.permit import (
    Claims,
    PermittedEvent,
    RulebookVerdict,
    SealedEntry,
    jwk_of,
    sign_permit,
)

VECTORS = Path(__file__).resolve().parent.parent / "docs" / "vectors" / "permits.json"

NBF = 1_714_528_800
EXP = NBF + 86_400
ISSUER = "vermilion/5f0c2a9be4d17386"
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group of Ed25519: a signature's second half is below it."""


class Key:
    """A signing key from a seed of 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.permit_public_key = self._key.public_key().public_bytes_raw()

    def sign_permit_bytes(self, data: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(data)


SEED = bytes(range(32))
KEY = Key(SEED)
OTHER_KEY = Key(bytes(range(32, 64)))


def sample() -> Claims:
    """Return the claims of a usual permit."""
    return Claims(
        iss=ISSUER,
        jti=f"{ISSUER}/1042",
        nbf=NBF,
        exp=EXP,
        event=PermittedEvent(
            source="//market.example/orders",
            id="A-1-proposed",
            subject="A-1",
            type="sale",
            digest=sha256(b"event").hexdigest(),
        ),
        judgement=SealedEntry(entry=1041, digest=sha256(b"[{}]").hexdigest()),
        rulebooks=[RulebookVerdict(id="cn", digest=sha256(b"cn").hexdigest(), verdict="condition")],
        conditions=["CN-S05@1"],
        resolutions=[],
    )


def resolved() -> Claims:
    """Return the claims of a permit that people freed, with texts that JSON must escape."""
    claims = sample()
    return msgspec.structs.replace(
        claims,
        event=msgspec.structs.replace(claims.event, id='订单 "7"\\\u0001\n\u2028😀'),
        rulebooks=[
            msgspec.structs.replace(claims.rulebooks[0], verdict="review"),
            RulebookVerdict(id="house", digest=sha256(b"house").hexdigest(), verdict="allow"),
        ],
        conditions=[],
        resolutions=[
            SealedEntry(entry=entry, digest=sha256(b"%d" % entry).hexdigest())
            for entry in (1050, 1061)
        ],
    )


def encode(data: bytes) -> str:
    """Write base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(header: bytes, payload: bytes, key: Key = KEY) -> str:
    """Sign any header and payload, as a faulty issuer might."""
    text = f"{encode(header)}.{encode(payload)}"
    return f"{text}.{encode(key.sign_permit_bytes(text.encode()))}"


def cases() -> Iterator[dict[str, Any]]:
    """Yield each permit with the reader's question and the answer: `good`, or a code."""
    good = sign_permit(sample(), KEY)
    event, other = sample().event.digest, sha256(b"other").hexdigest()

    def case(name: str, expect: str, permit: str = good, **asked: Any) -> dict[str, Any]:
        reader = {"now": NBF, "issuer": ISSUER, "event_digest": event, "skew_seconds": 0}
        return {"name": name, "permit": permit, **reader, **asked, "expect": expect}

    yield case("good", "good")
    yield case("good until just before its end", "good", now=EXP - 1)
    yield case("good after resolutions", "good", sign_permit(resolved(), KEY))
    yield case("good for a clock that is 5 minutes fast", "good", now=EXP + 299, skew_seconds=300)
    yield case("expired", "permit_expired", now=EXP)
    yield case("expired for days", "permit_expired", now=EXP + 3 * 86_400, skew_seconds=300)
    yield case("not yet", "permit_not_yet", now=NBF - 1)
    yield case("not yet for days", "permit_not_yet", now=NBF - 3 * 86_400, skew_seconds=300)
    yield case("of another book", "permit_issuer", issuer="vermilion/0000000000000000")
    yield case("for another event", "permit_event", event_digest=other)
    yield case("by another key", "permit_key", sign_permit(sample(), OTHER_KEY))
    for name, expect, permit in (*_altered(good), *_confused(good), *_misspelt(good)):
        yield case(name, expect, permit)


def _altered(good: str) -> Iterator[tuple[str, str, str]]:
    """Yield good permits of which one part was changed."""
    header, payload, signature = good.split(".")
    forged = msgspec.structs.replace(sample(), exp=EXP + 86_400)
    longer = encode(msgspec.json.encode(forged))
    yield "payload altered", "permit_altered", f"{header}.{longer}.{signature}"
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    yield "signature altered", "permit_altered", f"{header}.{payload}.{flipped}"
    yield "key of another, own signature", "permit_altered", _under_our_header(payload)
    raw = base64.urlsafe_b64decode(signature + "==")
    more = int.from_bytes(raw[32:], "little") + ORDER
    again = encode(raw[:32] + more.to_bytes(32, "little"))
    yield "signature plus the group's order", "permit_altered", f"{header}.{payload}.{again}"
    yield "truncated", "permit_malformed", good[:-1]
    yield "without signature", "permit_malformed", f"{header}.{payload}."
    yield "empty", "permit_malformed", ""
    yield "oversized", "permit_too_long", f"{header}.{payload}{'A' * 8_192}.{signature}"


def _under_our_header(payload: str) -> str:
    header = sign_permit(sample(), KEY).partition(".")[0]
    text = f"{header}.{payload}"
    return f"{text}.{encode(OTHER_KEY.sign_permit_bytes(text.encode()))}"


def _confused(good: str) -> Iterator[tuple[str, str, str]]:
    """Yield permits whose header is another than the one form, signed with the right key."""
    header, payload = (base64.urlsafe_b64decode(f"{one}==") for one in good.split(".")[:2])
    kid = jwk_of(KEY.permit_public_key).kid
    for name, changed in (
        ("header reordered", f'{{"typ":"vermilion-permit+jwt","alg":"EdDSA","kid":"{kid}"}}'),
        ("header with a blank", header.decode().replace(":", ": ", 1)),
        ("header with a line break after it", f"{header.decode()}\n"),
        ("header with another type", header.decode().replace("vermilion-permit+jwt", "JWT")),
        ("header with a key inside", header.decode().replace("{", '{"jwk":{},', 1)),
        ("algorithm ES256", header.decode().replace("EdDSA", "ES256")),
    ):
        yield name, "permit_malformed", signed(changed.encode(), payload)
    none = encode(header.replace(b"EdDSA", b"none"))
    yield "algorithm none", "permit_malformed", f"{none}.{encode(payload)}."
    text = f"{encode(header.replace(b'EdDSA', b'HS256'))}.{encode(payload)}"
    keyed = encode(hmac(KEY.permit_public_key, text.encode(), "sha256"))
    yield "algorithm HS256 with the public key", "permit_malformed", f"{text}.{keyed}"
    doubled = encode(hmac(KEY.permit_public_key, text.encode(), "sha512"))
    yield "algorithm HS512 with the public key", "permit_malformed", f"{text}.{doubled}"


def _misspelt(good: str) -> Iterator[tuple[str, str, str]]:
    """Yield permits in another spelling than the one form, signed with the right key."""
    header, payload, signature = good.split(".")
    plain = base64.urlsafe_b64decode(f"{header}==")
    claims = base64.urlsafe_b64decode(f"{payload}==").decode()
    for name, changed in (
        ("unknown field", claims.replace("{", '{"aud":"all",', 1)),
        ("unknown field within", claims.replace('"event":{', '"event":{"stage":"proposed",')),
        ("field missing", claims.replace(',"resolutions":[]', "")),
        ("duplicate key", claims.replace('"exp":', f'"exp":{EXP + 1},"exp":')),
        ("blank", claims.replace(",", ", ", 1)),
        ("trailing line break", f"{claims}\n"),
        ("other order", claims.replace(f'"nbf":{NBF},"exp":{EXP}', f'"exp":{EXP},"nbf":{NBF}')),
        ("number as a text", claims.replace(f'"exp":{EXP}', f'"exp":"{EXP}"')),
        ("number with a fraction", claims.replace(f'"exp":{EXP}', f'"exp":{EXP}.0')),
        ("number with an exponent", claims.replace(f'"exp":{EXP}', '"exp":2e9')),
        ("number of 400 digits", claims.replace(f'"exp":{EXP}', f'"exp":{"9" * 400}')),
        ("not a number", claims.replace(f'"exp":{EXP}', '"exp":NaN')),
        ("needless escape", claims.replace('"A-1"', r'"\u0041-1"')),
        ("deep nesting", claims.replace('"A-1"', "[" * 2_000 + "]" * 2_000)),
        ("of another book's entry", claims.replace(f'"jti":"{ISSUER}', '"jti":"vermilion/0')),
        ("a denial", claims.replace('"verdict":"condition"', '"verdict":"deny"')),
        ("no rulebook", claims[: claims.index("[{") + 1] + claims[claims.index("}]") + 1 :]),
        ("not an object", "[]"),
    ):
        yield f"claims: {name}", "permit_malformed", signed(plain, changed.encode())
    other = sign_permit(resolved(), KEY)
    standard = other.translate({ord("-"): "+", ord("_"): "/"})
    last = chr(ord(signature[-1]) + 1)
    yield (
        "base64 with trailing bits",
        "permit_malformed",
        f"{header}.{payload}.{signature[:-1]}{last}",
    )
    odd = f"{header}.{payload}{'A' * (-(len(payload) - 1) % 4)}"
    resigned = f"{odd}.{encode(KEY.sign_permit_bytes(odd.encode()))}"
    yield "base64 of no possible length", "permit_malformed", resigned
    yield "base64 with padding", "permit_malformed", f"{good}=="
    yield "base64 of the other alphabet", "permit_malformed", standard
    yield "base64 with a line break", "permit_malformed", f"{good}\n"
    yield "a fourth part", "permit_malformed", f"{good}.e30"


def document() -> str:
    """Return the file's text."""
    content = {
        "about": "Verify each permit with the key, at `now`, for issuer and event; `expect` is `good` or why not.",
        "seed": SEED.hex(),
        "key": msgspec.to_builtins(jwk_of(KEY.permit_public_key)),
        "claims": msgspec.to_builtins(sample()),
        "cases": list(cases()),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or with `--check` only compare; return the exit code."""
    parser = argparse.ArgumentParser(description="write docs/vectors/permits.json")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    parser.add_argument("--out", type=Path, default=VECTORS, help="the file")
    options = parser.parse_args(arguments)
    if not options.check:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(document(), encoding="utf-8", newline="\n")
    elif not options.out.exists() or options.out.read_text(encoding="utf-8") != document():
        sys.stderr.write(f"{options.out.name} is stale\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
