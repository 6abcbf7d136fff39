"""Small events, rulebooks and books to play with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.check import CheckRequest
from vermilion.desk.decision import Ruling
from vermilion.desk.desk import Answer, Desk
from vermilion.facts.canonical import canonical_form
from vermilion.facts.events import Event
from vermilion.intake import Received
from vermilion.rulebook import Document, Engine, Rulebook, check_document, find_rulebook
from vermilion.rulebook import load_rulebook as load
from vermilion.simulate import MarketConfig, market

CN = load(find_rulebook("cn"))
"""The shipped rulebook of China."""

NOON = "2026-03-10T12:00:00+08:00"


def words(text: str) -> dict[str, str]:
    """Return one text as if in two languages."""
    return {"zh": text, "en": text}


def rule(id: str, on: str, violated_if: str, **changes: Any) -> dict[str, Any]:
    """Return a rule on some event types that denies; it stands on one statute."""
    return {
        "id": id,
        "version": 1,
        "title": words(id),
        "applies_to": on.split(),
        "violates_if": violated_if,
        "verdict": "deny",
        "citations": [
            {
                "instrument": "XX-LAW",
                "pinpoint": "art. 1",
                "essence": words("it is forbidden"),
                "binding": "S",
                "tier": "A",
                "status": "draft",
            }
        ],
        "reason": words("wrong"),
        "remedy": words("right it"),
    } | changes


def window(function: str, of: str, key: str, **changes: Any) -> dict[str, Any]:
    """Return a window over events of some types under a key of some facts."""
    counted = {"function": function, "of": of.split(), "key": key.split()}
    return {"title": words(function)} | counted | changes


def rulebook(
    *rules: dict[str, Any], id: str = "xx", windows: dict[str, Any] | None = None
) -> Rulebook:
    """Return a checked rulebook of Chinese time; `XX-OWN` is there to be cited as policy."""
    law = {
        "id": "XX-LAW",
        "title": words("the law"),
        "issuer": words("the assembly"),
        "in_force": {"from": "2020-01-01"},
        "addressees": {"territory": "CN", "text": words("everybody")},
    }
    own = law | {"id": "XX-OWN", "title": words("the operator's terms")}
    heading = {"id": id, "title": words(id), "territory": "CN", "time_zone": "Asia/Shanghai"}
    document = {
        "rulebook": heading | {"version": 1},
        "instruments": [law, own],
        "lists": {},
        "parameters": {},
        "windows": windows or {},
        "rules": list(rules),
    }
    return check_document(msgspec.convert(document, Document))


def event(kind: str, id: str, time: str = NOON, **data: Any) -> dict[str, Any]:
    """Return an event as a line of a file would hold it; `subject` and `stage` may be given too."""
    envelope = {key: data.pop(key) for key in ("subject", "stage", "source") if key in data}
    return {
        "specversion": "1.0",
        "type": kind,
        "source": "//test",
        "id": id,
        "time": time,
        "stage": "settled",
        "data": data,
    } | envelope


def party(id: str, time: str = NOON, *, number: int = 0, **facts: Any) -> dict[str, Any]:
    """Return a statement about a party; `valid_from` and `valid_until` go beside its facts."""
    beside = {key: facts.pop(key) for key in ("valid_from", "valid_until") if key in facts}
    return event("party", f"{id}-{number}", time, party={"id": id, **facts}, **beside)


def sale(id: str, time: str = NOON, *, buyer: str | None = "b", **data: Any) -> dict[str, Any]:
    """Return a sale to a buyer."""
    return event("sale", id, time, parties={"buyer": buyer} if buyer else {}, **data)


def received(plain: dict[str, Any], line: int = 1) -> Received:
    """Return an event as intake hands it on."""
    formed, canonical = canonical_form(msgspec.convert(plain, Event))
    return Received(formed, canonical, "events.ndjson", line)


def simulated(count: int, **changes: Any) -> list[Received]:
    """Return the events of a small market in which much is wrong and some is withheld."""
    config = MarketConfig(**{"events": count, "violation_rate": 150, "withheld": 60} | changes)
    return [Received(*canonical_form(one), "market", n) for n, one in enumerate(market(config), 1)]


@contextmanager
def desk_in(folder: Path, *rulebooks: Rulebook, **options: Any) -> Iterator[Desk]:
    """Open a book in a folder, or make one, and yield a desk under some rulebooks."""
    with Book.open(folder) as book:
        engines = [Engine(one, book.profile) for one in rulebooks]
        for engine in engines:
            book.activate(engine)
        yield Desk(book, engines, **options)


def submit(desk: Desk, *plain: dict[str, Any]) -> list[Answer]:
    """Submit events as one group."""
    return desk.submit([received(one, line) for line, one in enumerate(plain, 1)])


def rulings(desk: Desk, *plain: dict[str, Any]) -> list[Ruling]:
    """Submit events one by one and return the first rulebook's rulings."""
    return [submit(desk, one)[0].judged.ruled[0].ruling for one in plain]  # type: ignore[union-attr]


def verdicts(desk: Desk, *plain: dict[str, Any]) -> list[str]:
    """Submit events one by one and return the first rulebook's verdicts."""
    return [ruling.verdict for ruling in rulings(desk, *plain)]


def write_lines(path: Path, *plain: dict[str, Any] | str | Received) -> Path:
    """Write events, or lines as they are, to a file."""
    lines = [_line(one) for one in plain]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def _line(one: dict[str, Any] | str | Received) -> bytes:
    if isinstance(one, Received):
        return one.canonical
    return one.encode() if isinstance(one, str) else json.dumps(one).encode()


def request(*files: Path, rulebooks: tuple[Rulebook, ...] = (CN,), **more: Any) -> CheckRequest:
    """Return a request to check files."""
    return CheckRequest(files=files, rulebooks=rulebooks, **more)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
