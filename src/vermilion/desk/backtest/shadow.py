"""Make a copy of a draft rulebook that judges beside the live one and stops nothing."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from vermilion.errors import UsageError
from vermilion.rulebook import Rulebook, load_rulebook

_ID = re.compile(r"^id:.*$", re.MULTILINE)
_MODE = re.compile(r"^mode:.*$", re.MULTILINE)
_OFF = re.compile(r"""mode:\s*['"]?off\b""")


def write_shadow(draft: Path, folder: Path, id: str) -> Rulebook:
    """Copy a rulebook's folder under an id of its own, with every live rule in shadow.

    A book whose configuration names the copy beside the live rulebook records with each event what
    the draft says, and goes by the live one alone: the verdict of a rulebook in shadow is always
    `not_applicable`. The folder is written whole or not at all.

    Args:
        draft: the rulebook's folder.
        folder: where the copy goes; absent, or an empty folder.
        id: of the copy, so that both can be in force in one book.

    Raises:
        UsageError: `output_taken`, or `output_unwritable`.
        RulebookError: the draft is malformed, or the id is none.
    """
    load_rulebook(draft)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            "output_taken",
            "something is there already",
            help="name a new folder",
            where=str(folder),
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
            copy = shutil.copytree(draft, Path(scratch) / "copy")
            _turn(copy, id)
            made = load_rulebook(copy)
            copy.replace(folder)
    except OSError as error:
        raise UsageError(
            "output_unwritable",
            f"cannot be written: {(error.strerror or str(error)).lower()}",
            where=str(folder),
        ) from None
    return made


def _turn(copy: Path, id: str) -> None:
    """Give a copy its id, and every rule of it its mode."""
    heading = copy / "rulebook.yaml"
    named = _ID.sub(lambda _: f"id: {id}", heading.read_text(encoding="utf-8"), count=1)
    heading.write_text(named, "utf-8")
    for rule in sorted((copy / "rules").glob("*.yaml")):
        rule.write_text(_in_shadow(rule.read_text(encoding="utf-8")), "utf-8")


def _in_shadow(text: str) -> str:
    """Return a rule's text with its mode set; one that is off stays off."""
    found = _MODE.search(text)
    if found is None:
        return f"{text.rstrip()}\nmode: shadow\n"
    return text if _OFF.match(found[0]) else _MODE.sub("mode: shadow", text)
