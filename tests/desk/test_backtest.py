"""A backtest says exactly what two separate checks would say, and what that means for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.desk.backtest.drafts import with_shadow_live
from vermilion.desk.backtest.labels import ResolutionLabels, TruthLabels
from vermilion.desk.backtest.model import Backtest, Change, Effects, EventName
from vermilion.desk.backtest.run import Trial, backtest_book, backtest_files
from vermilion.desk.book import Book
from vermilion.desk.check import check
from vermilion.errors import DataError, UsageError
from vermilion.intake import Received
from vermilion.rulebook import Document, Engine, Profile, Rulebook, check_document
from vermilion.simulate import MarketConfig, write_market

from .cases.samples import answered, held_by_carol
from .loop import samples as loop
from .samples import (
    CN,
    NOON,
    desk_in,
    event,
    party,
    request,
    rule,
    rulebook,
    sale,
    simulated,
    submit,
    window,
    words,
    write_lines,
)

SEEDS = st.integers(1, 10_000)
NO_HURRY = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BOUGHT = {"bought": window("count", "sale", "buyer.id", within="1d", including=True)}


def changed(name: str, value: int) -> Rulebook:
    """Return the rulebook of China with one number that is another from the first day on."""
    parameters = dict(CN.document.parameters)
    old = parameters[name]
    values = [msgspec.structs.replace(one, value=value) for one in old.values]
    parameters[name] = msgspec.structs.replace(old, values=values)
    return check_document(msgspec.structs.replace(CN.document, parameters=parameters))


@cache
def engine(name: str | None = None, value: int = 0) -> Engine:
    """Return China's rulebook, or one with another number, for the default operator."""
    return Engine(CN if name is None else changed(name, value), Profile())


STRICTER = ("age_adult", 30)
"""A number that many rules on minors read, so that a change of it shows in any market."""


@cache
def house(most: int) -> Rulebook:
    """Return a small rulebook over a simulated market: so many purchases of a series a day."""
    windows = {
        "bought": window("count", "sale", "buyer.person token.series", within="1d", including=True),
        "spent": window("sum", "sale", "buyer.id", value='amount(price, "CNY")', within="7d"),
    }
    rules = [
        rule("XX-CAP", "sale", "windows.bought > params.most", parameters=["most"]),
        rule("XX-SPENT", "sale", "windows.spent > 100000", verdict="review"),
        rule("XX-ADULT", "sale transfer", "age(acquirer.birth_date) < 18", on_missing="condition"),
        rule("XX-KYC", "sale", 'buyer.kyc.status != "verified"', verdict="review"),
    ]
    value = {"from": "2020-01-01", "value": most, "source": "policy"}
    plain = msgspec.to_builtins(rulebook(windows=windows).document)
    plain |= {"rules": rules, "parameters": {"most": {"title": words("most"), "values": [value]}}}
    return check_document(msgspec.convert(plain, Document))


def small(base: Rulebook, draft: Rulebook, **more: Any) -> Trial:
    """Return a trial of two rulebooks for the default operator."""
    return Trial(Engine(base, Profile()), Engine(draft, Profile()), **more)


def held(folder: Path, trial: Trial, *events: dict[str, Any] | Received) -> Backtest:
    """Write events to a file and backtest them."""
    return backtest_files(trial, [write_lines(folder / "events.ndjson", *events)])


def decisions(folder: Path, name: str, rulebook: Rulebook) -> dict[tuple[str, str], Any]:
    """Check the folder's events in a book of their own and return the decisions by event."""
    out = folder / f"{name}.ndjson"
    check(request(folder / "events.ndjson", rulebooks=(rulebook,), out=out))
    found = map(json.loads, out.read_text().splitlines())
    return {(one["event"]["source"], one["event"]["id"]): one for one in found}


def outcomes(decision: dict[str, Any], rules: Sequence[str]) -> dict[str, str]:
    """Return what a decision says of each rule."""
    found = dict.fromkeys(rules, "not_applicable")
    found |= {name.rpartition("@")[0]: "passed" for name in decision["passed"]}
    named = {"hit": "hit", "missing": "unknown"}
    return found | {one["id"]: named[one["outcome"]] for one in decision["rules"]}


