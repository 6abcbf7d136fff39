"""A rulebook is loaded whole, or refused with file, line, column and remedy."""

from __future__ import annotations

import copy
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from vermilion.errors import RulebookError, UsageError
from vermilion.rulebook import (
    Document,
    Engine,
    Profile,
    check_document,
    find_rulebook,
    load_rulebook,
    run_cases,
    shipped_rulebooks,
)

from .books import FIVE_CASES, book, case, citation, instrument, plain, rule, words, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULE = "rules/XX-R-01.yaml"

# What is replaced in which file; then the place, the message and the remedy.
WRONG: dict[str, tuple[str, str, str, str, str, str | None]] = {
    "unknown field": (
        RULE,
        "verdict: deny",
        "verdikt: deny",
        "XX-R-01.yaml:9:1",
        "no field of the file `verdikt`",
        "did you mean `verdict`?",
    ),
    "unknown inner field": (
        RULE,
        "  pinpoint: art. 1",
        "  pinpiont: art. 1",
        "XX-R-01.yaml:12:3",
        "no field of citations.0 `pinpiont`",
        "did you mean `pinpoint`?",
    ),
    "missing field": (
        RULE,
        "verdict: deny\n",
        "",
        "XX-R-01.yaml:1:1",
        "the file: `verdict` is lacking",
        "add it",
    ),
    "missing inner field": (
        RULE,
        "  tier: A\n",
        "",
        "XX-R-01.yaml:11:3",
        "citations.0: `tier` is lacking",
        "add it",
    ),
    "wrong choice": (
        RULE,
        "verdict: deny",
        "verdict: allow",
        "XX-R-01.yaml:9:10",
        "verdict: invalid enum value 'allow'",
        "there are: condition, deny, review",
    ),
    "wrong class": (
        RULE,
        "binding: S",
        "binding: X",
        "XX-R-01.yaml:15:12",
        "citations.0.binding: invalid enum value 'X'",
        "there are: G, J, N, O, P, R, S, V",
    ),
    "wrong type": (
        RULE,
        "version: 1",
        "version: one",
        "XX-R-01.yaml:2:10",
        "version: expected `int`, got `str`",
        "docs/rulebook-format.md",
    ),
    "wrong id": (
        RULE,
        "id: XX-R-01",
        "id: r1",
        "XX-R-01.yaml:1:5",
        "id: expected `str` matching",
        "docs/rulebook-format.md",
    ),
    "not a mapping": (RULE, None, "- a", "XX-R-01.yaml:1:1", "expected `object`", "there are: id"),
    "no citation": (
        RULE,
        "citations:\n- ",
        "citations: []\nx:\n- ",
        "XX-R-01.yaml:10:12",
        "citations: expected `array` of length >= 1",
        "docs/rulebook-format.md",
    ),
    "duplicate key": (
        RULE,
        "version: 1",
        "version: 1\nid: XX-R-01",
        "XX-R-01.yaml:3:1",
        "`id` stands twice",
        "keep one",
    ),
    "quote altered": (
        RULE,
        "quote: 不得以外币计价",
        "quote: 不得以外币标价",
        "XX-R-01.yaml:14:17",
        "`quote_sha256` is not that of the quote of XX-R-01",
        "once the quote is right, write `",
    ),
    "hash without a quote": (
        RULE,
        "quote: 不得以外币计价",
        "essence: {zh: 要旨, en: gist}",
        "XX-R-01.yaml:14:17",
        "`quote_sha256` is not that",
        "write `null`",
    ),
    "no words": (
        RULE,
        "quote: 不得以外币计价",
        "quote: null",
        "XX-R-01.yaml:11:3",
        "a citation needs its words",
        "add one of the two",
    ),
    "unknown instrument": (
        RULE,
        "instrument: XX-LAW",
        "instrument: XX-LAV",
        "XX-R-01.yaml:11:15",
        "no instrument `XX-LAV`",
        "did you mean `XX-LAW`?",
    ),
    "unknown event type": (
        RULE,
        "- sale",
        "- sales",
        "XX-R-01.yaml:7:3",
        "no event type `sales`",
        "did you mean `sale`?",
    ),
    "unknown fact": (
        RULE,
        "violates_if: price.currency in",
        "violates_if: price.curency in",
        "XX-R-01.yaml:8:20",
        "no fact of a money `curency`",
        "did you mean `currency`?",
    ),
    "unknown list, folded": (
        RULE,
        "violates_if: price.currency in lists.coins",
        "violates_if: >-\n  price.currency\n  in lists.coin",
        "XX-R-01.yaml:10:12",
        "no list `coin`",
        "did you mean `coins`?",
    ),
    "comment in a folded text": (
        RULE,
        "violates_if: price.currency in lists.coins",
        "violates_if: >-\n  known(price)  # but\n  and price.currency in lists.coins",
        "XX-R-01.yaml:9:17",
        "a comment cannot stand within a condition",
        None,
    ),
    "applies_if": (
        RULE,
        "verdict: deny",
        "verdict: deny\napplies_if: 'known(prise)'",
        "XX-R-01.yaml:10:20",
        "no fact `prise`",
        "did you mean `price`?",
    ),
    "unknown parameter": (
        RULE,
        "verdict: deny",
        "parameters: [cup]\nverdict: deny",
        "XX-R-01.yaml:9:14",
        "no parameter `cup`",
        "did you mean `cap`?",
    ),
    "empty period": (
        RULE,
        "verdict: deny",
        "verdict: deny\nin_force: {from: 2022-01-01, to: 2022-01-01}",
        "XX-R-01.yaml:10:11",
        "the period ends before it begins",
        "first day on which it no longer holds",
    ),
    "placeholder not read": (
        RULE,
        "{price.currency}",
        "{purpose}",
        "XX-R-01.yaml:19:7",
        "no fact that the rule reads on a sale `purpose`",
        "there are: price.currency",
    ),
    "case of another event": (
        RULE,
        "verdict: deny",
        "verdict: deny\ncases: [{kind: comply, event: offer, at: 2022-01-01, expect: pass}]",
        "XX-R-01.yaml:10:31",
        "no event type that the rule applies to `offer`",
        "there are: sale",
    ),
    "other file's rule": (
        RULE,
        "id: XX-R-01",
        "id: XX-R-02",
        "XX-R-01.yaml:1:5",
        "not named after the rule `XX-R-02`",
        "name it `XX-R-02.yaml`",
    ),
    "instrument twice": (
        "instruments.yaml",
        "- id: XX-LAW",
        f"- {json.dumps(instrument())}\n- id: XX-LAW",
        "instruments.yaml:2:7",
        "instrument `XX-LAW` stands twice",
        "keep one",
    ),
    "unknown successor": (
        "instruments.yaml",
        "- id: XX-LAW",
        "- repealed_by: XX-LAV\n  id: XX-LAW",
        "instruments.yaml:1:16",
        "no instrument `XX-LAV`",
        "did you mean `XX-LAW`?",
    ),
    "instrument never in force": (
        "instruments.yaml",
        "from: '2020-01-01'",
        "{from: 2020-01-01, to: 2019-01-01}",
        "",
        "",
        None,
    ),
    "unknown association": (
        "instruments.yaml",
        "territory: XX",
        "territory: XX\n    memberships: [NIFI]",
        "instruments.yaml:12:19",
        "0.addressees.memberships.0: invalid enum value 'NIFI'",
        "there are: CAICI, CBA, CCIA",
    ),
    "empty list": (
        "lists.yaml",
        "  values:\n  - ETH\n  - BTC",
        "  values: []",
        "lists.yaml:6:11",
        "coins.values: expected `array` of length >= 1",
        "docs/rulebook-format.md",
    ),
    "list of no texts": (
        "lists.yaml",
        "- ETH",
        "- true",
        "lists.yaml:7:5",
        "coins.values.0: expected `str`, got `bool`",
        "docs/rulebook-format.md",
    ),
    "list's name": (
        "lists.yaml",
        "coins:",
        "Coins:",
        "lists.yaml:1:1",
        "`Coins` is no name for an entry",
        "a small letter, then small letters",
    ),
    "parameter's types differ": (
        "parameters.yaml",
        "  - from: '2020-01-01'",
        "  - {from: 2019-01-01, value: few, source: policy}\n  - from: '2020-01-01'",
        "parameters.yaml:8:12",
        "values of parameter `cap` differ in type",
        None,
    ),
    "two values of a day": (
        "parameters.yaml",
        "  - from: '2020-01-01'",
        "  - {from: 2020-01-01, value: 1, source: policy}\n  - from: '2020-01-01'",
        "parameters.yaml:7:11",
        "parameter `cap` has two values from 2020-01-01 on",
        None,
    ),
    "unknown source of a parameter": (
        "parameters.yaml",
        "source: policy",
        "source: {instrument: XX-LAV, pinpoint: a}",
        "parameters.yaml:8:26",
        "no instrument `XX-LAV`",
        "did you mean `XX-LAW`?",
    ),
    "time zone": (
        "rulebook.yaml",
        "time_zone: Asia/Shanghai",
        "time_zone: Asia/Peking",
        "rulebook.yaml:6:12",
        "no time zone `Asia/Peking`",
        "`Asia/Shanghai`",
    ),
    "time zone outside": (
        "rulebook.yaml",
        "time_zone: Asia/Shanghai",
        "time_zone: ../../etc/passwd",
        "rulebook.yaml:6:12",
        "no time zone",
        "`Asia/Shanghai`",
    ),
}
del WRONG["instrument never in force"]


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    """Each mistake in a rulebook's files is refused with file, line, column and remedy."""
    file, old, new, place, message, help = WRONG[name]
    path = write(tmp_path) / file
    text = path.read_text(encoding="utf-8")
    assert old is None or text.count(old) >= 1
    path.write_text(new if old is None else text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulebookError) as refused:
        load_rulebook(tmp_path)
    assert message in refused.value.message
    assert refused.value.where == place
    assert (refused.value.help is None) == (help is None)
    assert (help or "") in (refused.value.help or "")


