"""Which rules hold on a day, with which parameters, and whom they bind."""

from __future__ import annotations

import datetime as dt
from typing import Any, get_args

import pytest

from vermilion.rulebook import Engine, Profile, Rulebook
from vermilion.rulebook.model import BindingClass

from .books import book, citation, instrument, plain, rule, words

D = dt.date.fromisoformat


def engine(*rules: dict[str, Any], profile: Profile | None = None, **changes: Any) -> Engine:
    """Return an engine over a small rulebook."""
    return Engine(book(*rules, **changes), profile or Profile(territory="XX"))


def alive(found: Engine, day: str) -> list[str]:
    """Return the instruments alive behind the only rule on a day."""
    loaded = found.rulebook.rules[0]
    return [citation.instrument.id for citation in found.in_force(loaded, D(day))]


def holds(found: Engine, day: str, stage: str = "proposed", event: str = "sale") -> bool:
    """Tell whether any rule is judged by on a day."""
    return bool(found.on(event, stage, D(day)).rules)


TWO = [
    instrument("XX-OLD", in_force={"from": "2010-01-01", "to": "2015-01-01"}),
    instrument("XX-NEW", in_force={"from": "2020-01-01"}),
]


class TestLife:
    """A rule holds while any instrument that it cites is alive."""

    def both(self, **changes: Any) -> Engine:
        """Return an engine whose rule cites two instruments with years between them."""
        cited = [citation("XX-OLD"), citation("XX-NEW")]
        return engine(rule(citations=cited, **changes), instruments=TWO)

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            ("2009-12-31", []),
            ("2010-01-01", ["XX-OLD"]),
            ("2014-12-31", ["XX-OLD"]),
            ("2015-01-01", []),
            ("2019-12-31", []),
            ("2020-01-01", ["XX-NEW"]),
        ],
    )
    def test_periods_are_half_open(self, day: str, expected: list[str]) -> None:
        """An instrument is alive from its first day up to but not including its last."""
        found = self.both()
        assert alive(found, day) == expected
        assert holds(found, day) is bool(expected)

    def test_own_dates_narrow(self) -> None:
        """`in_force` of a rule narrows the life of its instruments and never widens it."""
        found = self.both(in_force={"from": "2014-01-01", "to": "2021-01-01"})
        assert not holds(found, "2013-12-31")
        assert holds(found, "2014-01-01")
        assert not holds(found, "2015-01-01")
        assert holds(found, "2020-12-31")
        assert not holds(found, "2021-01-01")

    def test_an_end_in_another_instrument_changes_nothing(self) -> None:
        """What a rule does not cite has no say in its life."""
        found = engine(rule(citations=[citation("XX-NEW")]), instruments=TWO)
        assert not holds(found, "2012-01-01")

    def test_days_may_be_asked_in_any_order(self) -> None:
        """What was compiled for one period is never used for another."""
        found = self.both()
        days = ["2020-01-01", "2009-12-31", "2014-12-31", "2015-01-01", "2010-01-01"]
        for _ in range(2):
            assert [holds(found, day) for day in days] == [True, False, True, False, True]
        assert found.on("sale", "proposed", D("2011-01-01")) is found.on(
            "sale", "proposed", D("2012-01-01")
        )


class TestModes:
    """`mode` and `stage` say whether and when a rule is judged by."""

    def test_off_is_not_judged(self) -> None:
        """A rule that is off is neither in force nor asks for facts."""
        found = engine(rule(mode="off"))
        assert not holds(found, "2022-01-01")
        assert alive(found, "2022-01-01") == []
        assert found.facts_read("sale") == frozenset()

    @pytest.mark.parametrize("mode", ["shadow", "live"])
    def test_shadow_and_live_are_judged(self, mode: str) -> None:
        """A rule in shadow is judged like a live one and carries its mode."""
        found = engine(rule(mode=mode))
        assert [r.rule.mode for r in found.on("sale", "proposed", D("2022-01-01")).rules] == [mode]
        assert found.facts_read("sale") == {"price.currency"}

    def test_stages(self) -> None:
        """A rule is judged in the stages that it names; proposed and settled by default."""
        by_default = engine(rule())
        settled = engine(rule(stage=["settled"]))
        for stage, first, second in (
            ("proposed", True, False),
            ("settled", True, True),
            ("withdrawn", False, False),
        ):
            assert holds(by_default, "2022-01-01", stage) is first
            assert holds(settled, "2022-01-01", stage) is second

    def test_other_events_are_left_alone(self) -> None:
        """A rule on sales is not judged on offers."""
        assert not holds(engine(rule()), "2022-01-01", event="offer")


