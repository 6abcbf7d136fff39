"""An overlay adds to a shipped rulebook, takes nothing away, and says where it does not fit."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from vermilion.errors import RulebookError
from vermilion.rulebook import (
    Document,
    Engine,
    Profile,
    Rulebook,
    check_document,
    find_rulebook,
    lint,
    load_rulebook,
    run_cases,
)
from vermilion.rulebook import merge as merge_module
from vermilion.rulebook.load import read_document
from vermilion.rulebook.overlay import (
    document_digest,
    load_with_overlay,
    merge,
    parted,
    read_overlay,
)

from .books import FIVE_CASES, citation, instrument, plain, rule, words, write

POLICY = instrument("XX-HOUSE", title=words("house policy"))
CITED = {"quote": None, "quote_sha256": None, "essence": words("so we do"), "binding": "O"}


def house_rule(id: str = "XX-H-01", **changes: Any) -> dict[str, Any]:
    """Return a rule that rests on the operator's own policy."""
    return rule(id, citations=[citation("XX-HOUSE", **CITED)], cases=FIVE_CASES) | changes


def overlaid(folder: Path, rules: tuple[dict[str, Any], ...] = (), **files: Any) -> Path:
    """Write an overlay beside a shipped rulebook and return its folder."""
    place = folder / "overlay" / "xx"
    (place / "rules").mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        _dump(place / f"{name}.yaml", data)
    for one in rules:
        _dump(place / "rules" / f"{one['id']}.yaml", one)
    return place


def _dump(path: Path, data: Any) -> None:
    data = json.loads(json.dumps(data))  # nothing in it twice, which YAML would write as an alias
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


def value(day: str, amount: int | str, source: Any = "policy") -> dict[str, Any]:
    """Return a parameter's value from a day on."""
    return {"from": day, "value": amount, "source": source}


def loaded(tmp_path: Path, rules: tuple[dict[str, Any], ...] = (), **files: Any) -> Rulebook:
    """Return the small rulebook with an overlay over it."""
    return load_with_overlay(write(tmp_path / "xx"), overlaid(tmp_path, rules, **files))


def everything() -> dict[str, Any]:
    """Return an overlay's files with something of every kind."""
    return {
        "instruments": [POLICY],
        "lists": {
            "coins": {"values": ["DOGE"], "exceptions": ["ETHOS"]},
            "mine": {"title": words("mine"), "source": "policy", "values": ["a"]},
        },
        "parameters": {
            "cap": {"values": [value("2024-01-01", 50)]},
            "own": {"title": words("own"), "values": [value("2020-01-01", 7)]},
        },
        "windows": {
            "sold": {
                "title": words("sold"),
                "function": "count",
                "of": ["sale"],
                "key": ["seller.id"],
            }
        },
    }


