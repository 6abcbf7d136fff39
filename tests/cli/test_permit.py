"""`vermilion permit`: verify, show, and the key that others need."""

from __future__ import annotations

import base64
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vermilion.cli import main
from vermilion.facts.canonical import canonical_bytes, event_digest
from vermilion.facts.events import Event
from vermilion.permit import (
    Claims,
    PermittedEvent,
    RulebookVerdict,
    SealedEntry,
    jwk_of,
    sign_permit,
)

from .samples import complaint, market_file, printed, run

DURING = "2024-05-01T12:00:00+08:00"
NBF = 1_714_528_800
SALE: dict[str, Any] = {
    "specversion": "1.0",
    "type": "sale",
    "source": "//market.example/orders",
    "id": "A-1-proposed",
    "subject": "A-1",
    "time": "2024-05-01T10:00:00+08:00",
    "stage": "proposed",
    "data": {"price": {"amount": 1990, "currency": "CNY"}},
}


class Key:
    """A signing key."""

    def __init__(self, number: int) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        self.permit_public_key = self._key.public_key().public_bytes_raw()
        self.jwk = jwk_of(self.permit_public_key)

    def sign_permit_bytes(self, data: bytes) -> bytes:
        """Return the signature."""
        return self._key.sign(data)


KEY = Key(1)


def digest(event: dict[str, Any]) -> str:
    """Return an event's digest."""
    return event_digest(canonical_bytes(msgspec.convert(event, Event)))


def permit(event: dict[str, Any] = SALE, **changes: Any) -> str:
    """Sign the permit of an event."""
    claims = Claims(
        iss="vermilion/ab12",
        jti="vermilion/ab12/17",
        nbf=NBF,
        exp=NBF + 86_400,
        event=PermittedEvent(
            source=event["source"],
            id=event["id"],
            subject=event["subject"],
            type=event["type"],
            digest=digest(event),
        ),
        judgement=SealedEntry(entry=16, digest=sha256(b"[]").hexdigest()),
        rulebooks=[RulebookVerdict(id="cn", digest=sha256(b"cn").hexdigest(), verdict="review")],
        conditions=["CN-S05@1"],
        resolutions=[SealedEntry(entry=12, digest=sha256(b"r").hexdigest())],
    )
    return sign_permit(msgspec.structs.replace(claims, **changes), KEY)


PERMIT = permit()


def verify(*arguments: object, text: str = PERMIT) -> Result:
    """Verify a permit during its time."""
    return run("permit", "verify", text, "--key", KEY.jwk.x, "--at", DURING, *arguments)


def write(folder: Path, *events: dict[str, Any], indent: int | None = None) -> Path:
    """Write events to a file."""
    path = folder / "events.ndjson"
    path.write_text("\n".join(json.dumps(one, indent=indent) for one in events) + "\n")
    return path