@pytest.mark.parametrize(
    "text", ["buyer.name", "buyer", "parties", "seller.control.memberships", "acquirer.kind"]
)
def test_a_reason_shows_nothing_of_a_party(text: str) -> None:
    """Names, kinds and lists of parties never reach a reason."""
    condition = (
        "known(buyer.name) and len(parties) > 0 and len(seller.control.memberships) > 0"
        ' and acquirer.kind == "person"'
    )
    with pytest.raises(RulebookError, match=r"a party's|hold any text|no fact that"):
        book(rule(violates_if=condition, reason=words(f"because {{{text}}}")))


def test_a_reason_may_show_what_the_rule_reads() -> None:
    """A placeholder of a fact that the condition reads is accepted in either language."""
    book(rule(reason={"zh": "价格为 {price.currency}", "en": "in {price.currency}"}))
    with pytest.raises(RulebookError, match="no fact that the rule reads"):
        book(rule(reason={"zh": "价格为 {price}", "en": "in {price.currency}"}))


def test_a_reason_is_checked_on_every_event_type() -> None:
    """A fact that one of the rule's event types does not read cannot stand in its reason."""
    book(rule(applies_to=["sale", "offer"]))
    with pytest.raises(RulebookError):
        book(rule(applies_to=["sale", "holding"]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (plain(rule(), rule()), "rule `XX-R-01` stands twice"),
        (plain(instruments=[instrument(), instrument()]), "instrument `XX-LAW` stands twice"),
        (plain(rule(citations=[citation("XX-OLD")])), "no instrument `XX-OLD`"),
        (
            plain(rule(), rule("XX-R-02", citations=[citation(binding="R")])),
            "`XX-LAW` is of class R here and S elsewhere",
        ),
        (
            plain(instruments=[instrument(in_force={"from": "2020-01-01", "to": "2019-01-01"})]),
            "the period ends before it begins",
        ),
    ],
)
def test_a_kept_document_is_checked_as_well(data: Any, message: str) -> None:
    """A document without files is refused for the same reasons, placed by the rule's id."""
    with pytest.raises(RulebookError) as refused:
        check_document(msgspec.convert(data, Document))
    assert message in refused.value.message
    assert refused.value.where


