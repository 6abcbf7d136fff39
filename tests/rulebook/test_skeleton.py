"""A skeleton loads, in shadow, and its cases fail until it is filled in; nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from vermilion.errors import UsageError
from vermilion.facts.events import EVENT_TYPES
from vermilion.rulebook import Document, Words, load_rulebook, run_cases
from vermilion.rulebook.skeleton import rule_text, wanted, write_new

from .books import plain, write

if TYPE_CHECKING:
    from pathlib import Path

NONE = frozenset[str]()


def made(id: str = "XX-NEW-01", **more: Any) -> str:
    """Return the text of a skeleton."""
    of: dict[str, Any] = {"event": "sale", "instrument": None, "own": NONE} | more
    document = msgspec.convert(plain(), Document)
    return rule_text(wanted(document, id, Words("新：“规则”", 'a "new" rule: #1'), **of))


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_it_loads_and_fails_its_cases(tmp_path: Path, event: str) -> None:
    """On every event type; the title is as it was given, whatever signs it has."""
    folder = write(tmp_path)
    (folder / "rules" / "XX-NEW-01.yaml").write_text(made(event=event), encoding="utf-8")
    loaded = load_rulebook(folder)
    (new,) = (one.rule for one in loaded.rules if one.rule.id == "XX-NEW-01")
    assert (new.title, new.mode) == (Words("新：“规则”", 'a "new" rule: #1'), "shadow")
    results = [one for one in run_cases(loaded) if one.rule == "XX-NEW-01"]
    assert [one.case.kind for one in results if one.problems] == ["violate", "missing", "day_of"]
    assert [one.case.kind for one in results if not one.problems] == ["comply", "day_before"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "new"}, "bad_rule_id"),
        ({"id": "XX-R-01"}, "rule_exists"),
        ({"event": "sales"}, "event_type_unknown"),
        ({"instrument": "XX-OTHER"}, "instrument_unknown"),
        ({"own": frozenset({"XX-OURS"})}, "instrument_unknown"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], code: str) -> None:
    """An id that is none or taken, and what is not there to apply to or to cite."""
    with pytest.raises(UsageError) as refused:
        made(**change)
    assert refused.value.code == code
    assert refused.value.help


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    """What is there stays to the byte."""
    write_new(tmp_path / "new" / "a", "first")
    with pytest.raises(UsageError, match="was left as it is"):
        write_new(tmp_path / "new" / "a", "second")
    assert (tmp_path / "new" / "a").read_text() == "first"