class TestVerify:
    """Exit code 0 for a good permit, 1 for another, 2 for wrong use."""

    def test_a_good_one(self, tmp_path: Path) -> None:
        """What it says is printed, and that it was held against the event."""
        result = verify("--event", write(tmp_path, SALE), "--issuer", "vermilion/ab12")
        assert result.exit_code == 0
        first, *rest = result.stdout.splitlines()
        assert first == "good: the signature verifies and the permit holds"
        assert "  event: sale A-1-proposed, //market.example/orders" in rest
        assert "  holds: 2024-05-01 02:00:00 UTC until before 2024-05-02 02:00:00 UTC" in rest
        assert "  book: vermilion/ab12, entry 17" in rest
        assert "  condition: CN-S05@1" in rest
        assert "  resolution: entry 12" in rest

    def test_without_the_event(self) -> None:
        """That nobody compared the event is said."""
        result = verify()
        assert result.exit_code == 0
        assert result.stdout.splitlines()[0].endswith("not held against the event")
        found = printed(verify("--json"))
        assert (found["ok"], found["event_checked"]) == (True, False)
        assert found["claims"]["event"]["id"] == "A-1-proposed"

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["--at", "2024-05-02T10:00:00+08:00"], "permit_expired"),
            (["--at", "2024-05-02T10:05:00+08:00", "--skew", 300], "permit_expired"),
            (["--at", "2024-05-01T09:59:59+08:00"], "permit_not_yet"),
            (["--at", "2024-04-28T10:00:00+08:00", "--skew", 300], "permit_not_yet"),
            (["--issuer", "vermilion/ab13"], "permit_issuer"),
            (["--key", Key(2).jwk.x], "permit_key"),
        ],
    )
    def test_one_that_is_not_good(self, arguments: list[object], code: str) -> None:
        """Exit code 1, with a code for programs and words for people in both languages."""
        result = verify("--json", *arguments)
        assert result.exit_code == 1
        found = printed(result)
        assert (found["ok"], found["code"]) == (False, code)
        english = verify(*arguments)
        assert english.exit_code == 1
        assert english.stdout.startswith(f"not good: {found['reason']}")
        chinese = verify("--lang", "zh", *arguments)
        assert chinese.stdout.startswith("无效: ")
        assert found["reason"] in chinese.stdout

    def test_the_present_is_the_default(self) -> None:
        """Without a moment the clock decides: a permit of years ago has expired."""
        result = run("permit", "verify", PERMIT, "--key", KEY.jwk.x, "--json")
        assert printed(result)["code"] == "permit_expired"

    def test_an_altered_one(self) -> None:
        """A changed character is found."""
        result = verify(text=PERMIT[:-20] + ("A" if PERMIT[-20] != "A" else "B") + PERMIT[-19:])
        assert result.exit_code == 1
        assert "altered" in result.stdout

    @pytest.mark.parametrize("text", ["eyJhbGciOiJub25lIn0.e30.", "eyJhbGci" + "A" * 9_000])
    def test_what_is_no_permit(self, text: str) -> None:
        """Something else is not a good permit, with the event's file or without."""
        assert verify(text=text).exit_code == 1
        assert verify("--event", os.devnull, text=text).exit_code == 1

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--skew", 301], "0 to 300 seconds"),
            (["--at", "2024-05-01T12:00:00"], "offset"),
            (["--at", "tomorrow"], "offset"),
            (["--key", "x"], "neither a public key nor a file"),
            (["--key", "{}"], "not an Ed25519 public key"),
        ],
    )
    def test_wrong_use(self, arguments: list[object], words: str) -> None:
        """Exit code 2, and what to do instead."""
        result = verify(*arguments)
        assert result.exit_code == 2
        assert words in complaint(result)[0]

    def test_neither_permit_nor_file(self, tmp_path: Path) -> None:
        """A path to nothing, and a folder, are wrong use."""
        for path in (tmp_path / "nothing", tmp_path):
            result = verify(text=str(path))
            assert result.exit_code == 2
            assert "neither a permit nor a file" in complaint(result)[0]


class TestFrom:
    """Permit and key come as text, from a file or from stdin."""

    def test_files(self, tmp_path: Path) -> None:
        """A file may end in a line break; a key's file holds a JWK or its `x`."""
        (tmp_path / "permit").write_text(f"{PERMIT}\n")
        for text in (json.dumps(msgspec.to_builtins(KEY.jwk), indent=2), f"{KEY.jwk.x}\n"):
            (tmp_path / "key").write_text(text)
            asked = ["--key", str(tmp_path / "key"), "--at", DURING]
            result = run("permit", "verify", tmp_path / "permit", *asked)
            assert result.exit_code == 0, result.output

    def test_jwk_text(self) -> None:
        """A JWK may stand on the command line."""
        assert verify("--key", msgspec.json.encode(KEY.jwk).decode()).exit_code == 0

    def test_stdin(self) -> None:
        """A hyphen reads from stdin, and of 10 MB no more than it takes to refuse them."""
        arguments = ["permit", "verify", "-", "--key", KEY.jwk.x, "--at", DURING, "--json"]
        assert CliRunner().invoke(main, arguments, input=f"{PERMIT}\n").exit_code == 0
        result = CliRunner().invoke(main, arguments, input=PERMIT + "A" * 10_000_000)
        assert printed(result)["code"] == "permit_too_long"