def test_every_file_is_needed(tmp_path: Path) -> None:
    """A folder that lacks one of its four common files is refused by that file's path."""
    for name in ("rulebook", "instruments", "lists", "parameters"):
        folder = write(tmp_path / name)
        (folder / f"{name}.yaml").unlink()
        with pytest.raises(RulebookError) as refused:
            load_rulebook(folder)
        assert refused.value.where == str(folder / f"{name}.yaml")


def test_no_rule_is_no_rulebook(tmp_path: Path) -> None:
    """A folder without rules would pass everything, and is refused."""
    (write(tmp_path) / RULE).unlink()
    with pytest.raises(RulebookError, match="there is no rule"):
        load_rulebook(tmp_path)
    (tmp_path / "rules").rmdir()
    with pytest.raises(RulebookError, match="there is no rule"):
        load_rulebook(tmp_path)


def test_no_rule_is_passed_over(tmp_path: Path) -> None:
    """A rule in a file of another ending is refused and not ignored."""
    path = write(tmp_path) / RULE
    path.rename(path.with_suffix(".yml"))
    with pytest.raises(RulebookError) as refused:
        load_rulebook(tmp_path)
    assert (refused.value.where, refused.value.help) == ("XX-R-01.yml:1:1", "rename it")


def test_empty_lists_and_parameters_are_written_so(tmp_path: Path) -> None:
    """A rulebook without lists and parameters says `{}` in their files."""
    data = plain(rule(violates_if='price.currency == "ETH"'), lists={}, parameters={})
    assert load_rulebook(write(tmp_path, data)).document.lists == {}


