"""Pieces that the OSCAL documents share: properties, titles, moments and stable UUIDs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from vermilion.rulebook.load import Rulebook
from vermilion.rulebook.model import Words

OSCAL_VERSION = "1.1.3"
"""The version of OSCAL that the documents state."""

NAMESPACE = "https://vermilion.example/ns/oscal"
"""Namespace of the properties that are not OSCAL's own."""

_ROOT = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)

Json = dict[str, Any]


def title(rulebook: Rulebook, zh: str, en: str) -> str:
    """Return a document's title in both languages, after the rulebook's own."""
    of = rulebook.document.rulebook.title
    return f"{of.zh}：{zh} / {of.en}: {en}"


def prop(name: str, value: object, *, own: bool = True) -> Json:
    """Return a property: one of our own, or with `own` unset one that OSCAL defines."""
    text = " ".join(str(value).split())
    return {"name": name, "ns": NAMESPACE, "value": text} if own else {"name": name, "value": text}


def both(words: Words) -> str:
    """Return a text in both languages."""
    return f"{words.zh.strip()} / {words.en.strip()}"


def moment(day: dt.date, zone: ZoneInfo) -> str:
    """Return the beginning of a legal date as OSCAL writes moments."""
    return dt.datetime.combine(day, dt.time(), zone).isoformat()


def uuid_of(*parts: str) -> str:
    """Return the UUID that always stands for these parts."""
    return str(uuid.uuid5(_ROOT, "\n".join(parts)))