class TestMerged:
    """What the operator adds judges beside what is shipped."""

    def test_every_kind_is_in_the_merged_rulebook(self, tmp_path: Path) -> None:
        """Lists grow at their end, parameters get values, the rest stands beside."""
        reading = house_rule(violates_if="windows.sold > params.own", reason=words("too many"))
        found = loaded(tmp_path, (reading,), **everything()).document
        assert found.lists["coins"].values == ["ETH", "BTC", "DOGE"]
        assert found.lists["coins"].exceptions == ["ETHOS"]
        assert found.lists["mine"].values == ["a"]
        assert [one.value for one in found.parameters["cap"].values] == [100, 50]
        assert [one.value for one in found.parameters["own"].values] == [7]
        assert [one.id for one in found.instruments] == ["XX-LAW", "XX-HOUSE"]
        assert [one.id for one in found.rules] == ["XX-R-01", "XX-H-01"]
        assert list(found.windows) == ["sold"]

    def test_its_parts_can_be_told_again(self, tmp_path: Path) -> None:
        """From what a book keeps, the shipped rulebook and the overlay come back as they were."""
        found = loaded(tmp_path, (house_rule(),), **everything()).document
        kept = msgspec.json.decode(msgspec.json.encode(found), type=Document)
        shipped, own = parted(kept)
        assert shipped == load_rulebook(tmp_path / "xx").document
        assert own == read_overlay(tmp_path / "overlay" / "xx").overlay
        assert kept.overlay.shipped == document_digest(shipped)
        assert kept.overlay.own == document_digest(own)

    def test_a_kept_one_has_the_same_digest(self, tmp_path: Path) -> None:
        """Read back and checked again it is the same rulebook."""
        found = loaded(tmp_path, (house_rule(),), **everything())
        kept = msgspec.json.decode(msgspec.json.encode(found.document), type=Document)
        assert check_document(kept).digest(Profile()) == found.digest(Profile())

    @pytest.mark.parametrize("name", ["cn", "platform"])
    def test_an_empty_overlay_changes_no_digest(self, tmp_path: Path, name: str) -> None:
        """A folder without anything in it leaves the shipped rulebook as it is."""
        folder = find_rulebook(name)
        found = load_with_overlay(folder, overlaid(tmp_path))
        assert found.digest(Profile()) == load_rulebook(folder).digest(Profile())

    def test_the_digest_covers_every_item(self, tmp_path: Path) -> None:
        """Whatever the operator changes in its own files, the digest changes."""
        digests = {loaded(tmp_path / "0").digest(Profile())}
        files = everything()
        for number, name in enumerate(files, start=1):
            one = {name: files[name]}
            digests.add(loaded(tmp_path / str(number), **one).digest(Profile()))
        assert len(digests) == 1 + len(files)

    def test_cases_and_lint_run_over_it(self, tmp_path: Path) -> None:
        """A house rule's cases are run, and it is looked over like a shipped one."""
        found = loaded(tmp_path, (house_rule(cases=FIVE_CASES[:1]),), instruments=[POLICY])
        assert [one.problems for one in run_cases(found) if one.rule == "XX-H-01"] == [()]
        lacking = {one.code for one in lint(found) if one.rule == "XX-H-01"}
        assert "case_lacking" in lacking

    def test_house_rules_are_known_as_such(self, tmp_path: Path) -> None:
        """What the operator brought is told from what is shipped."""
        found = loaded(tmp_path, (house_rule(),), instruments=[POLICY])
        assert found.house_rules == {"XX-H-01"}
        assert load_rulebook(tmp_path / "xx").house_rules == frozenset()

    def test_a_house_rule_may_cite_shipped_law_beside_its_policy(self, tmp_path: Path) -> None:
        """Law that the policy serves may be named with it; the rule stays the operator's policy."""
        both = [citation(), citation("XX-HOUSE", **CITED)]
        found = loaded(tmp_path, (house_rule(citations=both),), instruments=[POLICY])
        (shipped, own) = (
            Engine(found, Profile(territory="XX")).on("sale", "settled", dt.date(2024, 1, 1)).rules
        )
        assert (shipped.binds, own.binds) == ("law", "policy")
        assert {one.binds for one in own.citations} == {"law", "policy"}

    def test_another_overlay_folder_name_is_nobodys_business(self, tmp_path: Path) -> None:
        """Files for people, such as a note, are left alone."""
        place = overlaid(tmp_path)
        (place / "README.md").write_text("ours")
        assert load_with_overlay(write(tmp_path / "xx"), place).id == "xx"


