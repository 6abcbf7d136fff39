"""What changed is told part by part, and an upgrade loses nothing of the operator's in silence."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.rulebook import Document, Profile, find_rulebook
from vermilion.rulebook.diff import RULE_PARTS, Changes, diff, in_words, upgrade
from vermilion.rulebook.load import read_document
from vermilion.rulebook.merge import Item
from vermilion.rulebook.model import Overlay, Rule
from vermilion.rulebook.overlay import (
    Merged,
    OwnPart,
    document_digest,
    items_of,
    merge,
    parted,
    read_overlay,
)
from vermilion.rulebook.yaml_source import Source

from .books import FIVE_CASES, citation, instrument, plain, rule, words
from .test_overlay import CITED, POLICY, house_rule, overlaid, value


def document(**changes: Any) -> Document:
    """Return the small rulebook as plain data."""
    return msgspec.convert(plain(**changes), Document)


@cache
def shipped() -> tuple[Document, Mapping[str, Source]]:
    """Read the files of China's rulebook."""
    return read_document(find_rulebook("cn"))


def told(changes: Changes) -> dict[tuple[str, str], str]:
    """Return what became of each thing."""
    return {(one.of, one.id): one.change for one in changes.changes}


class TestRules:
    """A rule's parts are told by what they mean."""

    def test_every_field_belongs_to_one_part(self) -> None:
        """No field of a rule can change without being told."""
        fields = [field for part in RULE_PARTS.values() for field in part]
        assert sorted([*fields, "id"]) == sorted(Rule.__struct_fields__)

    @pytest.mark.parametrize(
        ("field", "changed", "part", "decides"),
        [
            ("violates_if", "known(price)", "condition", True),
            ("applies_if", "known(price)", "condition", True),
            ("verdict", "review", "verdict", True),
            ("on_missing", "deny", "verdict", True),
            ("in_force", {"from": "2021-01-01"}, "dates", True),
            ("citations", [citation(pinpoint="art. 2")], "citations", True),
            ("mode", "shadow", "mode", True),
            ("confidential", True, "confidential", True),
            ("reason", words("another"), "words", False),
            ("version", 2, "version", False),
        ],
    )
    def test_a_changed_field_is_told_as_its_part(
        self, field: str, changed: Any, part: str, decides: bool
    ) -> None:
        """And whether it can change a decision."""
        new = document(rules=[rule(**{field: changed})])
        (change,) = diff(document(), new).changes
        assert [one.name for one in change.parts] == [part]
        assert change.decides is decides

    def test_words_name_the_part_in_both_languages(self) -> None:
        """One line for people, with what was and what is."""
        (change,) = diff(document(), document(rules=[rule(verdict="review")])).changes
        said = in_words(change)
        assert said.en == "rule XX-R-01 changed: verdict deny → review"
        assert said.zh == "变更规则 XX-R-01：结论 deny → review"


class TestThings:
    """Lists, parameters, windows, instruments and the heading are told too."""

    def test_added_and_removed(self) -> None:
        """By kind and name."""
        old = document(rules=[rule(), rule("XX-R-02")])
        new = document(
            rules=[rule(), rule("XX-R-03")], instruments=[instrument(), instrument("XX-NEW")]
        )
        assert told(diff(old, new)) == {
            ("rule", "XX-R-02"): "removed",
            ("rule", "XX-R-03"): "added",
            ("instrument", "XX-NEW"): "added",
        }

    def test_a_list_tells_what_went_and_came_and_who_reads_it(self) -> None:
        """Values and exceptions each for themselves."""
        data = plain()
        data["lists"]["coins"] |= {"values": ["ETH", "SOL"], "exceptions": ["x"]}
        (change,) = diff(document(), msgspec.convert(data, Document)).changes
        assert [(one.name, one.old, one.new) for one in change.parts] == [
            ("values", ["BTC"], ["SOL"]),
            ("exceptions", [], ["x"]),
        ]
        assert change.read_by == ("XX-R-01",)
        assert "values -BTC, +SOL" in in_words(change).en

    def test_a_parameter_that_rests_on_something_else_is_told(self) -> None:
        """The same number on another source is a change."""
        data = plain()
        law = {"instrument": "XX-LAW", "pinpoint": "art. 2"}
        data["parameters"]["cap"]["values"] = [value("2020-01-01", 100, law)]
        (change,) = diff(document(), msgspec.convert(data, Document)).changes
        assert (change.of, change.id, change.parts[0].name) == ("parameter", "cap", "values")

    @pytest.mark.parametrize("field", ["time_zone", "version", "territory"])
    def test_the_heading_is_told(self, field: str) -> None:
        """Whose clock decides the legal date is no small thing."""
        changed = {"time_zone": "Asia/Tokyo", "version": 2, "territory": "YY"}[field]
        data = plain()
        data["rulebook"][field] = changed
        (change,) = diff(document(), msgspec.convert(data, Document)).changes
        assert (change.of, [one.name for one in change.parts]) == ("rulebook", [field])
        assert in_words(change).zh

    @pytest.mark.parametrize("field", ["title", "issuer", "in_force", "note", "source", "number"])
    def test_an_instrument_is_told_by_its_fields(self, field: str) -> None:
        """Each has a name in both languages."""
        changed = {"in_force": {"from": "2019-01-01"}, "source": "a.md", "number": "7"}
        new = document(instruments=[instrument(**{field: changed.get(field, words("other"))})])
        (change,) = diff(document(), new).changes
        assert [one.name for one in change.parts] == [field]
        assert in_words(change).zh


