"""Rules in shadow are judged and recorded, and change nothing else by a byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from vermilion.desk.backtest.drafts import with_shadow_live
from vermilion.desk.backtest.run import Trial, backtest_book
from vermilion.desk.backtest.shadow import write_shadow
from vermilion.desk.check import check
from vermilion.desk.desk import Desk
from vermilion.desk.loop.causes import all_causes
from vermilion.errors import RulebookError, UsageError
from vermilion.pages.decision import explain_decision
from vermilion.pages.report import render_report
from vermilion.rulebook import Engine, Profile, Rulebook, find_rulebook, load_rulebook

from .loop.samples import POLICY, sale, say
from .samples import desk_in, request, rule, rulebook, simulated, write_lines
from .test_replay import equal, replayed

LIVE = [
    rule("XX-KYC", "sale", 'buyer.kyc.status != "verified"', verdict="review", citations=[POLICY]),
    rule("XX-DEAR", "sale", 'amount(price, "CNY") > 50000'),
    rule("XX-LOT", "sale", 'mode == "lottery"', verdict="condition", on_missing="condition"),
]
SHADOWS = [
    rule("XX-S-ALL", "sale", 'price.currency == "CNY"', mode="shadow"),
    rule("XX-S-ASK", "sale", "buyer.birth_date < event.date", verdict="review", mode="shadow"),
    rule("XX-S-NOTE", "sale", "known(price)", verdict="condition", mode="shadow"),
    rule("XX-S-WHO", "sale", "not buyer.self_supporting", on_missing="deny", mode="shadow"),
]
"""Each kind of verdict, on a hit and on a lacking fact."""


def with_and_without(folder: Path, *events: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Check events under the live rules alone and with shadows beside; return what came out."""
    found = []
    write_lines(folder / "events.ndjson", *events)
    for name, rules in (("without", LIVE), ("with", [*LIVE, *SHADOWS])):
        files = {one: folder / f"{name}-{one}" for one in ("out", "permits", "customers")}
        book = folder / name
        summary = check(
            request(folder / "events.ndjson", rulebooks=(rulebook(*rules),), book=book, **files)
        )
        read = {
            one: [*map(json.loads, path.read_text().splitlines())] for one, path in files.items()
        }
        found.append(read | {"summary": summary})
    return found[0], found[1]


def bare(decision: dict[str, Any]) -> dict[str, Any]:
    """Return a decision without what it says of rules in shadow, and without its digest."""
    ids = {one["id"] for one in SHADOWS}
    missing = [
        one | {"rules": asking}
        for one in decision["missing"]
        if (asking := [id for id in one["rules"] if id not in ids])
    ]
    return decision | {
        "rulebook": None,
        "rules": [one for one in decision["rules"] if one["id"] not in ids],
        "passed": [one for one in decision["passed"] if one.rpartition("@")[0] not in ids],
        "missing": missing,
    }


def test_nothing_else_changes(tmp_path: Path) -> None:
    """Verdicts, live outcomes, permits' subjects, questions and answers to customers stay."""
    market = simulated(250, proposed=400)
    without, beside = with_and_without(tmp_path, *market)
    assert [*map(bare, beside["out"])] == [*map(bare, without["out"])]
    assert sum(len(one["rules"]) for one in beside["out"]) > sum(
        len(one["rules"]) for one in without["out"]
    )
    assert beside["customers"] == without["customers"]
    assert len(beside["permits"]) == len(without["permits"]) > 0
    named = [[(one["source"], one["id"]) for one in each["permits"]] for each in (without, beside)]
    assert named[0] == named[1]
    one, other = without["summary"], beside["summary"]
    for part in ("plan", "missing", "waiting", "permitted", "found", "rules"):
        assert getattr(one, part) == getattr(other, part), part
    assert one.shadow == []
    assert {line.id for line in other.shadow} == {each["id"] for each in SHADOWS}
    assert all(line.hit or line.missing or line.passed for line in other.shadow)


def causes(desk: Desk) -> list[tuple[str, str]]:
    """Return what holds a sale to Carol."""
    (judged,) = [one.judged for one in say(desk, sale("p1", buyer="carol"))]
    rulings = [ruling for ruling, *_ in judged.ruled]
    held = all_causes(judged.event, rulings, desk.book.kept_engine, desk.book.loop.secret)
    return [(one.rule, one.digest.hex()) for one in held if one.rule]


def test_no_cause(tmp_path: Path) -> None:
    """A shadow that is hit or lacks a fact holds nothing; what holds is what held without it."""
    with desk_in(tmp_path / "b", rulebook(*LIVE, *SHADOWS)) as desk:
        assert [name for name, _ in causes(desk)] == ["XX-KYC@1"]


