"""Lay an operator's own parameters, lists, windows and house rules over a shipped rulebook.

An overlay folder holds any of `instruments.yaml`, `lists.yaml`, `parameters.yaml`, `windows.yaml`
and `rules/`, in the shapes of a rulebook. It adds; it takes nothing of a shipped rulebook away, and
no number that a clause gives.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from vermilion.errors import RulebookError
from vermilion.language import Place
from vermilion.rulebook.load import (
    Places,
    Refused,
    Rulebook,
    check_document,
    named,
    read_document,
    refusal,
    rule_files,
    shaped,
    shaped_rule,
)
from vermilion.rulebook.merge import Item, Merger, Remark
from vermilion.rulebook.model import (
    Document,
    Instrument,
    Layer,
    ListAddition,
    Overlay,
    ParameterAddition,
    Window,
    Words,
)
from vermilion.rulebook.yaml_source import Key, Source

_CANONICAL = msgspec.json.Encoder(order="sorted")
_Locate = Callable[[Key], Key | None]
_FILES = ("instruments", "lists", "parameters", "windows")


class OwnFile:
    """A file of an overlay; its places are named from the book's folder on."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        self.name = str(path.relative_to(folder.parent.parent))
        try:
            self._source = Source(path)
        except RulebookError as error:
            where = str(error.where).removeprefix(f"{path.name}:")
            raise RulebookError(
                error.code, error.message, help=error.help, where=f"{self.name}:{where}"
            ) from None
        self.data: Any = self._source.data

    def place(self, key: Key) -> Place:
        """Return where a value stands."""
        return self._named(self._source.place(key))

    def name_place(self, key: Key) -> Place:
        """Return where the name of a field stands."""
        return self._named(self._source.name_place(key))

    def text_place(self, key: Key) -> Place:
        """Return where a text stands, with the place of each of its characters."""
        return self._named(self._source.text_place(key))

    def _named(self, place: Place) -> Place:
        return dataclasses.replace(place, file=self.name)


@dataclasses.dataclass(frozen=True)
class OwnPart:
    """An overlay as it was read, with its files by name without ending."""

    overlay: Overlay
    files: Mapping[str, OwnFile]

    def place(self, item: Item, key: Key = ()) -> str:
        """Return where an item of the overlay, or a part of it, stands."""
        match item.of:
            case "rule":
                file = item.id
            case "instrument":
                ids = [one.id for one in self.overlay.instruments]
                file, key = "instruments", (len(ids) - 1 - ids[::-1].index(item.id), *key)
            case _:
                file, key = f"{item.of}s", (item.id, *key)
        return str(self.files[file].place(key)) if file in self.files else file


@dataclasses.dataclass(frozen=True)
class Merged:
    """A shipped rulebook with an overlay over it, and what is to be said of it.

    Where a remark refuses, what it names is not in the rulebook.
    """

    shipped: Document
    own: OwnPart
    rulebook: Rulebook
    remarks: tuple[Remark, ...]

    @property
    def carried(self) -> list[Item]:
        """Items of the overlay that are in the merged rulebook."""
        lost = {item for remark in self.remarks if remark.refuses for item in remark.items}
        return [item for item in items_of(self.own.overlay) if item not in lost]


def read_overlay(folder: Path) -> OwnPart:
    """Read an overlay's folder; nothing in it that could be meant for one is passed over.

    Raises:
        RulebookError: a file is malformed, or is none that an overlay has.
    """
    _refuse_strange(folder)
    files = {
        name: OwnFile(folder / f"{name}.yaml", folder)
        for name in _FILES
        if (folder / f"{name}.yaml").exists()
    }
    rules = [OwnFile(path, folder) for path in _rules(folder)]
    overlay = Overlay(
        instruments=shaped(files["instruments"], list[Instrument])
        if "instruments" in files
        else [],
        lists=named(files["lists"], ListAddition) if "lists" in files else {},
        parameters=named(files["parameters"], ParameterAddition) if "parameters" in files else {},
        windows=named(files["windows"], Window) if "windows" in files else {},
        rules=[shaped_rule(file) for file in rules],
    )
    return OwnPart(overlay, files | {file.path.stem: file for file in rules})


def _rules(folder: Path) -> list[Path]:
    place = folder / "rules"
    return rule_files(place) if place.is_dir() and any(place.iterdir()) else []


def _refuse_strange(folder: Path) -> None:
    known = {f"{name}.yaml" for name in _FILES}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if inside.parts[0] == "rules" and len(inside.parts) == 2:
            continue
        if path.suffix in {".yaml", ".yml"} and str(inside) not in known:
            raise refusal(
                Place(str(path.relative_to(folder.parent.parent))),
                "an overlay has no such file",
                help=f"there are: {', '.join(sorted(known))}, and rules/ with one file a rule",
            )


def load_with_overlay(folder: Path, overlay: Path) -> Rulebook:
    """Read, merge and check a rulebook's folder and an overlay's.

    Raises:
        RulebookError: something in either is malformed, or the overlay does not fit the rulebook.
    """
    merged = merge(*read_document(folder), read_overlay(overlay))
    for remark in merged.remarks:
        if remark.refuses:
            raise RulebookError(
                "overlay_refused",
                remark.message.en,
                help=remark.remedy.en if remark.remedy else None,
                where=remark.where,
            )
    return merged.rulebook


