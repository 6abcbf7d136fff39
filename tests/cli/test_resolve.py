"""`vermilion resolve`, `reconcile` and `permit show --book`: the loop from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from .samples import complaint, printed, run

TIME = "2026-03-10T12:00:00+08:00"
AFTER = "2026-03-10T13:00:00+08:00"

PROPERTY = {
    "rulebook": {
        "id": "xx",
        "title": {"zh": "x", "en": "x"},
        "territory": "CN",
        "time_zone": "Asia/Shanghai",
        "version": 1,
    },
    "instruments": [
        {
            "id": "XX-OWN",
            "title": {"zh": "x", "en": "own terms"},
            "issuer": {"zh": "x", "en": "the operator"},
            "in_force": {"from": "2020-01-01"},
            "addressees": {"territory": "CN", "text": {"zh": "x", "en": "x"}},
        }
    ],
    "lists": {},
    "parameters": {},
}
RULE = {
    "id": "XX-KYC",
    "version": 1,
    "title": {"zh": "须实名", "en": "buyers are verified"},
    "applies_to": ["sale"],
    "violates_if": 'buyer.kyc.status != "verified"',
    "verdict": "review",
    "citations": [
        {
            "instrument": "XX-OWN",
            "pinpoint": "1",
            "essence": {"zh": "x", "en": "x"},
            "binding": "O",
            "tier": "A",
            "status": "draft",
        }
    ],
    "reason": {"zh": "x", "en": "x"},
    "remedy": {"zh": "x", "en": "x"},
    "question": {"zh": "买家实名了吗？", "en": "Is the buyer verified?"},
}


def sale(id: str, buyer: str, stage: str = "proposed", time: str = TIME, **more: Any) -> str:
    """Return a sale to a buyer as a line."""
    parties = {"buyer": buyer, "seller": "shop"}
    data = {"token": "t:1", "parties": parties, "price": {"amount": 100, "currency": "CNY"}}
    made = {"specversion": "1.0", "type": "sale", "source": "//web", "id": f"{stage}-{id}"}
    return json.dumps(made | {"time": time, "stage": stage, "subject": id, "data": data | more})


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a book under one rule, with two proposals held for one buyer and one permitted."""
    rules = tmp_path / "xx"
    (rules / "rules").mkdir(parents=True)
    for name, content in PROPERTY.items():
        (rules / f"{name}.yaml").write_text(json.dumps(content))
    (rules / "rules" / "XX-KYC.yaml").write_text(json.dumps(RULE))
    made = run("init", tmp_path / "book", "--rulebook", rules, "--two-people", "cause")
    assert made.exit_code == 0, made.stderr
    check(tmp_path, KNOWN, sale("a", "ann"), sale("b", "bob"), sale("c", "bob"))
    return tmp_path / "book"


KNOWN = json.dumps(
    {
        "specversion": "1.0",
        "type": "party",
        "source": "//web",
        "id": "ann",
        "time": "2026-03-01T12:00:00+08:00",
        "stage": "settled",
        "data": {"party": {"id": "ann", "kyc": {"status": "verified"}}},
    }
)


def check(folder: Path, *lines: str) -> dict[str, Any]:
    """Check events into the book and return what was printed."""
    (folder / "events.ndjson").write_text("\n".join(lines) + "\n")
    permits = ("--permits", folder / "permits.ndjson")
    found: dict[str, Any] = printed(
        run("check", folder / "events.ndjson", "--book", folder / "book", *permits, "--json")
    )
    return found


def written(folder: Path) -> list[dict[str, Any]]:
    """Return the permits that the last check wrote."""
    return [json.loads(line) for line in (folder / "permits.ndjson").read_text().splitlines()]


def resolve(action: str, book: Path, by: str, *more: Any) -> Any:
    """Run an action of `resolve`."""
    return run("resolve", action, *more, "--book", book, "--by", by, "--reason", "seen")


class TestList:
    """What is held, by cause."""

    def test_one_cause_for_all_that_wait_for_the_same(self, book: Path) -> None:
        """Two events of one buyer are one line of work, with rule and question."""
        found = printed(run("resolve", "list", "--book", book, "--json"))
        (cause,) = found["causes"]
        assert (found["held"], cause["events"], cause["entity"]) == (2, 2, "bob")
        assert cause["question"]["en"] == "Is the buyer verified?"
        text = run("resolve", "list", "--book", book, "--lang", "zh").stdout
        assert "held" not in text
        assert "须实名" in text
        assert cause["cause"] in text

    def test_no_book(self, tmp_path: Path) -> None:
        """Nothing is made where there is no book."""
        assert "no book" in complaint(run("resolve", "list", "--book", tmp_path / "x"))[0]
        assert not (tmp_path / "x").exists()