def test_a_folder_and_its_document_judge_alike(tmp_path: Path) -> None:
    """Written to JSON and read again, a rulebook has the same digest and decides the same."""
    loaded = load_rulebook(write(tmp_path, plain(rule(cases=FIVE_CASES))))
    kept = check_document(msgspec.json.decode(msgspec.json.encode(loaded.document), type=Document))
    assert kept.document == loaded.document
    assert kept.digest(Profile()) == loaded.digest(Profile())
    assert kept.rules == loaded.rules
    assert [result.problems for result in run_cases(kept)] == [()] * 5
    assert list(run_cases(kept)) == list(run_cases(loaded))


CHANGES: dict[str, Callable[[Any], object]] = {
    "rule": lambda data: data["rules"][0].update(verdict="review"),
    "rule's words": lambda data: data["rules"][0]["remedy"].update(en="otherwise"),
    "rule's mode": lambda data: data["rules"][0].update(mode="off"),
    "rule's case": lambda data: data["rules"][0].update(cases=FIVE_CASES[:1]),
    "list": lambda data: data["lists"]["coins"]["values"].append("DAI"),
    "list's order": lambda data: data["lists"]["coins"]["values"].reverse(),
    "parameter": lambda data: data["parameters"]["cap"]["values"][0].update(value=101),
    "parameter's day": lambda data: data["parameters"]["cap"]["values"][0].update(
        {"from": "2020-01-02"}
    ),
    "instrument": lambda data: data["instruments"][0].update(number="No. 1"),
    "instrument's end": lambda data: data["instruments"][0]["in_force"].update(to="2030-01-01"),
    "heading": lambda data: data["rulebook"].update(time_zone="Asia/Tokyo"),
}


@pytest.mark.parametrize("part", CHANGES)
def test_every_part_is_in_the_digest(part: str) -> None:
    """Whatever changes in a rulebook changes its digest."""
    data = copy.deepcopy(plain())
    CHANGES[part](data)
    changed = check_document(msgspec.convert(data, Document))
    assert changed.digest(Profile()) != book().digest(Profile())