NAMES = st.sampled_from(["a", "b"])
DAYS = st.sampled_from(["2020-01-01", "2022-01-01", "2024-01-01"])
COINS = st.lists(st.sampled_from(["ETH", "DOGE"]), unique=True)
TERMS = st.lists(st.sampled_from(["ETH", "BTC", "DOGE", "x…y", "x…y…z"]), unique=True, max_size=3)
LAW = {"instrument": "XX-LAW", "pinpoint": "art. 2"}
CONDITIONS = st.sampled_from(
    [
        "price.currency in lists.a",
        "price.currency in lists.b",
        'amount(price, "CNY") > params.a',
        'amount(price, "CNY") > params.b',
        "windows.a > 3",
        "windows.b > 3",
    ]
)
PLAIN_WORDS = {"reason": words("wrong"), "in_force": {"from": "2024-01-01"}}


def values_of(sources: list[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return values of a parameter on different days."""
    one = st.builds(value, DAYS, st.integers(1, 3), st.sampled_from(sources))
    return st.lists(one, min_size=1, max_size=3, unique_by=lambda made: made["from"])


def window(function: str) -> dict[str, Any]:
    """Return a window of a seller's sales."""
    return {"title": words("w"), "function": function, "of": ["sale"], "key": ["seller.id"]}


def is_defined(data: dict[str, Any], condition: str) -> bool:
    """Tell whether a rulebook has what a condition reads."""
    kinds = {"lists": "lists", "params": "parameters", "windows": "windows"}
    ((group, name),) = re.findall(r"(lists|params|windows)\.(\w)", condition)
    return name in data[kinds[group]]


@st.composite
def shipped_books(draw: st.DrawFn) -> Document:
    """Return some release of a shipped rulebook."""
    data: dict[str, Any] = plain()
    titled = {"title": words("t"), "source": "XX-LAW"}
    data["lists"] = draw(
        st.dictionaries(NAMES, st.builds(lambda v: titled | {"values": [*v, "BTC"]}, COINS))
    )
    data["parameters"] = draw(
        st.dictionaries(
            NAMES,
            st.builds(lambda v: {"title": words("p"), "values": v}, values_of(["policy", LAW])),
        )
    )
    data["windows"] = draw(st.dictionaries(NAMES, st.just(window("count"))))
    ids = draw(st.sets(st.sampled_from(["XX-I-1", "XX-I-2"])))
    data["instruments"] = [instrument(), *(instrument(id) for id in sorted(ids))]
    texts = [text for text in draw(st.lists(CONDITIONS, unique=True)) if is_defined(data, text)]
    data["rules"] = [
        rule(f"XX-R-0{number}", violates_if=text, **PLAIN_WORDS)
        for number, text in enumerate([*texts, "known(price)"], start=1)
    ]
    return msgspec.convert(data, Document)


@st.composite
def overlays(draw: st.DrawFn) -> OwnPart:
    """Return some operator's overlay, which may or may not fit."""
    titled = st.sampled_from([{}, {"title": words("mine")}])
    sourced = st.sampled_from([{}, {"title": words("mine"), "source": "policy"}])
    ids = draw(st.sets(st.sampled_from(["XX-I-1", "XX-I-2"])))
    rules = draw(st.dictionaries(st.sampled_from(["XX-R-01", "XX-R-02", "XX-H-01"]), CONDITIONS))
    data = {
        "lists": draw(
            st.dictionaries(
                NAMES,
                st.builds(
                    lambda t, v, e: t | {"values": v, "exceptions": e}, sourced, TERMS, TERMS
                ),
            )
        ),
        "parameters": draw(
            st.dictionaries(
                NAMES,
                st.builds(
                    lambda t, v: t | {"values": v}, titled, values_of(["policy", "policy", LAW])
                ),
            )
        ),
        "windows": draw(st.dictionaries(NAMES, st.just(window("first_seen")))),
        "instruments": [POLICY, *(instrument(id) for id in sorted(ids))],
        "rules": [house_rule(id, violates_if=text, **PLAIN_WORDS) for id, text in rules.items()],
    }
    return OwnPart(msgspec.convert(data, Overlay), {})


def holds(found: Document, own: Overlay, item: Item) -> bool:
    """Tell whether an item of an overlay stands in a merged rulebook, as it was written."""
    match item.of:
        case "list":
            entry = found.lists[item.id]
            return item.part in (entry.exceptions if item.exception else entry.values)
        case "parameter":
            day = dt.date.fromisoformat(str(item.part))
            (mine,) = [one for one in own.parameters[item.id].values if one.from_ == day]
            return mine in found.parameters[item.id].values
        case "window":
            return found.windows.get(item.id) == own.windows[item.id]
        case "instrument":
            return any(one in found.instruments for one in own.instruments if one.id == item.id)
        case "rule":
            return any(one in found.rules for one in own.rules if one.id == item.id)


class TestNothingIsLost:
    """Whatever the release and whatever the overlay."""

    @given(shipped=shipped_books(), own=overlays())
    @settings(deadline=None)
    def test_every_item_is_in_the_rulebook_or_named_as_refused(
        self, shipped: Document, own: OwnPart
    ) -> None:
        """Carried items stand there as they were written; the others stop the activation."""
        merged = merge(shipped, {}, own)
        refused = {item for one in merged.remarks if one.refuses for item in one.items}
        found = merged.rulebook.document
        items = items_of(own.overlay)
        assert set(merged.carried) | refused >= set(items)
        assert not set(merged.carried) & refused
        assert all(holds(found, own.overlay, item) for item in merged.carried)
        assert upgrade(None, merged).refused is bool(refused)

    @given(shipped=shipped_books(), own=overlays())
    @settings(deadline=None)
    def test_nothing_shipped_is_lost_but_policy_that_the_operator_replaces(
        self, shipped: Document, own: OwnPart
    ) -> None:
        """Rules, instruments, windows and list values stay; numbers of clauses stay."""
        merged = merge(shipped, {}, own)
        found = merged.rulebook.document
        assert found.rules[: len(shipped.rules)] == shipped.rules
        assert found.instruments[: len(shipped.instruments)] == shipped.instruments
        assert all(found.windows[name] == one for name, one in shipped.windows.items())
        for name, entry in shipped.lists.items():
            assert found.lists[name].values[: len(entry.values)] == entry.values
        for name, parameter in shipped.parameters.items():
            for one in parameter.values:
                gone = one not in found.parameters[name].values
                assert not gone or one.source == "policy"
                hidden = [r for r in merged.remarks if r.code == "value_hidden"]
                assert not gone or any(str(one.from_) in r.message.en for r in hidden)

    @given(shipped=shipped_books(), own=overlays())
    @settings(deadline=None)
    def test_what_fits_can_be_parted_again(self, shipped: Document, own: OwnPart) -> None:
        """The shipped rulebook and the overlay come back from the merged one, to the digest."""
        merged = merge(shipped, {}, own)
        if any(one.refuses for one in merged.remarks):
            return
        old_shipped, old_own = parted(merged.rulebook.document)
        assert document_digest(old_shipped) == document_digest(shipped)
        assert old_own == own.overlay

    @given(old=shipped_books(), new=shipped_books())
    @settings(deadline=None)
    def test_changes_are_told_exactly_where_digests_differ(
        self, old: Document, new: Document
    ) -> None:
        """No change without words, no words without a change."""
        found = diff(old, new)
        assert bool(found.changes) is (document_digest(old) != document_digest(new))
        assert all(in_words(one).zh and in_words(one).en for one in found.changes)

    @given(old=shipped_books(), new=shipped_books(), own=overlays())
    @settings(deadline=None)
    def test_an_upgrade_tells_what_moved_on_either_side(
        self, old: Document, new: Document, own: OwnPart
    ) -> None:
        """The report's shipped part is the two releases' difference, whatever lies over them."""
        before = merge(old, {}, own)
        if any(one.refuses for one in before.remarks):
            return
        report = upgrade(before.rulebook.document, merge(new, {}, own))
        assert told(report.shipped) == told(diff(old, new))
        assert report.overlay.changes == ()


class TestUpgradeOfCn:
    """The shipped rulebook of China moves on under an overlay."""

    @pytest.fixture
    def own(self, tmp_path: Path) -> OwnPart:
        """Return an overlay with a parameter's value, a list addition and a house rule."""
        one = house_rule(
            "CN-HOUSE-01",
            violates_if="price.currency in lists.virtual_currencies",
            cases=FIVE_CASES[:4],
            reason=words("ours"),
        )
        place = overlaid(
            tmp_path,
            (one | {"citations": [citation("CN-HOUSE", **CITED)]},),
            instruments=[POLICY | {"id": "CN-HOUSE"}],
            parameters={"trade_strikes_limit": {"values": [value("2024-01-01", 2)]}},
            lists={"return_words": {"values": ["一夜暴富"]}},
        )
        return read_overlay(place)

    @staticmethod
    def merged(own: OwnPart, **changes: Any) -> Merged:
        """Lay the overlay over the shipped rulebook with some parts changed."""
        document, sources = shipped()
        data = msgspec.to_builtins(document)
        for name, change in changes.items():
            change(data[name])
        return merge(msgspec.convert(data, Document), sources, own)

    def test_what_moved_is_told_and_the_overlay_is_carried(self, own: OwnPart) -> None:
        """A rule, a list and a parameter change; the operator's items stay, under a new digest."""

        def softened(rules: Any) -> None:
            (one,) = [one for one in rules if one["id"] == "CN-N4-01"]
            one["verdict"] = "review"

        limit = {"from": "2026-01-01", "value": 4, "source": "policy"}
        before = self.merged(own)
        after = self.merged(
            own,
            rules=softened,
            lists=lambda data: data["return_words"]["values"].append("稳赢"),
            parameters=lambda data: data["trade_strikes_limit"]["values"].append(limit),
        )
        report = upgrade(before.rulebook.document, after)
        assert told(report.shipped) == {
            ("rule", "CN-N4-01"): "changed",
            ("parameter", "trade_strikes_limit"): "changed",
            ("list", "return_words"): "changed",
        }
        assert not report.refused
        assert set(after.carried) == set(items_of(own.overlay))
        assert "value_hidden" in {one.code for one in report.notes}
        assert before.rulebook.digest(Profile()) != after.rulebook.digest(Profile())

    def test_conflicts_are_named_with_their_place(self, own: OwnPart) -> None:
        """A parameter that a clause gives now, a list that went, an id that is shipped now."""
        clause = {"instrument": "CN-INIT-2022", "pinpoint": "一"}
        merged = self.merged(
            own,
            parameters=lambda data: data["trade_strikes_limit"]["values"][0].update(source=clause),
            instruments=lambda data: data.append(data[0] | {"id": "CN-HOUSE"}),
        )
        report = upgrade(None, merged)
        refused = {one.code: one.where for one in report.notes if one.refuses}
        assert refused["clause_number"].startswith("overlay/xx/parameters.yaml:2:")
        assert refused["shipped_too"].startswith("overlay/xx/instruments.yaml:1:")

    def test_what_a_house_rule_reads_and_is_gone_is_named(self, own: OwnPart) -> None:
        """The rule's own file and place, and not the shipped rulebook's."""

        def gone(data: Any) -> None:
            data["coins"] = data.pop("virtual_currencies")

        def renamed(rules: Any) -> None:
            for one in rules:
                for field in ("applies_if", "violates_if"):
                    one[field] = one[field] and one[field].replace("virtual_currencies", "coins")

        report = upgrade(None, self.merged(own, lists=gone, rules=renamed))
        (note,) = [one for one in report.notes if one.refuses]
        assert note.items == ("rule CN-HOUSE-01",)
        assert note.where.startswith("overlay/xx/rules/CN-HOUSE-01.yaml:")

    def test_a_list_addition_that_is_shipped_now_is_told(self, own: OwnPart) -> None:
        """It is redundant, and stops nothing."""
        merged = self.merged(
            own, lists=lambda data: data["return_words"]["values"].append("一夜暴富")
        )
        report = upgrade(None, merged)
        assert ("repeated", False) in {(one.code, one.refuses) for one in report.notes}

    def test_a_house_rules_case_that_fails_now_is_told(self, own: OwnPart) -> None:
        """What the rule comes to moved with what it reads; the operator should look."""
        assert upgrade(None, self.merged(own)).notes == ()
        merged = self.merged(
            own, lists=lambda data: data["virtual_currencies"]["values"].remove("ETH")
        )
        (note,) = upgrade(None, merged).notes
        assert (note.code, note.refuses) == ("case_fails", False)
        assert note.where.startswith("overlay/xx/rules/CN-HOUSE-01.yaml:")