def test_shown_apart(tmp_path: Path) -> None:
    """The report tells of shadows in a part of their own, and an explanation marks them."""
    _, beside = with_and_without(tmp_path, *simulated(80))
    for language, title in (("zh", "试运行的规则"), ("en", "Rules in shadow")):
        page = render_report(beside["summary"], language)  # type: ignore[arg-type]
        assert page.count(title) >= 1
    decision = next(one for one in beside["out"] if one["rules"])
    told = explain_decision(decision, "en", {})
    assert told.count("(in shadow: does not count)") == sum(
        one["mode"] == "shadow" for one in decision["rules"]
    )


def test_a_backtest_tells_shadow_from_live(tmp_path: Path) -> None:
    """Over the record, rules in shadow taken as if they counted give what they give when live."""
    market = simulated(150)
    shadowed = rulebook(*LIVE, *SHADOWS)
    live = rulebook(*LIVE, *({**one, "mode": "live"} for one in SHADOWS))
    with desk_in(tmp_path / "b", shadowed) as desk:
        desk.submit(market)
        base = Engine(shadowed, Profile())
        found = backtest_book(Trial(base, with_shadow_live(base), shadow=True), desk.book)
        expected = backtest_book(Trial(base, Engine(live, Profile())), desk.book)
    assert found.comparison.verdicts == expected.comparison.verdicts
    assert found.changed > 0
    assert equal(replayed(tmp_path / "b"))


def written(folder: Path, *rules: dict[str, Any]) -> Path:
    """Write a rulebook as a folder of files and return the folder."""
    document = msgspec.to_builtins(rulebook().document)
    (folder / "rules").mkdir(parents=True)
    for name in ("rulebook", "instruments", "lists", "parameters"):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document[name], allow_unicode=True))
    for one in rules:
        text = yaml.safe_dump(one, allow_unicode=True, sort_keys=False)
        (folder / "rules" / f"{one['id']}.yaml").write_text(text)
    return folder


class TestWholeDraft:
    """A whole draft rulebook judges beside the live one and stops nothing."""

    def test_a_copy_in_shadow(self, tmp_path: Path) -> None:
        """Every live rule is in shadow, those off stay off, and the copy has an id of its own."""
        off = LIVE[1] | {"id": "XX-R-02", "mode": "off"}
        live = LIVE[1] | {"id": "XX-R-03", "mode": "live"}
        source = written(tmp_path / "xx", LIVE[1] | {"id": "XX-R-01"}, off, live)
        made = write_shadow(source, tmp_path / "out", "xx_draft")
        assert made.id == "xx_draft"
        assert [one.rule.mode for one in made.rules] == ["shadow", "off", "shadow"]
        original = load_rulebook(source)
        assert [one.rule.violates_if for one in made.rules] == [
            one.rule.violates_if for one in original.rules
        ]

    @pytest.mark.parametrize("name", ["platform", "permits"])
    def test_the_shipped_ones(self, tmp_path: Path, name: str) -> None:
        """A shipped rulebook can be put beside itself."""
        made = write_shadow(find_rulebook(name), tmp_path / "out", f"{name}_draft")
        assert {one.rule.mode for one in made.rules} <= {"shadow", "off"}

    def test_beside_the_live_one(self, tmp_path: Path) -> None:
        """Both judge, both are recorded; the draft's verdict is neutral and permits are the same."""
        draft = rulebook(*({**one, "mode": "shadow"} for one in [*LIVE, *SHADOWS]), id="xx_draft")
        verdicts = {}
        for name, books in (("alone", (rulebook(*LIVE),)), ("beside", (rulebook(*LIVE), draft))):
            with desk_in(tmp_path / name, *books) as desk:
                verdicts[name] = _outcomes(desk, books)
        assert [one[:2] for one in verdicts["beside"]] == [one[:2] for one in verdicts["alone"]]
        assert {one[2] for one in verdicts["beside"]} == {"not_applicable"}
        assert equal(replayed(tmp_path / "beside"))

    def test_refusals(self, tmp_path: Path) -> None:
        """A place that is taken and an id that is none are refused, and nothing is left of it."""
        source = written(tmp_path / "xx", LIVE[1])
        with pytest.raises(UsageError, match="something is there"):
            write_shadow(source, tmp_path, "xx_draft")
        with pytest.raises(RulebookError):
            write_shadow(source, tmp_path / "out", r"No \1 Id")
        assert [one.name for one in tmp_path.iterdir()] == ["xx"]


def _outcomes(desk: Desk, books: tuple[Rulebook, ...]) -> list[tuple[str, int, str]]:
    """Propose sales and return verdict, permits and the last rulebook's verdict of each."""
    found = []
    for number, price in enumerate((100, 60_000, 100)):
        money = {"amount": price, "currency": "CNY"}
        buyer = "ann" if number < 2 else "carol"
        (sealed,) = say(desk, sale(f"p{number}", subject=f"d{number}", price=money, buyer=buyer))
        rulings = [one.ruling for one in sealed.judged.ruled]
        assert len(rulings) == len(books)
        found.append((rulings[0].verdict, len(desk.permits), rulings[-1].verdict))
    return found
