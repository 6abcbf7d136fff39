"""What people answered becomes a label, with who did and how long it took."""

from __future__ import annotations

from pathlib import Path

from vermilion.desk.cases.labels import case_labels
from vermilion.desk.loop.answer import labels

from ..loop.samples import at, house, of, resolution, sale, say
from .samples import answered, held_by_carol


def test_labels_say_who_and_how_long(tmp_path: Path) -> None:
    """A cause's time runs from its opening, an event's from its own time; first answers count not."""
    with house(tmp_path / "b") as desk:
        cause = held_by_carol(desk, "p1", time=at(1))
        held_by_carol(desk, "p2", time=at(2))
        say(desk, resolution("r1", at(3), "olga", event=of("p2"), action="refuse"))
        answered(desk, cause, at(5), until=at(days=9))
        found = list(case_labels(desk.book))
        plain = list(labels(desk.book))
    assert [(one.label, one.by, one.seconds) for one in found] == [
        ("right", ["olga"], 3_600),
        ("false_alarm", ["olga", "oskar"], 4 * 3_600),
    ]
    assert [(one.event, one.cause) for one in found] == [(("//test", "p2"), None), (None, cause)]
    assert [(one.entry, one.rule, one.label) for one in found] == [
        (one["entry"], one["rule"], one["label"]) for one in plain
    ]


def test_a_case_that_opened_again_counts_from_there(tmp_path: Path) -> None:
    """The time to an answer runs from when the case opened last before it, also made anew."""
    with house(tmp_path / "b") as desk:
        cause = held_by_carol(desk, "p1")
        say(desk, sale("w1", at(1), stage="withdrawn", subject="p1", buyer="carol"))
        held_by_carol(desk, "p2", time=at(10))
        answered(desk, cause, at(12), until=at(20))
        held_by_carol(desk, "p3", time=at(30))
        live = list(case_labels(desk.book))
    (tmp_path / "b" / "state.db").unlink()
    with house(tmp_path / "b") as desk:
        assert list(case_labels(desk.book)) == live
    assert [one.seconds for one in live] == [2 * 3_600]
