"""Read what the log says in clear, at places and from a place on; no key is needed.

`Record.entries` starts at the beginning of a segment and decrypts. Whoever follows a record group
by group starts where it ended the last time, and wants of most entries only what they state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import msgspec

from vermilion.errors import DataError
from vermilion.record.frames import EntryFrame, FrameError, header, parse, segment_name
from vermilion.record.log import Record
from vermilion.record.model import Location
from vermilion.record.segments import mapped


class Clear(msgspec.Struct, frozen=True, gc=False):
    """What an entry says in clear: its index, place, kind and statement, and the whole leaf."""

    index: int
    location: Location
    kind: str
    statement: bytes
    leaf: bytes


class _Said(msgspec.Struct, frozen=True, gc=False):
    index: int
    kind: str
    statement: msgspec.Raw


_DECODE = msgspec.json.Decoder(_Said).decode


def clear_at(record: Record, places: Iterable[Location]) -> dict[Location, Clear]:
    """Return what the entries at some places say.

    Raises:
        DataError: `no_entry`: no readable entry starts at one of them.
    """
    found = {}
    for segment, group in groupby(sorted(places), key=lambda one: one.segment):
        path = record.directory / segment_name(segment)
        try:
            with mapped(path) as data:
                for place in group:
                    frame = parse(data, place.position)
                    if not isinstance(frame, EntryFrame):
                        raise FrameError("this is no entry")  # noqa: TRY301
                    found[place] = _clear(frame, place)
        except (OSError, FrameError, msgspec.MsgspecError):
            raise _unreadable(path) from None
    return found


def clear_after(record: Record, origin: str, last: Location | None = None) -> Iterator[Clear]:
    """Yield what the acknowledged entries behind a place say; all of them where none is named.

    Raises:
        DataError: `no_entry`: no entry starts at that place, or one behind it cannot be read.
    """
    segment, offset = last or Location(0, len(header(origin, 0)))
    size, index = record.size, -1
    while index + 1 < size:
        path, before = record.directory / segment_name(segment), index
        try:
            with mapped(path) as data:
                # What lies behind the last acknowledged entry may be torn.
                while offset < len(data) and index + 1 < size:
                    frame = parse(data, offset)
                    if isinstance(frame, EntryFrame):
                        said = _clear(frame, Location(segment, offset))
                        index = said.index
                        if said.location != last:
                            yield said
                    offset = frame.end
        except (OSError, FrameError, msgspec.MsgspecError):
            raise _unreadable(path, offset) from None
        if index == before:
            raise _unreadable(path, offset)
        segment, offset = index + 1, len(header(origin, index + 1))


def _clear(frame: EntryFrame, place: Location) -> Clear:
    said = _DECODE(frame.envelope)
    return Clear(said.index, place, said.kind, bytes(said.statement), frame.envelope)


def _unreadable(path: Path, offset: int | None = None) -> DataError:
    where = str(path) if offset is None else f"{path} byte {offset}"
    return DataError("no_entry", "no readable entry starts there", where=where)