class TestExact:
    """One pass over two rulebooks is two checks."""

    @given(SEEDS)
    @NO_HURRY
    def test_against_itself_nothing_changes(self, tmp_path: Path, seed: int) -> None:
        """A rulebook held against itself changes no outcome and no verdict of a random market."""
        trial = Trial(engine(), engine())
        found = held(tmp_path, trial, *simulated(200, seed=seed, corrections=50, late=50))
        assert found.changed == 0
        assert [one for one in found.comparison.changes if one.before != one.after] == []
        assert all(line.new == line.lost == Effects() for line in found.rules)
        assert found.load is not None
        assert (found.load.new, found.load.gone) == (0, 0)

    @given(SEEDS)
    @settings(NO_HURRY, max_examples=2)
    def test_is_two_checks(self, tmp_path: Path, seed: int) -> None:
        """Each cell, each verdict and each example is that of the decisions of two checks."""
        market = simulated(300, seed=seed, corrections=50, late=50, duplicates=20)
        found = held(tmp_path, small(house(2), house(1)), *market)
        before = decisions(tmp_path, "before", house(2))
        after = decisions(tmp_path, "after", house(1))
        rules = [one.rule.id for one in house(2).rules]
        cells: Counter[tuple[str, str, str]] = Counter()
        verdicts: Counter[tuple[str, str]] = Counter()
        for name, was in before.items():
            verdicts[was["verdict"], after[name]["verdict"]] += 1
            one, other = outcomes(was, rules), outcomes(after[name], rules)
            cells.update((rule, one[rule], other[rule]) for rule in rules)
        compared = found.comparison
        assert {(c.rule, c.before, c.after): c.events for c in compared.changes} == cells
        assert {(v.before, v.after): v.events for v in compared.verdicts} == verdicts
        assert found.read == found.duplicate + compared.events == len(market)
        for one in compared.changes:
            for each in one.examples:
                name = each.source, each.id
                assert outcomes(before[name], rules)[one.rule] == one.before
                assert outcomes(after[name], rules)[one.rule] == one.after

    def test_cells_add_up(self, tmp_path: Path) -> None:
        """For each rule, and for the verdicts, the cells add up to the events."""
        found = held(tmp_path, Trial(engine(), engine(*STRICTER)), *simulated(150))
        sums: Counter[str] = Counter()
        for one in found.comparison.changes:
            sums[one.rule] += one.events
        assert set(sums.values()) == {found.comparison.events}
        assert sum(one.events for one in found.comparison.verdicts) == found.comparison.events

    def test_a_book_is_its_files(self, tmp_path: Path) -> None:
        """A record judged again gives what the files give that it was made from."""
        trial = Trial(engine(), engine(*STRICTER))
        market = simulated(200, corrections=50, late=50)
        of_files = held(tmp_path, trial, *market)
        with desk_in(tmp_path / "b", CN) as desk:
            desk.submit(market)
            of_book = backtest_book(trial, desk.book)
        assert of_book.comparison == of_files.comparison
        assert of_book.load == of_files.load

    def test_each_rulebook_has_its_own_windows(self, tmp_path: Path) -> None:
        """A window that only the draft has, or that is wider there, counts from the first event on."""
        wide = {"bought": BOUGHT["bought"] | {"within": "7d"}}
        capped = rule("XX-CAP", "sale", "windows.bought > 1")
        base, draft = rulebook(capped, windows=BOUGHT), rulebook(capped, windows=wide)
        found = held(
            tmp_path, small(base, draft), sale("1"), sale("2", "2026-03-12T12:00:00+08:00")
        )
        assert [one for one in found.comparison.changes if one.before != one.after] == [
            Change("XX-CAP", "passed", "hit", 1, [EventName("//test", "2")])
        ]

    def test_the_future_is_judged(self, tmp_path: Path) -> None:
        """An event that settled later than now is judged like any other."""
        never = "2926-03-10T12:00:00+08:00"
        found = held(tmp_path, small(rulebook(), rulebook()), sale("1", never))
        assert (found.comparison.events, found.rejected) == (1, 0)

    def test_files_lean_on_a_book(self, tmp_path: Path) -> None:
        """What a book knows about a party counts for the events of files; the book stays as it is."""
        minor = rule("XX-AGE", "sale", "age(buyer.birth_date) < 18")
        with desk_in(tmp_path / "b", rulebook(minor)) as desk:
            submit(desk, party("b", "2026-03-01T12:00:00+08:00", birth_date="2015-01-01"))
            size = desk.book.record.size
            path = write_lines(tmp_path / "events.ndjson", sale("1"))
            trial = small(rulebook(minor), rulebook())
            found = backtest_files(trial, [path], book=desk.book)
            assert desk.book.record.size == size
        assert {(one.before, one.after) for one in found.comparison.changes} == {("hit", None)}


