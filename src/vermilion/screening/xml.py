"""Read the XML that OFAC (`sdn.xml`) and the United Nations (`consolidated.xml`) publish.

Only what screening needs is read. Element names are those of the issuers' schemas.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree as ET

from vermilion.errors import DataError
from vermilion.screening.lists import (
    EntryType,
    Format,
    Identifier,
    ListEntry,
    ListName,
    NameKind,
    Wallet,
)
from vermilion.screening.names import script_of

_NAMESPACE = re.compile(r"^\{[^}]*\}")
_WALLET = "Digital Currency Address - "
_OFAC_TYPES: dict[str, EntryType] = {
    "Individual": "person",
    "Entity": "organisation",
    "Vessel": "vessel",
    "Aircraft": "aircraft",
}
_DOCUMENTS = (
    ("passport", "passport"),
    ("registration", "company"),
    ("organization code", "company"),
    ("unified social credit", "company"),
    ("national", "national_id"),
    ("identification number", "national_id"),
    ("citizen", "national_id"),
    ("tax id", "tax"),
)
"""What a document's name holds that is of a kind; the first that fits counts."""


class Read(NamedTuple):
    """What a document is, of which day, and its entries."""

    format: Format
    date: dt.date | None
    entries: list[ListEntry]


def is_xml(content: str) -> bool:
    """Tell whether a file's text is XML."""
    return content.lstrip().startswith("<")


def read_xml(content: str, where: str) -> Read:
    """Read a list.

    Raises:
        DataError: `list_unreadable`.
    """
    # Entities, which a document may use to grow without bound, need a DOCTYPE.
    if "<!DOCTYPE" in content[:65_536] or "<!ENTITY" in content:
        raise _unreadable("it declares entities of its own", where)
    try:
        root = ET.fromstring(content)  # noqa: S314
    except ET.ParseError as error:
        raise _unreadable(str(error), where) from None
    for node in root.iter():
        node.tag = _NAMESPACE.sub("", node.tag)
    match root.tag:
        case "sdnList":
            date = _american(_text(root, "publshInformation/Publish_Date"))
            return Read("ofac", date, [_ofac(node) for node in root.iter("sdnEntry")])
        case "CONSOLIDATED_LIST":
            date = _iso(root.get("dateGenerated", ""))
            return Read("un", date, list(_un(root)))
        case _:
            raise _unreadable(f"`{root.tag}` is the root of no list that is known", where)


def _ofac(node: ET.Element) -> ListEntry:
    names = {_name(_joined(node, "firstName", "lastName"), "primary"): None}
    for alias in node.iterfind("akaList/aka"):
        kind: NameKind = "weak_alias" if _text(alias, "category") == "weak" else "alias"
        names[_name(_joined(alias, "firstName", "lastName"), kind)] = None
    identifiers, wallets = [], []
    for id in node.iterfind("idList/id"):
        kind_of, number = _text(id, "idType"), _text(id, "idNumber")
        if kind_of.startswith(_WALLET) and number:
            wallets.append(Wallet(number, kind_of.removeprefix(_WALLET)))
        elif number and (document := _document(kind_of)) is not None:
            identifiers.append(Identifier(document, number, _text(id, "idCountry") or None))
    return ListEntry(
        id=f"sdn-{_text(node, 'uid')}",
        type=_OFAC_TYPES.get(_text(node, "sdnType"), "unknown"),
        names=tuple(name for name in names if name.text),
        identifiers=tuple(dict.fromkeys(identifiers)),
        wallets=tuple(dict.fromkeys(wallets)),
        programmes=_texts(node, "programList/program"),
        countries=_texts(node, "addressList/address/country"),
        born=_texts(node, "dateOfBirthList/dateOfBirthItem/dateOfBirth"),
    )


def _un(root: ET.Element) -> Iterator[ListEntry]:
    for tag, type in (("INDIVIDUAL", "person"), ("ENTITY", "organisation")):
        for node in root.iter(tag):
            yield _un_entry(node, tag, "person" if type == "person" else "organisation")


def _un_entry(node: ET.Element, tag: str, type: EntryType) -> ListEntry:
    parts = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
    names = {_name(_joined(node, *parts), "primary"): None}
    names[_name(_text(node, "NAME_ORIGINAL_SCRIPT"), "original_script")] = None
    for alias in node.iterfind(f"{tag}_ALIAS"):
        kind: NameKind = "weak_alias" if _text(alias, "QUALITY").lower() == "low" else "alias"
        names[_name(_text(alias, "ALIAS_NAME"), kind)] = None
    identifiers = [
        Identifier(kind_of, number, _text(one, "ISSUING_COUNTRY") or None)
        for one in node.iterfind(f"{tag}_DOCUMENT")
        if (number := _text(one, "NUMBER"))
        and (kind_of := _document(_text(one, "TYPE_OF_DOCUMENT"))) is not None
    ]
    return ListEntry(
        id=f"un-{_text(node, 'DATAID')}",
        type=type,
        names=tuple(name for name in names if name.text),
        identifiers=tuple(dict.fromkeys(identifiers)),
        programmes=_texts(node, "UN_LIST_TYPE"),
        countries=_texts(node, "NATIONALITY/VALUE"),
        born=_texts(node, f"{tag}_DATE_OF_BIRTH/DATE") or _texts(node, f"{tag}_DATE_OF_BIRTH/YEAR"),
    )


def _document(said: str) -> str | None:
    """Return the kind of a document; None for what is none, such as a sex or a website."""
    words = said.lower()
    return next((kind for part, kind in _DOCUMENTS if part in words), None)


def _name(text: str, kind: NameKind) -> ListName:
    return ListName(text, kind, script_of(text))


def _joined(node: ET.Element, *tags: str) -> str:
    return " ".join(filter(None, (_text(node, tag) for tag in tags)))


def _text(node: ET.Element, path: str) -> str:
    return " ".join((node.findtext(path) or "").split())


def _texts(node: ET.Element, path: str) -> tuple[str, ...]:
    found = (" ".join((one.text or "").split()) for one in node.iterfind(path))
    return tuple(dict.fromkeys(filter(None, found)))


def _american(text: str) -> dt.date | None:
    """Read a day as OFAC writes it: month, day, year."""
    found = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text)
    return _iso(f"{found[3]}-{found[1]}-{found[2]}") if found else None


def _iso(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None


def _unreadable(reason: str, where: str) -> DataError:
    return DataError(
        "list_unreadable",
        f"the list cannot be read: {reason}",
        help="give the issuer's own file: `sdn.xml` of OFAC, `consolidated.xml` of the UN",
        where=where,
    )