class TestDays:
    """The jurisdiction's clock decides which day it is."""

    @pytest.mark.parametrize(
        ("zone", "moment", "day"),
        [
            ("Asia/Shanghai", "2022-04-12T15:59:59+00:00", "2022-04-12"),
            ("Asia/Shanghai", "2022-04-12T16:00:00+00:00", "2022-04-13"),
            ("Asia/Shanghai", "2022-04-13T00:30:00+09:00", "2022-04-12"),
            ("America/New_York", "2022-03-13T06:59:59+00:00", "2022-03-13"),
            ("America/New_York", "2022-04-13T03:59:59+00:00", "2022-04-12"),
            ("Pacific/Kiritimati", "2022-04-12T10:00:00+00:00", "2022-04-13"),
        ],
    )
    def test_legal_date(self, zone: str, moment: str, day: str) -> None:
        """A moment belongs to the calendar day of the rulebook's time zone."""
        heading = plain()["rulebook"] | {"time_zone": zone}
        found = engine(rulebook=heading)
        assert found.legal_date(dt.datetime.fromisoformat(moment)) == D(day)


class TestParameters:
    """A parameter has the value of its day."""

    def capped(self) -> Engine:
        """Return an engine whose rule compares with a number that changes twice."""
        values = [
            {"from": "2022-01-01", "value": 200, "source": "policy"},
            {"from": "2020-01-01", "value": 100, "source": "policy"},
            {
                "from": "2023-01-01",
                "value": 50,
                "source": {"instrument": "XX-LAW", "pinpoint": "2"},
            },
        ]
        return engine(
            rule(
                violates_if='amount(price, "CNY") > params.cap',
                parameters=["cap"],
                reason=words("too much"),
            ),
            parameters={"cap": {"title": words("cap"), "values": values}},
        )

    @pytest.mark.parametrize(
        ("day", "value"),
        [
            ("2020-01-01", 100),
            ("2021-01-01", 100),
            ("2021-12-31", 100),
            ("2022-01-01", 200),
            ("2022-12-31", 200),
            ("2023-01-01", 50),
        ],
    )
    def test_value_of_the_day(self, day: str, value: int) -> None:
        """The latest value that began by the day holds, in whatever order they are written."""
        from vermilion.facts.events import Sale
        from vermilion.facts.money import Money

        fused = self.capped().on("sale", "proposed", D(day))
        assert fused.parameters == {"cap": value}
        for amount, expected in ((value, (0, 0, 1)), (value + 1, (1, 0, 0))):
            assert fused.function(Sale(price=Money(amount, "CNY")), {}) == expected


CLASSES: dict[str, tuple[str, str, str]] = {
    # To those addressed; to members of an association addressed; to anybody else.
    "S": ("law", "law", "guidance"),
    "R": ("law", "law", "guidance"),
    "N": ("law", "law", "guidance"),
    "J": ("guidance", "guidance", "guidance"),
    "G": ("guidance", "guidance", "guidance"),
    "V": ("guidance", "membership", "guidance"),
    "P": ("policy", "policy", "policy"),
    "O": ("policy", "policy", "policy"),
}
MEMBER = Profile(territory="XX", memberships=["NIFA"])
STRANGER = Profile(territory="XX")


def force(binding: str, profile: Profile, **addressees: Any) -> str:
    """Return what force a rule has for an operator."""
    whom = {"territory": "XX", "text": words("whom")} | addressees
    found = engine(
        rule(citations=[citation(binding=binding)]),
        instruments=[instrument(addressees=whom)],
        profile=profile,
    )
    (in_force,) = found.on("sale", "proposed", D("2022-01-01")).rules
    assert in_force.citations[0].binds == in_force.binds
    return in_force.binds