class TestEvent:
    """The permit is held against the event in a file."""

    def test_among_many(self, tmp_path: Path) -> None:
        """Of several events the permit's own counts, though another line cannot be read."""
        others = [{**SALE, "id": f"B-{number}"} for number in range(3)]
        others[0] = {**SALE, "source": "//market.example/other"}
        path = write(tmp_path, others[0], {"no": "event"}, SALE, *others[1:])
        assert printed(verify("--event", path, "--json"))["event_checked"]

    def test_over_many_lines(self, tmp_path: Path) -> None:
        """One event may be spread over lines, in any order of its keys."""
        turned = dict(reversed(SALE.items()))
        assert verify("--event", write(tmp_path, turned, indent=2)).exit_code == 0

    @pytest.mark.parametrize(
        "changes",
        [{"id": "A-2"}, {"data": {"price": {"amount": 1991, "currency": "CNY"}}}, {"data": {}}],
    )
    def test_another_event(self, changes: dict[str, Any], tmp_path: Path) -> None:
        """Another event, or the same one with another fact, is refused."""
        result = verify("--event", write(tmp_path, SALE | changes), "--json")
        assert result.exit_code == 1
        assert printed(result)["code"] == "permit_event"

    def test_not_among_many(self, tmp_path: Path) -> None:
        """Where none of many events is the permit's, it is for another one."""
        result = verify("--event", market_file(tmp_path / "f"), "--json")
        assert result.exit_code == 1
        assert printed(result)["code"] == "permit_event"
        assert "A-1-proposed" in printed(result)["reason"]

    def test_that_cannot_be_read(self, tmp_path: Path) -> None:
        """A file without any event is not the permit's fault."""
        result = verify("--event", write(tmp_path, {"no": "event"}))
        assert result.exit_code == 3
        assert "events.ndjson:1" in complaint(result)[0]
        assert verify("--event", tmp_path / "nothing").exit_code == 3


class TestShow:
    """What a permit says is shown without a key, and never as if it were verified."""

    def test_for_people(self) -> None:
        """The first line says that nothing was verified, in either language."""
        result = run("permit", "show", PERMIT)
        assert result.exit_code == 0
        first, *rest = result.stdout.splitlines()
        assert first.startswith("NOT verified")
        assert f"  key: {KEY.jwk.kid}" in rest
        assert run("permit", "show", PERMIT, "--lang", "zh").stdout.startswith("未经验证")

    def test_for_programs(self) -> None:
        """The claims as they are, marked as not verified."""
        found = printed(run("permit", "show", PERMIT, "--json"))
        payload = base64.urlsafe_b64decode(PERMIT.split(".")[1] + "==")
        assert found == {
            "verified": False,
            "kid": KEY.jwk.kid,
            "claims": json.loads(payload),
        }

    def test_a_forged_one_does_not_steer_the_terminal(self) -> None:
        """Control characters in what anybody may have written are not printed."""
        event = {**SALE, "id": "A\x1b[2J\n  key: ours", "subject": "x\x9b"}
        shown = run("permit", "show", permit(event)).stdout
        assert shown.isprintable() or set(filter(lambda c: not c.isprintable(), shown)) == {"\n"}
        assert len([line for line in shown.splitlines() if line.startswith("  key: ")]) == 1

    def test_a_moment_beyond_the_calendar(self) -> None:
        """A moment that no calendar has is shown in seconds."""
        shown = run("permit", "show", permit(exp=10**15 - 1)).stdout
        assert "until before 999999999999999 s" in shown

    def test_what_is_no_permit(self, tmp_path: Path) -> None:
        """Something else cannot be shown."""
        (tmp_path / "f").write_text("no permit")
        result = run("permit", "show", tmp_path / "f")
        assert result.exit_code == 3
        assert "not a permit" in complaint(result)[0]


class TestKey:
    """The book hands out the key that verifies its permits."""

    def test_the_same_each_time(self, tmp_path: Path) -> None:
        """A JWK without the private part; the same on every call."""
        run("check", market_file(tmp_path / "f"), "--book", tmp_path / "b")
        one, two = (run("permit", "key", "--book", tmp_path / "b") for _ in range(2))
        assert one.exit_code == 0
        assert one.stdout == two.stdout
        assert set(printed(one)) == {"crv", "kty", "x", "alg", "kid", "use"}
        (tmp_path / "key.json").write_text(one.stdout)
        refused = verify("--key", tmp_path / "key.json", "--json")
        assert printed(refused)["code"] == "permit_key"

    def test_no_book(self, tmp_path: Path) -> None:
        """A folder that is no book is wrong use, and nothing is made there."""
        result = run("permit", "key", "--book", tmp_path)
        assert result.exit_code == 2
        assert "there is no book here" in complaint(result)[0]
        assert list(tmp_path.iterdir()) == []
