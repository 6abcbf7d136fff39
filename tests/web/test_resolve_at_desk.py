"""`vermilion resolve --desk`: officers who have keys sign where they are, and are recorded there."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click.testing
import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from vermilion.cli import main, resolving
from vermilion.desk.book import make_book
from vermilion.desk.loop.answer import resolution_event, signed
from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import By, EventName, Resolution, ResolutionEvent

from .api.desk import BOOK, Desk, at, sale, served

SOURCE = "//market.example/orders"


class Asking:
    """Stands for the network: asks the served desk as one officer."""

    def __init__(self, desk: Desk, person: str) -> None:
        self._desk, self._person = desk, person

    def __enter__(self) -> Asking:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        """Ask."""
        return self._desk.ask("officer", method, path, person=self._person, **how)


@pytest.fixture
def keys() -> dict[str, Ed25519PrivateKey]:
    """Return two officers' keys."""
    return {name: Ed25519PrivateKey.generate() for name in ("olga", "petr")}


@pytest.fixture
def desk(tmp_path: Path, keys: dict[str, Ed25519PrivateKey]) -> Iterator[Desk]:
    """Serve a book whose officers have keys, with one sale held."""
    lines = []
    for name, key in keys.items():
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / f"{name}.pem").write_bytes(pem)
        (tmp_path / f"{name}.pem").chmod(0o600)
        public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
        lines.append(f'  - {{id: {name}, key: "{public}"}}\n')
    make_book(tmp_path / "book", {"book.yaml": f"{BOOK}officers:\n{''.join(lines)}"})
    with served(tmp_path / "book") as desk:
        desk.submit(sale("a"))
        yield desk


@pytest.fixture
def resolve(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what resolves from the command line as one officer, and gives what is printed."""

    def run(person: str, *said: str, code: int = 0) -> Any:
        monkeypatch.setattr(resolving, "_client", lambda _: Asking(desk, person))
        more = ["--key", str(tmp_path / f"{person}.pem"), "--by", person, "--reason", "checked"]
        asked = ["resolve", *said, "--desk", "http://desk", *more, "--json"]
        done = click.testing.CliRunner().invoke(main, asked)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if done.stdout else done.stderr

    return run


def test_one_event_is_released(desk: Desk, resolve: Any) -> None:
    """What is signed on the officer's machine frees the event at the desk."""
    done = resolve("olga", "release", "--event", "a", "--source", SOURCE)
    assert (done["effect"]["effect"], done["permits"]) == ("frees", 1)
    assert desk.submit(sale("a")).json()["standing"] == "permitted"


def test_a_cause_takes_two(desk: Desk, resolve: Any) -> None:
    """The second officer finds what waits at the desk and completes it; an end is signed too."""
    cases = desk.ask("officer", "GET", "/v1/cases?limit=200").json()["items"]
    firsts = []
    for case in cases:
        first = resolve("olga", "release", "--cause", case["cause"], "--until", at(6_000))
        assert first["effect"]["effect"] == "waits"
        firsts.append(resolve("petr", "confirm", first["id"])["id"])
    assert desk.submit(sale("a")).json()["standing"] == "permitted"
    assert resolve("olga", "end", firsts[0])["effect"]["effect"] == "ends"


def test_what_is_not_there_is_told(resolve: Any) -> None:
    """An unknown event and an unknown resolution are refused before anything is sent."""
    named = ["--event", "z", "--source", SOURCE]
    assert "no held event has the id `z`" in resolve("olga", "release", *named, code=2)
    assert "add --source" in resolve("olga", "release", "--event", "a", code=2)
    assert "waits for a second person" in resolve("petr", "confirm", "z", code=2)


def test_the_book_itself_is_busy(desk: Desk, tmp_path: Path) -> None:
    """While it is served, the command says who has it; without a place it asks for one."""
    said = ["resolve", "release", "--event", "a", "--by", "olga", "--reason", "x"]
    done = click.testing.CliRunner().invoke(main, [*said, "--book", str(desk.path)])
    assert done.exit_code == 4
    assert "--desk" in done.stderr
    assert click.testing.CliRunner().invoke(main, said).exit_code == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": "//elsewhere"}, "bad_resolution"),
        ({"time": dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)}, "not_now"),
        ({"by": "petr"}, "not_you"),
    ],
)
def test_what_is_not_ones_own_is_refused(
    desk: Desk, keys: dict[str, Ed25519PrivateKey], changes: dict[str, Any], code: str
) -> None:
    """Another source, another time and another person are refused, whatever is signed."""
    answer = post(desk, keys["olga"], **changes)
    assert answer.json()["code"] == code
    assert desk.submit(sale("a")).json()["standing"] == "held"


