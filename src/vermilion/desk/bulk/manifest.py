"""What a folder of fact tables holds: which events, which columns, under which rulebooks."""

from __future__ import annotations

from pathlib import Path

import msgspec

from vermilion.errors import DataError

MANIFEST = "facts.json"
VERSION = 1


class Input(msgspec.Struct, frozen=True):
    """A file of events that facts are of."""

    file: str
    bytes: int
    sha256: str


class RulebookNamed(msgspec.Struct, frozen=True):
    """A rulebook for whose rules and windows there are columns."""

    id: str
    digest: str


class ColumnSaid(msgspec.Struct, frozen=True):
    """A column: its name, type and the facts that it comes from; `zone` by whose clock.

    `several` says that its values are rows of `lists/<type>.<name>.parquet`, by `seq`.
    """

    name: str
    type: str
    label: str
    zone: int = 0
    several: bool = False


class Part(msgspec.Struct, frozen=True):
    """A Parquet file of a table, and which columns are decimals in it, not 64 bits."""

    file: str
    rows: int
    wide: list[str]


class Table(msgspec.Struct, frozen=True):
    """The facts of one event type: a row for each event; `stages` counts them."""

    rows: int
    stages: dict[str, int]
    revoked: int
    parts: list[Part]
    columns: list[ColumnSaid]

    def wide(self, name: str) -> bool:
        """Say whether a column holds numbers of more than 64 bits anywhere."""
        return any(name in part.wide for part in self.parts)


class Manifest(msgspec.Struct, frozen=True):
    """What the folder holds. `days` are the first and last legal day by zone, as ordinals."""

    version: int
    zones: list[str]
    rulebooks: list[RulebookNamed]
    inputs: list[Input]
    events: int
    duplicate: int
    rejected: int
    days: list[tuple[int, int]]
    tables: dict[str, Table]


def read_manifest(folder: Path) -> Manifest:
    """Read what a folder of fact tables holds.

    Raises:
        DataError: it is none, or of another version.
    """
    path = folder / MANIFEST
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(
            "not_facts",
            f"there are no fact tables: {error}",
            help="`vermilion facts EVENTS --out DIR` makes them",
            where=str(folder),
        ) from None
    if found.version != VERSION:
        raise DataError(
            "not_facts",
            f"the fact tables are of version {found.version}, not {VERSION}",
            help="make them again with `vermilion facts`",
            where=str(folder),
        )
    return found


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write what a folder holds, sorted and indented."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    (folder / MANIFEST).write_bytes(text + b"\n")
