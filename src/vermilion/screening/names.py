"""The form in which names are compared: exact once both are normalised, never similar only.

What is levelled out is how a name is written (width, case, accents on Latin letters, vowel marks of
Arabic and Hebrew, traditional characters, punctuation, order of its words), not what it is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from vermilion.language.terms import normalise

Script = Literal["latin", "han", "arabic", "cyrillic", "other"]

_EAST_ASIAN = re.compile(r"[\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\U00020000-\U000323af]")
_DROPPED = re.compile(r"['\u2018\u2019\u02bc\u02bb`´.\u00b7\u30fb\u2022\u2027]")
_PARTING = re.compile(r"[^\w]+|_")
_ACCENTED = re.compile(r"[\u00c0-\u024f\u0300-\u036f\u0591-\u0670\u1e00-\u1eff]")
_ASCII: dict[int, str | None] = {c: " " for c in range(128) if not chr(c).isalnum()}
_ASCII |= dict.fromkeys((*range(9), *range(14, 32), 127)) | {ord(c): None for c in "'`."}
# Marks after a Latin letter are accents; in Arabic and Hebrew they are vowels that are mostly left
# out. Elsewhere a mark may make another letter of the one before it, and stays.
_MARKED = re.compile(
    r"([a-z\u0600-\u06ff\u05d0-\u05ea])[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+"
)
_SCRIPTS: tuple[tuple[Script, str], ...] = (
    ("han", "CJK"),
    ("arabic", "ARABIC"),
    ("cyrillic", "CYRILLIC"),
    ("latin", "LATIN"),
)


def name_key(name: str) -> str:
    """Return the form of a name in which it is compared; empty where nothing of it is left.

    Words stand in alphabetical order, as `LIU, Wei` and `Wei Liu` are one name. A name with Chinese,
    Japanese or Korean characters is one word, without spaces: there the order tells names apart.
    """
    if name.isascii():
        return " ".join(sorted(name.lower().translate(_ASCII).split()))
    text = _DROPPED.sub("", _levelled(name))
    words = _PARTING.sub(" ", text).split()
    if _EAST_ASIAN.search(text):
        return "".join(words)
    return " ".join(sorted(words))


def script_of(name: str) -> Script:
    """Return the script of a name's first letter that has one of the four that are told apart."""
    for char in name:
        said = unicodedata.name(char, "")
        for script, word in _SCRIPTS:
            if word in said:
                return script
    return "other"


def _levelled(name: str) -> str:
    text = normalise(name)
    if not _ACCENTED.search(text):
        return text
    apart = _MARKED.sub(r"\1", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", apart)