@pytest.mark.parametrize(
    "changes",
    [
        {"operator": "another"},
        {"roles": ["bank"]},
        {"memberships": ["NIFA"]},
        {"territory": "HK"},
        {"adopts": ["XX-LAW"]},
    ],
)
def test_the_profile_is_in_the_digest(changes: dict[str, Any]) -> None:
    """Another operator judges under another digest."""
    assert book().digest(Profile(**changes)) != book().digest(Profile())


def test_comments_and_blanks_are_not_in_the_digest(tmp_path: Path) -> None:
    """The digest is that of what the files say, not of how they are laid out."""
    before = load_rulebook(write(tmp_path)).digest(Profile())
    for path in tmp_path.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8").replace("\n", "   # a comment\n\n")
        path.write_text(f"# comment\n{text}", encoding="utf-8")
    assert load_rulebook(tmp_path).digest(Profile()) == before


def test_folding_is_not_in_the_meaning(tmp_path: Path) -> None:
    """A condition broken over lines reads as the same condition."""
    folder = write(tmp_path)
    whole = load_rulebook(folder).rules[0].conditions
    text = (folder / RULE).read_text(encoding="utf-8")
    for style in (">-", "|"):
        broken = f"violates_if: {style}\n  price.currency\n  in lists.coins\n"
        (folder / RULE).write_text(
            text.replace("violates_if: price.currency in lists.coins\n", broken), encoding="utf-8"
        )
        assert load_rulebook(folder).rules[0].conditions == whole


def test_one_rule_reads_roles_by_their_alias() -> None:
    """A rule of several event types may name a role by its common name."""
    loaded = book(rule(applies_to=["sale", "transfer", "holding"], **acquirer())).rules[0]
    roots = {
        event: str(condition.violates.left)  # type: ignore[attr-defined]
        for event, condition in loaded.conditions.items()
    }
    assert roots == {
        "sale": "buyer.kind",
        "transfer": "recipient.kind",
        "holding": "holder.kind",
    }


def acquirer() -> dict[str, Any]:
    """Return the parts of a rule that speaks of who acquires."""
    return {"violates_if": 'acquirer.kind == "person"', "reason": words("a person acquires")}


def test_rulebooks_are_found_by_name_or_folder(tmp_path: Path) -> None:
    """A shipped rulebook is found by its name, any other by its folder."""
    assert "cn" in shipped_rulebooks()
    assert find_rulebook("cn").name == "cn"
    assert find_rulebook(str(write(tmp_path))) == tmp_path
    with pytest.raises(UsageError) as refused:
        find_rulebook("cnn")
    assert refused.value.help == "did you mean `cn`?"
    with pytest.raises(UsageError) as refused:
        find_rulebook("elsewhere")
    assert "cn" in (refused.value.help or "")


def test_big_numbers_survive_the_round_trip() -> None:
    """A parameter of eighteen digits and an amount of thirty are the same after JSON."""
    data = plain(rule(cases=[case("violate", "2022-07-05", "hit", "ETH")]))
    data["parameters"]["cap"]["values"][0]["value"] = 10**17
    data["rules"][0]["cases"][0]["facts"]["price"]["amount"] = "9" * 30
    before = check_document(msgspec.convert(data, Document))
    after = check_document(msgspec.json.decode(msgspec.json.encode(before.document), type=Document))
    assert after.digest(Profile()) == before.digest(Profile())
    assert Engine(after, Profile()).parameters(dt.date(2022, 1, 1)) == {"cap": 10**17}
    assert [result.problems for result in run_cases(after)] == [()]


def test_a_rule_does_not_begin_before_its_parameters() -> None:
    """A rule in force before a parameter that it reads has a value is refused."""
    values = [{"from": "2020-01-02", "value": 1, "source": "policy"}]
    with pytest.raises(RulebookError, match="only from 2020-01-02 on"):
        book(
            rule(violates_if="len(settlement) > params.cap", reason=words("too many")),
            parameters={"cap": {"title": words("cap"), "values": values}},
        )
