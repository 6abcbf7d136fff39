"""Severity and deadlines follow from numbers that are written down, and from nothing else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.desk.cases import SEVERITIES, Cases
from vermilion.desk.cases.settings import due_at
from vermilion.desk.cases.severity import birthdays, severity
from vermilion.rulebook import CaseSettings, Deadline, find_rulebook, load_rulebook

from ..loop.samples import POLICY, at, house, sale, say
from ..samples import party, rule, rulebook
from .samples import held_by_carol, listed, moment, one

DAY = 86_400
FORCES = ["guidance", "policy", "membership", "law"]
"""From the weakest on."""


class TestSeverity:
    """How grave a case is."""

    @given(
        force=st.integers(0, 3),
        confidential=st.booleans(),
        waiting=st.integers(1, 5_000),
        age=st.integers(-DAY, 30 * DAY),
        more=st.tuples(
            st.integers(0, 3), st.booleans(), st.integers(0, 5_000), st.integers(0, 30 * DAY)
        ),
    )
    def test_more_never_makes_it_less(
        self,
        force: int,
        confidential: bool,
        waiting: int,
        age: int,
        more: tuple[int, bool, int, int],
    ) -> None:
        """A stronger rule, a list, more events or more age leave a case as grave or graver."""
        less = severity(FORCES[force], confidential=confidential, waiting=waiting, age=age)
        graver = severity(
            FORCES[max(force, more[0])],
            confidential=confidential or more[1],
            waiting=waiting + more[2],
            age=age + more[3],
        )
        assert SEVERITIES.index(graver) >= SEVERITIES.index(less)

    @pytest.mark.parametrize(
        ("binds", "confidential", "waiting", "days", "expected"),
        [
            ("guidance", False, 1, 0, "low"),
            ("policy", False, 9, 0, "low"),
            ("policy", False, 100, 0, "medium"),
            ("law", False, 1, 0, "medium"),
            ("law", True, 1, 0, "high"),
            ("law", False, 100, 0, "high"),
            ("law", False, 99, 0, "medium"),
            ("law", True, 10, 3, "critical"),
            ("law", True, 1, 10, "critical"),
            ("unheard of", False, 1, 0, "medium"),
        ],
    )
    def test_what_it_comes_to(
        self, binds: str, confidential: bool, waiting: int, days: int, expected: str
    ) -> None:
        """The points that the policy states add up to these; an unknown force counts as law."""
        assert (
            severity(binds, confidential=confidential, waiting=waiting, age=days * DAY) == expected
        )

    @given(st.integers(0, 10**9), st.integers(0, 20 * DAY))
    def test_between_birthdays_age_changes_nothing(self, opened: int, age: int) -> None:
        """From a moment on until the next birthday, severity is the same."""
        following = [one for one in birthdays(opened) if one > opened + age]
        last = min(following, default=opened + 40 * DAY) - 1
        grave = severity("law", confidential=True, waiting=1, age=age)
        assert grave == severity("law", confidential=True, waiting=1, age=last - opened)

    def test_a_rule_on_lists_is_graver(self, tmp_path: Path) -> None:
        """Of two rules that hold the same event, the one that reads a list is the graver case."""
        lists = "len(buyer.lists_hit) > 0"
        rules = rulebook(
            rule("XX-LISTS", "sale", lists, verdict="review"),
            rule("XX-MODE", "sale", 'mode == "fixed_price"', verdict="review"),
        )
        with house(tmp_path / "b", rules) as desk:
            say(desk, party("bob", at(days=-1), lists_hit=["un"]), sale("p1", buyer="bob"))
            found = {case.rule: case for case in listed(Cases(desk), moment(1))}
        assert (found["XX-LISTS@1"].severity, found["XX-LISTS@1"].confidential) == ("high", True)
        assert (found["XX-MODE@1"].severity, found["XX-MODE@1"].confidential) == ("medium", False)

    def test_a_rule_that_is_gone_counts_as_confidential(self, tmp_path: Path) -> None:
        """Of a rule that is in force no longer nothing is known, and nothing is told."""
        old = rule("XX-OLD", "sale", 'mode == "fixed_price"', verdict="review", citations=[POLICY])
        new = rule("XX-NEW", "sale", 'mode == "lottery"', verdict="review", citations=[POLICY])
        with house(tmp_path / "b", rulebook(old)) as desk:
            say(desk, sale("p1"))
        with house(tmp_path / "b", rulebook(new)) as desk:
            (case,) = listed(Cases(desk), moment(1))
        assert (case.rule, case.title, case.confidential) == ("XX-OLD@1", None, True)


class TestDeadlines:
    """By when a case is answered."""

    def test_days_end_in_the_jurisdiction(self) -> None:
        """A case of 23:59 in China is due a day before one of a minute later."""
        before = dt.datetime.fromisoformat("2026-03-10T15:59:00+00:00")
        after = before + dt.timedelta(minutes=1)
        assert due_at(before, "Asia/Shanghai", 15).isoformat() == "2026-03-26T00:00:00+08:00"
        assert due_at(after, "Asia/Shanghai", 15).isoformat() == "2026-03-27T00:00:00+08:00"

    def test_days_are_the_calendar_s_when_clocks_change(self) -> None:
        """Where clocks go forward in between, the day still ends at midnight."""
        opened = dt.datetime.fromisoformat("2026-03-28T12:00:00+00:00")
        assert due_at(opened, "Europe/Berlin", 1).isoformat() == "2026-03-30T00:00:00+02:00"

    @given(
        st.integers(-2_200_000_000, 210_000_000_000),
        st.integers(1, 3_650),
        st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York"]),
    )
    def test_it_is_due_after_so_many_whole_days(self, seconds: int, days: int, zone: str) -> None:
        """A deadline gives all of its days and less than one more, but for the change of clocks."""
        opened = dt.datetime.fromtimestamp(seconds, dt.UTC)
        taken = due_at(opened, zone, days) - opened
        hour = dt.timedelta(hours=1)
        assert dt.timedelta(days=days) - hour < taken <= dt.timedelta(days=days + 1) + hour

    def test_it_is_overdue_from_that_moment_on(self, tmp_path: Path) -> None:
        """A case is not overdue in the last second of its last day, and is in the next."""
        with house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1")
            cases = Cases(desk)
            due = dt.datetime.fromisoformat(one(cases, cause, moment()).due_at)
            assert due.isoformat() == "2026-03-21T00:00:00+08:00"
            assert not one(cases, cause, due - dt.timedelta(seconds=1)).overdue
            assert one(cases, cause, due).overdue

    def test_the_longest_prefix_and_the_last_date_count(self) -> None:
        """Of all prefixes the longest counts, and of its values the last that had begun."""

        def from_(day: str, days: int) -> Deadline:
            return Deadline(from_=dt.date.fromisoformat(day), days=days, basis="policy")

        settings = CaseSettings(
            deadlines={
                "": [from_("2020-01-01", 9)],
                "CN": [from_("2021-01-01", 5), from_("2025-01-01", 3)],
                "CN-N5": [from_("2020-01-01", 1)],
            }
        )

        def days(rule: str, day: str) -> int:
            return settings.deadline(rule, dt.date.fromisoformat(day)).days

        assert days("XX-1@1", "2026-01-01") == 9
        assert (days("CN-1@1", "2024-12-31"), days("CN-1@1", "2025-01-01")) == (5, 3)
        assert days("CN-1@1", "2019-01-01") == 5
        assert days("CN-N5-03@1", "2026-01-01") == 1
        assert CaseSettings(deadlines={}).deadline("XX-1@1", dt.date(2026, 1, 1)).basis == "policy"

    def test_what_names_a_clause_names_one_that_there_is(self) -> None:
        """Each instrument that a shipped deadline rests on is one of the shipped rulebook."""
        instruments = load_rulebook(find_rulebook("cn")).instruments
        named = [
            one.basis.instrument
            for dated in CaseSettings().deadlines.values()
            for one in dated
            if one.basis != "policy"
        ]
        assert len(named) == 2
        assert set(named) <= instruments.keys()

    def test_they_are_read_from_a_configuration(self) -> None:
        """A section of a configuration gives deadlines; one without days, or a typo, is refused."""
        plain = {"deadlines": {"": [{"from": "2026-01-01", "days": 3, "basis": "policy"}]}}
        settings = msgspec.convert(plain, CaseSettings)
        assert settings.deadline("XX", dt.date(2026, 1, 1)).days == 3
        for wrong in (
            {"deadlines": {"": []}},
            {"deadlines": {"": [{"from": "2026-01-01", "days": 0, "basis": "policy"}]}},
            {"deadlines": {"": [{"from": "2026-01-01", "days": 3, "basis": "law"}]}},
            {"deadline": {}},
        ):
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(wrong, CaseSettings)