class TestWhatItMeans:
    """Denials and reviews that are new or lost, and what they cost."""

    DEAR = rule("XX-DEAR", "sale", 'amount(price, "CNY") > 100')

    def dear(self, **changes: Any) -> Rulebook:
        """Return a rulebook of the one rule."""
        return rulebook(self.DEAR | changes)

    def sales(self) -> list[dict[str, Any]]:
        """Return a cheap, a dear and an unpriced sale."""
        return [
            sale("cheap", price={"amount": 1, "currency": "CNY"}),
            sale("dear", price={"amount": 1000, "currency": "CNY"}),
            sale("open"),
        ]

    @pytest.mark.parametrize(
        ("changes", "new", "lost"),
        [
            ({"verdict": "review"}, Effects(review=1), Effects(deny=1)),
            ({"on_missing": "deny"}, Effects(deny=1), Effects(review=1)),
            ({"violates_if": 'amount(price, "CNY") > 0'}, Effects(deny=1), Effects()),
            ({"mode": "shadow"}, Effects(), Effects(deny=1, review=1)),
            ({"mode": "off"}, Effects(), Effects(deny=1, review=1)),
        ],
    )
    def test_new_and_lost(
        self, tmp_path: Path, changes: dict[str, Any], new: Effects, lost: Effects
    ) -> None:
        """What a rule newly does to events and does no more, by what it does."""
        found = held(tmp_path, small(self.dear(), self.dear(**changes)), *self.sales())
        assert [(one.rule, one.new, one.lost) for one in found.rules] == [("XX-DEAR", new, lost)]
        backwards = held(tmp_path, small(self.dear(**changes), self.dear()), *self.sales())
        assert [(one.new, one.lost) for one in backwards.rules] == [(lost, new)]

    def test_a_thousand_events_that_lack_one_fact_are_one_case(self, tmp_path: Path) -> None:
        """Hours are counted by cause: what one answer settles is paid for once."""
        asks = rule("XX-KYC", "sale", 'buyer.kyc.status != "verified"', verdict="review")
        many = [sale(str(number), subject=f"deal-{number}") for number in range(1000)]
        found = held(
            tmp_path, small(rulebook(), rulebook(asks), minutes=30), *many, sale("o", buyer="other")
        )
        load = found.load
        assert load is not None
        assert (load.before, load.after, load.new, load.gone) == (0, 2, 2, 0)
        assert (load.hours_before, load.hours_after) == (0.0, 1.0)
        assert found.rules[0].new == Effects(review=1001)

    def test_examples_are_the_first(self, tmp_path: Path) -> None:
        """At most five events stand for a cell, the first in order."""
        many = [sale(str(number)) for number in range(9)]
        found = held(tmp_path, small(rulebook(), self.dear()), *many)
        (one,) = found.comparison.changes
        assert (one.before, one.after, one.events) == (None, "unknown", 9)
        assert [each.id for each in one.examples] == ["0", "1", "2", "3", "4"]

    def test_shadow_as_if_it_counted(self, tmp_path: Path) -> None:
        """With its shadows made live a rulebook says what it would do; as it is, they do nothing."""
        base = Engine(self.dear(mode="shadow"), Profile())
        found = held(tmp_path, Trial(base, with_shadow_live(base), shadow=True), *self.sales())
        assert found.rules[0].new == Effects(deny=1, review=1)
        moved = {(one.before, one.after): one.events for one in found.comparison.verdicts}
        assert moved == {
            ("not_applicable", "deny"): 1,
            ("not_applicable", "review"): 1,
            ("not_applicable", "allow"): 1,
        }
        assert [one for one in found.comparison.changes if one.before != one.after] == []


class TestCounts:
    """Everything read is judged, a duplicate or rejected."""

    def test_counts_reconcile(self, tmp_path: Path) -> None:
        """Duplicates, conflicts and what cannot be read are counted, and judged once or never."""
        other = sale("1", price={"amount": 5, "currency": "CNY"})
        found = held(
            tmp_path, small(rulebook(), rulebook()), sale("1"), sale("1"), other, event("x", "2")
        )
        assert (found.read, found.duplicate, found.rejected) == (4, 1, 2)
        assert found.comparison.events == 1

    def test_a_duplicate_of_an_earlier_group(self, tmp_path: Path) -> None:
        """What was judged long before is a duplicate still, or a conflict."""
        many = [sale(str(number)) for number in range(1_100)]
        other = sale("1", price={"amount": 5, "currency": "CNY"})
        found = held(tmp_path, small(rulebook(), rulebook()), *many, sale("0"), other)
        assert (found.duplicate, found.rejected, found.comparison.events) == (1, 1, 1_100)

    def test_nothing_to_judge(self, tmp_path: Path) -> None:
        """Files without an event, and a book without a judgement, are refused."""
        trial = small(rulebook(), rulebook())
        with pytest.raises(DataError, match="no events that could be judged"):
            held(tmp_path, trial, event("x", "2"))
        with Book.open(tmp_path / "b") as book, pytest.raises(DataError, match="no judgement"):
            backtest_book(trial, book)