class TestParameters:
    """From its first day on, the operator's policy stands in the place of the shipped one."""

    def test_from_its_first_day_on_the_operators_value_holds(self, tmp_path: Path) -> None:
        """Also where the shipped rulebook has a value for that day, or for a later one."""
        data = plain()
        days = (("2020-01-01", 100), ("2024-01-01", 200), ("2025-01-01", 300))
        data["parameters"]["cap"]["values"] = [value(*one) for one in days]
        mine = overlaid(tmp_path, parameters={"cap": {"values": [value("2024-01-01", 50)]}})
        engine = Engine(load_with_overlay(write(tmp_path / "xx", data), mine), Profile())
        found = [
            engine.parameters(dt.date.fromisoformat(day))["cap"]
            for day in ("2023-12-31", "2024-01-01", "2026-01-01")
        ]
        assert found == [100, 50, 50]

    def test_each_value_that_is_hidden_is_told(self, tmp_path: Path) -> None:
        """The operator sees which shipped policy its own stands in for, and since when."""
        mine = overlaid(tmp_path, parameters={"cap": {"values": [value("2019-01-01", 50)]}})
        own = read_overlay(mine)
        (remark,) = merge(*read_document(write(tmp_path / "xx")), own).remarks
        assert (remark.code, remark.refuses) == ("value_hidden", False)
        assert remark.where == "overlay/xx/parameters.yaml:3:5"


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "a clause's number",
        {"parameters": {"law": {"values": [value("2024-01-01", 5)]}}},
        "overlay/xx/parameters.yaml:2:3",
        "parameter `law` comes from a clause",
    ),
    (
        "a value that claims a clause",
        {
            "parameters": {
                "cap": {
                    "values": [value("2024-01-01", 5, {"instrument": "XX-LAW", "pinpoint": "1"})]
                }
            }
        },
        "overlay/xx/parameters.yaml:6:7",
        "is policy",
    ),
    (
        "another type",
        {"parameters": {"cap": {"values": [value("2024-01-01", "five")]}}},
        "overlay/xx/parameters.yaml:4:12",
        "another type",
    ),
    (
        "two values of a day",
        {"parameters": {"cap": {"values": [value("2024-01-01", 5), value("2024-01-01", 6)]}}},
        "overlay/xx/parameters.yaml:6:11",
        "two values",
    ),
    (
        "an addition to nothing",
        {"parameters": {"cup": {"values": [value("2024-01-01", 5)]}}},
        "overlay/xx/parameters.yaml:2:3",
        "no shipped parameter `cup`",
    ),
    (
        "a shipped parameter as one's own",
        {"parameters": {"cap": {"title": words("c"), "values": [value("2024-01-01", 5)]}}},
        "overlay/xx/parameters.yaml:2:3",
        "there is a shipped parameter `cap`",
    ),
    (
        "an addition to no list",
        {"lists": {"cions": {"values": ["DOGE"]}}},
        "overlay/xx/lists.yaml:2:3",
        "no shipped list `cions`",
    ),
    (
        "a shipped list's source",
        {"lists": {"coins": {"source": "policy", "values": ["DOGE"]}}},
        "overlay/xx/lists.yaml:2:3",
        "there is a shipped list `coins`",
    ),
    (
        "an addition of nothing",
        {"lists": {"coins": {"values": []}}},
        "overlay/xx/lists.yaml:2:3",
        "nothing is added",
    ),
    (
        "what is no term",
        {"lists": {"coins": {"values": ["DOGE", "a…b…c"]}}},
        "overlay/xx/lists.yaml:4:5",
        "is not a term",
    ),
    (
        "a shipped instrument",
        {"instruments": [instrument()]},
        "overlay/xx/instruments.yaml:1:7",
        "instrument `XX-LAW` is there already",
    ),
    (
        "an instrument that ends before it begins",
        {"instruments": [POLICY | {"in_force": {"from": "2024-01-01", "to": "2023-01-01"}}]},
        "overlay/xx/instruments.yaml:9:5",
        "ends before it begins",
    ),
    (
        "a window of no event type",
        {
            "windows": {
                "sold": {
                    "title": words("s"),
                    "function": "count",
                    "of": ["x"],
                    "key": ["seller.id"],
                }
            }
        },
        "overlay/xx/windows.yaml:7:5",
        "no event type `x`",
    ),
    (
        "a removal",
        {"lists": {"coins": {"removed": ["ETH"]}}},
        "overlay/xx/lists.yaml:2:3",
        "no field of coins `removed`",
    ),
]


class TestRefused:
    """What does not fit names its file, line and column, and what to do."""

    @pytest.mark.parametrize(
        ("files", "where", "message"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED]
    )
    def test_names_the_place_and_a_remedy(
        self, tmp_path: Path, files: dict[str, Any], where: str, message: str
    ) -> None:
        """The operator finds the line in its own file."""
        data = plain()
        law = {"instrument": "XX-LAW", "pinpoint": "art. 2"}
        data["parameters"]["law"] = {
            "title": words("l"),
            "values": [value("2020-01-01", 9, law)],
        }
        with pytest.raises(RulebookError) as caught:
            load_with_overlay(write(tmp_path / "xx", data), overlaid(tmp_path, **files))
        assert caught.value.where == where
        assert message in caught.value.message

    @pytest.mark.parametrize(
        ("one", "line", "message"),
        [
            (house_rule("XX-R-01"), 1, "rule `XX-R-01` is there already"),
            (house_rule(citations=[citation()]), 11, "cites a policy of your own"),
            (
                house_rule(citations=[citation("XX-HOUSE", **CITED | {"binding": "S"})]),
                11,
                "cites a policy of your own",
            ),
            (
                house_rule(
                    citations=[
                        citation("XX-HOUSE", **CITED),
                        citation("XX-HOUSE", **CITED | {"binding": "S"}),
                    ]
                ),
                25,
                "is of class O or P",
            ),
            (house_rule(violates_if="price.currency in lists.gone"), 8, "no list `gone`"),
            (house_rule(violates_if="prise.currency == 'x'"), 8, "no fact `prise`"),
        ],
    )
    def test_a_house_rule_that_does_not_fit(
        self, tmp_path: Path, one: dict[str, Any], line: int, message: str
    ) -> None:
        """Its file is named with the folder that it lies in."""
        with pytest.raises(RulebookError) as caught:
            loaded(tmp_path, (one,), instruments=[POLICY])
        assert str(caught.value.where).startswith(f"overlay/xx/rules/{one['id']}.yaml:{line}:")
        assert message in caught.value.message

    @pytest.mark.parametrize(
        "name", ["parameter.yaml", "lists.yml", "rules/a.yml", "rules/x/a.yaml", "rulebook.yaml"]
    )
    def test_a_file_that_would_be_passed_over_is_refused(self, tmp_path: Path, name: str) -> None:
        """Nothing is silently left out because of a misspelt name."""
        place = overlaid(tmp_path)
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text("{}")
        with pytest.raises(RulebookError):
            read_overlay(place)

    def test_yaml_that_cannot_be_read_names_the_overlays_file(self, tmp_path: Path) -> None:
        """A broken file of the overlay is not taken for the shipped one of that name."""
        place = overlaid(tmp_path)
        (place / "lists.yaml").write_text("a:\n  [")
        with pytest.raises(RulebookError) as caught:
            read_overlay(place)
        assert str(caught.value.where).startswith("overlay/xx/lists.yaml:3:")