def test_a_wrong_signature_does_nothing(desk: Desk, keys: dict[str, Ed25519PrivateKey]) -> None:
    """Signed by another's key it is recorded as void, and sent again it is a conflict."""
    answer = post(desk, keys["petr"])
    assert answer.json()["effect"]["void"] == ["bad_signature"]
    assert desk.submit(sale("a")).json()["standing"] == "held"


def test_another_event_is_no_resolution(desk: Desk) -> None:
    """A sale sent here is refused by its type."""
    answer = desk.ask("officer", "POST", "/v1/resolutions/signed", json=sale("b"))
    assert (answer.status_code, answer.json()["field"]) == (422, "type")


def test_what_the_desk_prepares_is_what_is_signed(
    desk: Desk, keys: dict[str, Ed25519PrivateKey]
) -> None:
    """An answer, its confirmation and its end are signed over the text that the desk gives, and take effect."""
    (case,) = desk.ask("officer", "GET", "/v1/cases?limit=1").json()["items"]
    said = {"action": "release", "reason": "checked"}
    first = sign(desk, keys, "olga", **said, cause=case["cause"], until=at(6_000))
    assert first["effect"]["effect"] == "waits"
    named = {"source": "vermilion:resolutions", "id": first["id"]}
    second = sign(desk, keys, "petr", **said, confirms=named)
    assert second["effect"]["effect"] == "frees"
    named["id"] = second["id"]
    assert sign(desk, keys, "olga", **said, ends=named)["effect"]["effect"] == "ends"


def test_what_is_prepared_is_not_recorded(desk: Desk) -> None:
    """The text names the record, and the record stays as it is."""
    before = desk.ask("officer", "GET", "/v1/record").json()
    text = prepare(desk, "olga", action="release", reason="x", event={"source": SOURCE, "id": "a"})
    assert text.json()["text"].split("\n")[:2] == ["vermilion resolution 1", before["origin"]]
    assert desk.ask("officer", "GET", "/v1/record").json() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "event"),
        ({"event": {"source": SOURCE, "id": "a"}, "cause": "0" * 32}, "event"),
        ({"confirms": {"source": "a", "id": "b"}, "ends": {"source": "a", "id": "b"}}, "event"),
        ({"cause": "0" * 32, "until": "soon"}, "until"),
        ({"cause": "0" * 32, "reason": "x" * 4_001}, "reason"),
        ({"cause": "0" * 32, "by": "petr"}, None),
    ],
)
def test_what_cannot_be_signed_is_refused(
    desk: Desk, changes: dict[str, Any], field: str | None
) -> None:
    """An answer to nothing or to two things, without a day, too long, or in another's name."""
    answer = prepare(desk, "olga", **{"action": "release", "reason": "x"} | changes)
    assert answer.status_code in {400, 422}
    assert field is None or field in answer.json()["field"]


def prepare(desk: Desk, person: str, **said: Any) -> httpx.Response:
    """Ask for the text that somebody signs."""
    return desk.ask("officer", "POST", "/v1/resolutions/unsigned", person=person, json=said)


def sign(
    desk: Desk, keys: dict[str, Ed25519PrivateKey], person: str, **said: Any
) -> dict[str, Any]:
    """Sign what the desk prepared, as a page does, and return what it did."""
    text = prepare(desk, person, **said).json()["text"]
    event = json.loads(text.split("\n")[2])
    signature = base64.urlsafe_b64encode(keys[person].sign(text.encode())).decode().rstrip("=")
    event["data"]["signature"] = signature
    answer = desk.ask("officer", "POST", "/v1/resolutions/signed", person=person, json=event)
    done: dict[str, Any] = answer.json()
    return done


def post(desk: Desk, key: Ed25519PrivateKey, by: str = "olga", **changes: Any) -> httpx.Response:
    """Sign a release and send it as Olga."""
    said = Resolution(
        action="release",
        parties=By(by=by),
        reason="checked",
        event=EventName(source=SOURCE, id="a"),
    )
    origin = desk.ask("officer", "GET", "/v1/record").json()["origin"]
    made: ResolutionEvent = msgspec.structs.replace(resolution_event(said), **changes)
    content = canonical_bytes(signed(made, key, origin))
    return desk.ask("officer", "POST", "/v1/resolutions/signed", content=content)
