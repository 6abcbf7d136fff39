"""Make fact tables: one pass in Python over events, with what is known just as `check` knows it."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from vermilion.desk.book import statement_rows
from vermilion.desk.bulk.columns import Column, columns_of
from vermilion.desk.bulk.manifest import (
    VERSION,
    Input,
    Manifest,
    RulebookNamed,
    Table,
    write_manifest,
)
from vermilion.desk.bulk.writer import Shape, TableWriter
from vermilion.desk.check import by_time, rarely_collecting
from vermilion.desk.know import Knowledge, Known, standing_facts, stated_entities
from vermilion.desk.own import refused_from_outside
from vermilion.desk.settled import facts_read
from vermilion.errors import DataError, StorageError, UsageError
from vermilion.facts.entities import Entity
from vermilion.facts.events import EVENT_TYPES, Event, event_type_of
from vermilion.intake import Mapping, Received, Reject, read_events
from vermilion.language.sql import ReaderFunction, reader
from vermilion.language.sql_reader import microseconds
from vermilion.rulebook import Engine
from vermilion.store import Place, StandingFacts, State, Statement, identity_of

GROUP = 1_024
_SECOND = 1_000_000
_EVENT = msgspec.json.Decoder(Event)


def make_facts(
    files: Sequence[Path],
    engines: Sequence[Engine],
    out: Path,
    *,
    mapping: Mapping | None = None,
    on_bytes: Callable[[int], None] | None = None,
) -> Manifest:
    """Write the facts of events that some rulebooks read as Parquet, a table for each event type.

    Memory is bounded whatever the files hold. The folder is written whole or not at all.

    Args:
        files: as for `check`; several are one history in order of time.
        engines: whose rules and windows the columns are for.
        out: the folder, which must not be there yet.
        mapping: for foreign tables.
        on_bytes: is told how many bytes were read since the last call.

    Raises:
        DataError: a file is absent, or none held an event: `nothing_read`.
        UsageError: `out` is there.
        RulebookError: a rule or window cannot be judged in bulk.
        StorageError: the folder cannot be written.
    """
    if out.exists():
        raise UsageError(
            "output_taken",
            "it is there already",
            help="name a folder that is not there, or remove it",
            where=str(out),
        )
    streams = [read_events(path, mapping, on_bytes=on_bytes) for path in files]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(rarely_collecting())
            part = stack.enter_context(
                tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent)
            )
            folder, scratch = Path(part) / "facts", Path(part) / "scratch"
            folder.mkdir(mode=0o700)  # it tells of persons in clear
            scratch.mkdir()
            run = stack.enter_context(closing(_Pass(engines, folder, scratch)))
            run.read(streams[0] if len(streams) == 1 else by_time(streams))
            manifest = run.finish(files)
            shutil.rmtree(scratch)
            folder.rename(out)
    except OSError as error:
        raise StorageError(
            "facts_unwritable", f"the facts cannot be written: {error.strerror}", where=str(out)
        ) from None
    return manifest


class _Reading(NamedTuple):
    """How events of one type become rows: by zone a function that gives the columns in order."""

    readers: Sequence[ReaderFunction]
    writer: TableWriter


class _Pass:
    """Reads events in order, knows what they state, and writes their facts."""

    def __init__(self, engines: Sequence[Engine], folder: Path, scratch: Path) -> None:
        self._engines = engines
        self._folder = folder
        self._zones = list(dict.fromkeys(engine.zone for engine in engines))
        self._clocks = [
            next(engine for engine in engines if engine.zone == zone) for zone in self._zones
        ]
        self._told = _Told(scratch)
        self._knowledge = Knowledge(self._told.standing, facts_read(engines))
        self._readings: dict[str, _Reading] = {}
        self._days: list[tuple[int, int]] = [(10**9, 0)] * len(self._zones)
        self.duplicate = self.rejected = 0

    def close(self) -> None:
        """Close what is open; nothing more is written."""
        self._told.close()
        for reading in self._readings.values():
            reading.writer.close()

    def read(self, items: Iterator[Received | Reject]) -> None:
        """Take all events over."""
        while group := list(islice(items, GROUP)):
            received = [one for one in group if isinstance(one, Received)]
            self.rejected += len(group) - len(received)
            for fresh in self._told.sift(received):
                if isinstance(fresh, str):
                    self.duplicate += fresh == "duplicate"
                    self.rejected += fresh != "duplicate"
                else:
                    self._add(fresh)
            self._told.group_done()

    def _add(self, event: Event) -> None:
        kind = event_type_of(event)
        reading = self._readings.get(kind) or self._reading(kind)
        number = self._told.size
        time = microseconds(event.time)
        days: list[int] = []
        values: list[Any] = []
        joined: dict[dt.date, Known] = {}
        for clock, read in zip(self._clocks, reading.readers, strict=True):
            day = clock.legal_date(event.time)
            known = joined.get(day)
            if known is None:
                known = joined[day] = self._knowledge.join(event, kind, day)
            values += read(event.data, known.roots)
            days.append(day.toordinal())
        self._days = [
            (min(first, day), max(last, day))
            for (first, last), day in zip(self._days, days, strict=True)
        ]
        stage = event.stage
        reading.writer.add(
            (
                number,
                event.source,
                event.id,
                event.subject or event.id,
                stage,
                stage == "settled",
                time,
                time // _SECOND,
                *days,
                *values,
            )
        )
        self._told.learn(event)

    def _reading(self, kind: str) -> _Reading:
        columns: list[tuple[int, Column]] = []
        readers = []
        for number, zone in enumerate(self._zones):
            found: dict[str, Column] = {}
            for engine in self._engines:
                if engine.zone == zone:
                    found |= columns_of(engine, kind)
            columns += [(number, column) for column in found.values()]
            readers.append(reader([column.leaf for column in found.values()], kind, {}))
        shape = Shape(len(self._zones), columns)
        reading = _Reading(readers, TableWriter(self._folder, kind, shape))
        self._readings[kind] = reading
        return reading

    def finish(self, files: Sequence[Path]) -> Manifest:
        """Write the rest, and what the folder holds."""
        tables: dict[str, Table] = {
            kind: self._readings[kind].writer.finish()
            for kind in EVENT_TYPES
            if kind in self._readings
        }
        if not tables:
            raise DataError(
                "nothing_read",
                "the files hold no events that could be read",
                help="`vermilion check` tells what is wrong with them",
                where=str(files[0]),
            )
        manifest = Manifest(
            VERSION,
            self._zones,
            [RulebookNamed(one.rulebook.id, one.digest) for one in self._engines],
            [_input(path) for path in files],
            self._told.size,
            self.duplicate,
            self.rejected,
            self._days,
            tables,
        )
        write_manifest(self._folder, manifest)
        return manifest


class _Told:
    """What events said so far: which there were, and what they state; memory is bounded.

    Statements lie in a file by offset, and positions in a state, as those of a book's record do.
    """

    def __init__(self, folder: Path) -> None:
        self._state = State(folder / "state.db", "facts")
        self._file = (folder / "stated").open("w+b")
        self._end = 0
        self.standing = StandingFacts((self._state, self._stated))
        self.size = 0
        self._seen: dict[bytes, Place] = {}
        self._rows: list[Any] = []
        self._canonical = b""

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        self._state.close()

    def sift(self, group: Sequence[Received]) -> Iterator[Event | str]:
        """Give the events of a group that are new, and why not for the others."""
        identities = [identity_of(one.event.source, one.event.id) for one in group]
        before = self._state.find(identities)
        for identity, received in zip(identities, group, strict=True):
            if (refused := refused_from_outside(received.event)) is not None:
                yield refused.code
                continue
            place = _digest(received.canonical)
            known = self._seen.get(identity) or before.get(identity)
            if known is not None:
                yield "duplicate" if known == place else "id_conflict"
                continue
            self._seen[identity] = place
            self._canonical = received.canonical
            yield received.event

    def learn(self, event: Event) -> None:
        """Take over what an event states, for the events after it."""
        found = standing_facts(event)
        if found:
            place = Place(len(self._canonical), self._end)
            self._file.write(self._canonical)
            self._end += len(self._canonical)
            self._rows += statement_rows(event, self.size, place)
            for kind, entity, begins, ends in found:
                self.standing.state_fact(kind, Statement(begins, self.size, ends, entity))
        self.size += 1

    def group_done(self) -> None:
        """Write what was learnt, once there is enough of it."""
        self._file.flush()
        if self._state.apply(self._seen, self._rows, self.size):
            self.standing.stored()
        self._seen, self._rows = {}, []

    def _stated(self, kind: str, id: str, place: Place) -> Entity | None:
        size, begin = place
        self._file.seek(begin)
        event = _EVENT.decode(self._file.read(size))
        self._file.seek(self._end)
        return stated_entities(event.data, event_type_of(event)).get((kind, id))


def _digest(canonical: bytes) -> Place:
    """Return what tells an event's content from any other's, in the form of a place."""
    found = hashlib.blake2b(canonical, digest_size=15).digest()
    return Place(int.from_bytes(found[:7], "big"), int.from_bytes(found[7:], "big") >> 1)


def _input(path: Path) -> Input:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return Input(path.name, path.stat().st_size, digest.hexdigest())