def merge(shipped: Document, sources: Mapping[str, Places], own: OwnPart) -> Merged:
    """Lay an overlay over a shipped rulebook; what does not fit is left out and remarked on."""
    merger = Merger(shipped, own.overlay, own.place)
    document = merger.document()
    refused: list[Refused] = []
    rulebook = check_document(document, _layers(shipped, document, sources, own), refused)
    mine = {(item.of, item.id) for item in items_of(own.overlay)}
    for of, id, error in refused:
        if (of, id) not in mine:
            raise error
        merger.remarks.append(_remark_of(own.overlay, of, id, error))
    if refused:
        document = _without(document, {(of, id) for of, id, _ in refused})
    if items_of(own.overlay):
        document = msgspec.structs.replace(document, overlay=_layer(shipped, own.overlay))
    rulebook = dataclasses.replace(rulebook, document=document)
    return Merged(shipped, own, rulebook, tuple(merger.remarks))


def _layer(shipped: Document, overlay: Overlay) -> Layer:
    lists = [name for name in overlay.lists if name in shipped.lists]
    parameters = [name for name in overlay.parameters if name in shipped.parameters]
    return Layer(
        shipped=document_digest(shipped),
        own=document_digest(overlay),
        overlay=overlay,
        lists={name: shipped.lists[name] for name in lists},
        parameters={name: shipped.parameters[name] for name in parameters},
    )


def _remark_of(overlay: Overlay, of: str, id: str, error: RulebookError) -> Remark:
    zh = f"自定内容与此规则集不符：{error.message}"
    items = tuple(item for item in items_of(overlay) if (item.of, item.id) == (of, id))
    remedy = None if error.help is None else Words(error.help, error.help)
    return Remark(error.code, items, str(error.where), Words(zh, error.message), remedy, True)


def _without(document: Document, refused: set[tuple[str, str]]) -> Document:
    return msgspec.structs.replace(
        document,
        instruments=[one for one in document.instruments if ("instrument", one.id) not in refused],
        windows={k: v for k, v in document.windows.items() if ("window", k) not in refused},
        rules=[one for one in document.rules if ("rule", one.id) not in refused],
    )


def parted(document: Document) -> tuple[Document, Overlay]:
    """Return the shipped rulebook and the overlay that a document was merged from."""
    layer = document.overlay
    if isinstance(layer, msgspec.UnsetType):
        return document, Overlay()
    own = layer.overlay
    instruments = {one.id for one in own.instruments}
    rules = {one.id for one in own.rules}
    return msgspec.structs.replace(
        document,
        instruments=[one for one in document.instruments if one.id not in instruments],
        lists={
            name: layer.lists.get(name, entry)
            for name, entry in document.lists.items()
            if name in layer.lists or name not in own.lists
        },
        parameters={
            name: layer.parameters.get(name, entry)
            for name, entry in document.parameters.items()
            if name in layer.parameters or name not in own.parameters
        },
        windows={k: v for k, v in document.windows.items() if k not in own.windows},
        rules=[one for one in document.rules if one.id not in rules],
        overlay=msgspec.UNSET,
    ), own


def document_digest(part: Document | Overlay) -> str:
    """Return the SHA-256 of a rulebook or overlay alone, without the operator's profile."""
    return hashlib.sha256(_CANONICAL.encode(part)).hexdigest()


def items_of(overlay: Overlay) -> list[Item]:
    """Return everything that an overlay adds, one by one."""
    return list(_items(overlay))


def _items(overlay: Overlay) -> Iterator[Item]:
    for one in overlay.instruments:
        yield Item("instrument", one.id)
    for name, added in overlay.lists.items():
        yield from (Item("list", name, value) for value in added.values)
        yield from (Item("list", name, value, exception=True) for value in added.exceptions)
    for name, entry in overlay.parameters.items():
        yield from (Item("parameter", name, value.from_.isoformat()) for value in entry.values)
    for name in overlay.windows:
        yield Item("window", name)
    for rule in overlay.rules:
        yield Item("rule", rule.id)


class _Layers:
    """One file of a merged rulebook: what is the operator's stands in the overlay's file."""

    def __init__(self, shipped: Places, own: Places, locate: _Locate) -> None:
        self._shipped = shipped
        self._own = own
        self._locate = locate

    def place(self, key: Key) -> Place:
        """Return where a value stands."""
        own = self._locate(key) if key else None
        return self._shipped.place(key) if own is None else self._own.place(own)

    def text_place(self, key: Key) -> Place:
        """Return where a text stands, with the place of each of its characters."""
        own = self._locate(key) if key else None
        return self._shipped.text_place(key) if own is None else self._own.text_place(own)


def _layers(
    shipped: Document, merged: Document, sources: Mapping[str, Places], own: OwnPart
) -> dict[str, Places]:
    """Return the files of a merged rulebook by name without ending."""
    overlay = own.overlay
    ids = [one.id for one in overlay.instruments]

    def instrument(key: Key) -> Key | None:
        index = int(key[0])
        if index < len(shipped.instruments):
            return None
        return (ids.index(merged.instruments[index].id), *key[1:])

    def parameter(key: Key) -> Key | None:
        name = str(key[0])
        if name not in overlay.parameters:
            return None
        before = len(merged.parameters[name].values) - len(overlay.parameters[name].values)
        match key:
            case (_, "values", int(index), *rest) if index >= before:
                return (name, "values", index - before, *rest)
        return None if name in shipped.parameters else key

    def window(key: Key) -> Key | None:
        return None if str(key[0]) in shipped.windows else key

    locates = {"instruments": instrument, "parameters": parameter, "windows": window}
    found: dict[str, Places] = dict(own.files) | dict(sources)
    for name, locate in locates.items():
        if name in own.files:
            theirs = sources.get(name, own.files[name])
            found[name] = _Layers(theirs, own.files[name], locate)
    return found