class TestRemarks:
    """What is allowed and should be known is told."""

    def test_a_repeated_value_counts_once_and_is_told(self, tmp_path: Path) -> None:
        """So that a value that the shipped list takes up later does not stop the operator."""
        own = read_overlay(overlaid(tmp_path, lists={"coins": {"values": ["ETH", "X", "X"]}}))
        found = merge(*read_document(write(tmp_path / "xx")), own)
        assert [one.code for one in found.remarks] == ["repeated", "repeated"]
        assert found.rulebook.document.lists["coins"].values == ["ETH", "BTC", "X"]

    def test_an_exception_to_a_list_of_law_is_told(self, tmp_path: Path) -> None:
        """It makes fewer hits, and the operator answers for that."""
        own = read_overlay(overlaid(tmp_path, lists={"coins": {"exceptions": ["ETHOS"]}}))
        (remark,) = merge(*read_document(write(tmp_path / "xx")), own).remarks
        assert (remark.code, remark.refuses) == ("narrows_law", False)

    def test_an_addition_to_what_a_rule_spares_is_told(self, tmp_path: Path) -> None:
        """A currency added to the shipped coins takes it out of the rule on other currencies."""
        (tmp_path / "fx").mkdir()
        own = {"virtual_currencies": {"values": ["USD"]}}
        folder = overlaid(tmp_path / "fx", lists=own)
        (remark,) = merge(*read_document(find_rulebook("cn")), read_overlay(folder)).remarks
        assert (remark.code, remark.refuses) == ("excuses", False)
        assert "CN-FX-01" in remark.message.en


class TestPage:
    """docs/rulebook-format.md is true of overlays."""

    PAGE = (Path(__file__).parents[2] / "docs" / "rulebook-format.md").read_text(encoding="utf-8")

    def test_the_example_lies_over_the_pages_rulebook(self, tmp_path: Path) -> None:
        """Every case of both comes out as it says, and lint has only the policy numbers to tell."""
        shipped = dict(
            re.findall(r"^```yaml (\S+)\n(.*?)^```", self.PAGE, re.DOTALL | re.MULTILINE)
        )
        own = re.findall(
            r"^`(overlay/\S+)`:\n\n```yaml\n(.*?)^```", self.PAGE, re.DOTALL | re.MULTILINE
        )
        assert len(own) == 4
        for name, text in [*own, *((f"xx/{name}", text) for name, text in shipped.items())]:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found = load_with_overlay(tmp_path / "xx", tmp_path / "overlay" / "xx")
        results = list(run_cases(found))
        assert {one.rule for one in results} == {"XX-MONEY-01", "XX-OUR-01"}
        assert [(one.rule, one.number) for one in results if one.problems] == []
        assert {one.code for one in lint(found)} <= {
            "policy_number",
            "quote_lacking",
            "window_unused",
        }

    def test_every_remark_is_told(self) -> None:
        """Each code of a remark is named on the page."""
        source = Path(merge_module.__file__).read_text(encoding="utf-8")
        codes = set(re.findall(r'_refuses\(\s*"([a-z_]+)"|Remark\(\s*"([a-z_]+)"', source))
        named = {one for pair in codes for one in pair if one} | {"case_fails", "rule_refused"}
        assert len(named) == 16
        for code in named:
            assert f"`{code}`" in self.PAGE, code