class TestBinds:
    """Law binds whom it addresses, self-regulation its members, the rest is shown as what it is."""

    def test_every_class_is_told(self) -> None:
        """The table covers every class of norm."""
        assert set(CLASSES) == set(get_args(BindingClass))

    @pytest.mark.parametrize("binding", CLASSES)
    def test_by_class(self, binding: str) -> None:
        """Each class of norm has its force, for those addressed, members and strangers."""
        addressed, member, stranger = CLASSES[binding]
        assert force(binding, STRANGER) == addressed
        assert force(binding, MEMBER, memberships=["NIFA", "CBA"]) == member
        assert force(binding, STRANGER, memberships=["NIFA"]) == stranger

    @pytest.mark.parametrize("binding", ["S", "R", "N"])
    def test_by_territory(self, binding: str) -> None:
        """Law ends at the border, unless it names none."""
        abroad = Profile(territory="YY")
        assert force(binding, abroad) == "guidance"
        assert force(binding, abroad, territory=None) == "law"

    @pytest.mark.parametrize("binding", ["S", "R", "N"])
    def test_by_role(self, binding: str) -> None:
        """A norm for museums binds museums, and no platform that is not one as well."""
        museum = Profile(territory="XX", roles=["platform", "museum"])
        assert force(binding, museum, roles=["museum"]) == "law"
        assert force(binding, STRANGER, roles=["museum"]) == "guidance"
        assert force(binding, Profile(territory="XX", roles=[]), roles=["museum"]) == "guidance"

    def test_terms_of_a_platform(self) -> None:
        """A platform's terms are policy of those in the role they address, wherever they are."""
        social = Profile(territory="YY", roles=["platform", "social_platform"])
        assert force("P", social, roles=["social_platform"]) == "policy"
        assert force("P", STRANGER, roles=["social_platform"]) == "guidance"
        assert force("P", STRANGER, roles=None) == "policy"
        adopting = Profile(territory="XX", adopts=["XX-LAW"])
        assert force("P", adopting, roles=["social_platform"]) == "policy"

    def test_one_membership_of_several(self) -> None:
        """Any one of the associations addressed makes a member; other ones do not."""
        assert force("V", MEMBER, memberships=["CBA", "NIFA"]) == "membership"
        assert force("V", MEMBER, memberships=["CBA", "SAC"]) == "guidance"

    @pytest.mark.parametrize("binding", ["V", "G", "J", "S"])
    def test_adopting_an_instrument(self, binding: str) -> None:
        """What does not bind an operator but is adopted is its policy."""
        adopting = Profile(territory="YY", adopts=["XX-LAW"])
        assert force(binding, adopting) == "policy"

    def test_adopting_does_not_weaken(self) -> None:
        """Law stays law and a member's duty stays one, though the operator adopts them too."""
        adopting = Profile(territory="XX", memberships=["NIFA"], adopts=["XX-LAW"])
        assert force("S", adopting) == "law"
        assert force("V", adopting, memberships=["NIFA"]) == "membership"

    def test_adopting_a_rule(self) -> None:
        """A rule that only guides is policy once it is adopted by its own id."""
        found = engine(
            rule(citations=[citation(binding="G")]),
            profile=Profile(territory="XX", adopts=["XX-R-01"]),
        )
        (in_force,) = found.on("sale", "proposed", D("2022-01-01")).rules
        assert in_force.binds == "policy"
        assert in_force.citations[0].binds == "guidance"

    def test_the_strongest_of_several(self) -> None:
        """A rule has the force of the strongest norm alive behind it."""
        found = engine(
            rule(citations=[citation("XX-SOFT", binding="V"), citation("XX-HARD", binding="R")]),
            instruments=[
                instrument(
                    "XX-SOFT",
                    in_force={"from": "2020-01-01"},
                    addressees={"memberships": ["NIFA"], "text": words("members")},
                ),
                instrument("XX-HARD", in_force={"from": "2022-01-01", "to": "2023-01-01"}),
            ],
            profile=MEMBER,
        )
        forces = [
            found.on("sale", "proposed", D(day)).rules[0].binds
            for day in ("2021-12-31", "2022-01-01", "2022-12-31", "2023-01-01")
        ]
        assert forces == ["membership", "law", "law", "membership"]


def test_facts_read_cover_every_part() -> None:
    """What a rulebook reads on an event type names scope, condition and what loops read."""
    found = engine(
        rule(
            applies_to=["sale"],
            applies_if='purpose == "investment"',
            violates_if='any(p.kyc.status != "verified" for p in parties) or token.pooled',
            reason=words("because"),
        )
    )
    assert found.facts_read("sale") == {"purpose", "parties", "p.kyc.status", "token.pooled"}
    assert found.facts_read("offer") == frozenset()


def test_rules_of_a_rulebook_keep_their_order() -> None:
    """Bit and rule belong together: rules are fused in the order of the document."""
    ids = ["XX-R-03", "XX-R-01", "XX-R-02"]
    found: Rulebook = book(*(rule(id) for id in ids))
    fused = Engine(found, Profile()).on("sale", "proposed", D("2022-01-01"))
    assert [in_force.rule.id for in_force in fused.rules] == ids