class TestAnswers:
    """Release, refuse, confirm, end."""

    def test_one_event_is_released_and_settles(self, tmp_path: Path, book: Path) -> None:
        """A released event's permit is written, verifies, and covers what settles."""
        (permit,) = written(tmp_path)
        assert permit["subject"] == "a"
        done = resolve("release", book, "olga", "--event", "proposed-b")
        assert "1 event permitted" in done.stdout
        key = run("permit", "key", "--book", book).stdout
        shown = run("permit", "show", "b", "--source", "//web", "--book", book, "--compact")
        good = run("permit", "verify", shown.stdout.strip(), "--key", key, "--at", AFTER)
        # It holds from the release on, which is now, and not in March 2026.
        assert good.exit_code == 1
        good = run("permit", "verify", permit["permit"], "--key", key, "--at", AFTER)
        assert good.exit_code == 0
        check(tmp_path, sale("a", "ann", "settled", AFTER))
        found = printed(run("reconcile", "--book", book, "--json"))
        total = found["total"]
        assert (total["proposed"], total["permitted"], total["released"]) == (3, 1, 1)
        assert (total["settled"], total["covered"], total["unexplained"]) == (1, 1, 0)

    def test_a_cause_takes_two(self, book: Path) -> None:
        """The first answer waits, the same person's is void, another's frees all."""
        (cause,) = printed(run("resolve", "list", "--book", book, "--json"))["causes"]
        scope = ("--cause", cause["cause"], "--until", "2026-12-31T00:00:00+08:00")
        first = resolve("release", book, "olga", *scope)
        assert "waits for a second person" in first.stdout
        (waiting,) = printed(run("resolve", "list", "--book", book, "--json"))["unconfirmed"]
        same = resolve("confirm", book, "olga", waiting["id"])
        assert (same.exit_code, "same_person" in same.stdout) == (1, True)
        second = printed(resolve("confirm", book, "petr", waiting["id"], "--json"))
        assert (second["permits"], second["effect"]["effect"]) == (2, "frees")
        assert second["effect"]["by"] == ["olga", "petr"]
        labels = run("resolve", "labels", "--book", book).stdout.splitlines()
        assert [json.loads(line)["label"] for line in labels] == ["false_alarm"]
        told = printed(run("resolve", "labels", "--book", book, "--json"))
        assert told == {"labels": [json.loads(line) for line in labels]}
        ended = resolve("end", book, "petr", waiting["id"])
        assert "holds no longer" in ended.stdout

    def test_wrong_use_is_told(self, book: Path) -> None:
        """No scope, two scopes, unknown events and confirmations are errors that say what to do."""
        none = resolve("release", book, "olga")
        assert "for one event or for one cause" in complaint(none)[0]
        unknown = resolve("release", book, "olga", "--event", "proposed-z")
        assert "no held event" in complaint(unknown)[0]
        lost = resolve("confirm", book, "olga", "nothing")
        assert "waits for a second person" in complaint(lost)[0]
        bad = resolve("release", book, "olga", "--event", "proposed-b", "--until", "tomorrow")
        assert "offset" in complaint(bad)[0]

    def test_officers_sign(self, tmp_path: Path, book: Path) -> None:
        """A key that the profile lists is asked for, and its signature accepted."""
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / "olga.pem").write_bytes(pem)
        import base64

        public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
        text = (book / "book.yaml").read_text()
        text = text.replace("officers: []", f'officers: [{{id: olga, key: "{public}"}}]')
        (book / "book.yaml").write_text(text)
        unsigned = resolve("release", book, "olga", "--event", "proposed-b")
        assert (unsigned.exit_code, "unsigned" in unsigned.stdout) == (1, True)
        signed = resolve(
            "release", book, "olga", "--event", "proposed-b", "--key", tmp_path / "olga.pem"
        )
        assert "1 event permitted" in signed.stdout


class TestReconcile:
    """What settled against what was permitted."""

    def test_a_bypass_fails_on_request(self, tmp_path: Path, book: Path) -> None:
        """What settled although it was held is unexplained, and --fail-on tells by exit code."""
        assert run("reconcile", "--book", book, "--fail-on", "unexplained").exit_code == 0
        found = check(tmp_path, sale("b", "bob", "settled", AFTER))
        assert found["found"] == 1
        failed = run("reconcile", "--book", book, "--fail-on", "unexplained", "--json")
        assert failed.exit_code == 1
        (one,) = json.loads(failed.stdout)["unexplained"]
        assert (one["reasons"], one["proposal"]) == (["no_permit"], "held")

    def test_customers_are_told_no_more_than_they_may(self, tmp_path: Path, book: Path) -> None:
        """The customers' file has one line for each proposal, and no reason of a review."""
        out = tmp_path / "customers.ndjson"
        run("check", tmp_path / "events.ndjson", "--book", book, "--customers", out)
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        assert [line["status"] for line in lines] == ["allowed", "held", "held"]
        assert all(line["reasons"] == [] for line in lines)