class TestLabels:
    """Precision and recall, from the truth or from what officers answered."""

    def test_truth(self, tmp_path: Path) -> None:
        """Against the truth the shipped rules have neither false alarms nor misses; a change shows."""
        write_market(tmp_path, MarketConfig(events=300, violation_rate=200))
        truth = TruthLabels(tmp_path / "truth.ndjson")
        trial = Trial(engine(), engine("max_prize_fen", 0), [truth])
        found = backtest_files(trial, [tmp_path / "events.ndjson"])
        planted = {
            rule
            for line in (tmp_path / "truth.ndjson").read_text().splitlines()
            if isinstance(expect := json.loads(line).get("expect"), dict)
            for rule, outcome in expect.items()
            if outcome == "hit" and rule.startswith("CN-")
        }
        scores = {one.rule: one for one in found.scores}
        assert planted <= set(scores)
        for one in planted:
            before = scores[one].before
            assert before is not None
            assert (before.wrong, before.missed, before.undecided) == (0, 0, 0)
            assert (before.precision, before.recall) == (1.0, 1.0)
        assert any(one.after is not None and one.after.wrong for one in found.scores)
        assert found.labelled == found.comparison.events

    def test_missed_and_undecided(self, tmp_path: Path) -> None:
        """A planted wrong that passes is missed, one that lacks a fact is undecided."""
        dear = rule("XX-DEAR", "sale", 'amount(price, "CNY") > 100')
        lines = [
            {"source": "//test", "id": id, "pattern": "p", "side": "wrong", "expect": expect}
            for id, expect in (("a", {"XX-DEAR": "hit"}), ("b", {"XX-DEAR": "hit"}))
        ]
        truth = TruthLabels(write_lines(tmp_path / "truth.ndjson", *lines))
        costs = {"amount": 1000, "currency": "CNY"}
        cheap = {"amount": 1, "currency": "CNY"}
        found = held(
            tmp_path,
            small(rulebook(dear), rulebook(), labels=[truth]),
            sale("a", price=cheap),
            sale("b"),
            sale("c", price=costs),
        )
        (one,) = found.scores
        assert one.after is None
        assert one.before is not None
        assert (one.before.missed, one.before.undecided, one.before.wrong) == (1, 1, 1)
        assert (one.before.precision, one.before.recall) == (0.0, 0.0)

    def test_answers_of_officers(self, tmp_path: Path) -> None:
        """A release says false alarm, a refusal says right; what nobody looked at has no label."""
        with loop.house(tmp_path / "b") as desk:
            loop.ordinary(desk)
            dollars = loop.price(100, "USD")
            for id in ("p1", "p2", "p3"):
                loop.say(desk, loop.sale(id, subject=id, price=dollars))
            loop.say(
                desk,
                loop.resolution("r1", loop.at(1), "olga", event=loop.of("p1")),
                loop.resolution("r2", loop.at(1), "olga", event=loop.of("p2"), action="refuse"),
            )
            labels = ResolutionLabels(desk.book, "xx")
            assert labels.any
            draft = rulebook(rule("XX-LOOK", "sale", 'price.currency == "JPY"', verdict="review"))
            found = backtest_book(small(loop.HOUSE, draft, labels=[labels]), desk.book)
        score = next(one for one in found.scores if one.rule == "XX-LOOK")
        assert score.before is not None
        assert score.after is not None
        assert (score.before.right, score.before.wrong) == (1, 1)
        assert (score.before.precision, score.before.recall) == (0.5, 1.0)
        assert (score.after.right, score.after.missed, score.after.recall) == (0, 1, 0.0)
        assert found.labelled == 2
        assert found.labels == ["resolutions"]

    def test_an_answer_to_a_cause_labels_all_that_waited(self, tmp_path: Path) -> None:
        """Every event that waited under the cause has the label, and no other event."""
        with loop.house(tmp_path / "b") as desk:
            cause = held_by_carol(desk, "p1", "p2")
            dave = loop.sale("p3", subject="p3", buyer="dave")
            loop.say(desk, dave)
            answered(desk, cause, loop.at(1), until=loop.at(days=9), action="refuse")
            trial = small(loop.HOUSE, loop.HOUSE, labels=[ResolutionLabels(desk.book, "xx")])
            found = backtest_book(trial, desk.book)
        score = next(one for one in found.scores if one.rule == "XX-KYC")
        assert score.before is not None
        assert (score.before.undecided, found.labelled) == (2, 2)

    def test_what_is_no_truth_is_refused(self, tmp_path: Path) -> None:
        """A file that is absent, or holds something else, is named with its line."""
        with pytest.raises(UsageError, match="cannot be read"):
            TruthLabels(tmp_path / "absent")
        path = write_lines(tmp_path / "t", "{}")
        with pytest.raises(DataError) as caught:
            TruthLabels(path)
        assert caught.value.where == f"{path}:1"


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was needed of the past is deleted, also after an error, and never lies there in clear."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    held(tmp_path, small(rulebook(), rulebook()), party("b", NOON, name="Somebody"), sale("1"))
    assert list((tmp_path / "scratch").iterdir()) == []
