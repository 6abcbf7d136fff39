"""Every word and every fact has its name in both languages."""

from __future__ import annotations

import re
import string
import typing

import msgspec
import pytest

from vermilion.facts.entities import ENTITY_KINDS, Association, Party
from vermilion.facts.events import EVENT_TYPES
from vermilion.facts.namespace import EventFacts
from vermilion.pages import codes
from vermilion.pages.fact_labels import fact_label, known_values, struct_in
from vermilion.pages.fact_words import FACT_WORDS
from vermilion.pages.value_words import VALUE_WORDS
from vermilion.pages.words import UI, counted, pick, say
from vermilion.rulebook import Words
from vermilion.rulebook.model import BindingClass, Binds, OperatorRole, Tier, Verdict

TABLES = {
    "UI": UI,
    "FACT_WORDS": FACT_WORDS,
    "VALUE_WORDS": VALUE_WORDS,
    **{
        name: table
        for name, table in vars(codes).items()
        if isinstance(table, dict) and name.isupper()
    },
}
ENTRIES = [
    (f"{name}[{key}]", words) for name, table in TABLES.items() for key, words in table.items()
]
SIGNS = {
    "wordmark",
    "separator",
    "colon",
    "answer.of",
    "answer.stop",
    "answer.comma",
    "answer.semicolon",
}
CJK = re.compile(r"[\u4e00-\u9fff]")

ROOTS: dict[str, type[msgspec.Struct]] = {
    **{kind: typing.get_type_hints(event)["data"] for kind, event in EVENT_TYPES.items()},
    **ENTITY_KINDS,
    "buyer": Party,
    "parties": Party,
    "event": EventFacts,
}


def paths(root: type[msgspec.Struct], prefix: str) -> typing.Iterator[str]:
    """Walk every field that can be reached from a type, without turning in circles."""
    for field, hint in typing.get_type_hints(root).items():
        if field not in root.__struct_fields__:
            continue
        path = f"{prefix}.{field}"
        yield path
        inner = struct_in(hint)
        if inner is not None:
            yield from paths(inner, path)


REACHABLE = [path for kind, root in ROOTS.items() for path in paths(root, kind)]
REACHABLE += [
    f"{k}.{f}" for k, e in EVENT_TYPES.items() for f in e.__struct_fields__ if f != "data"
]


@pytest.mark.parametrize(("name", "words"), ENTRIES, ids=[name for name, _ in ENTRIES])
def test_entry_is_complete_in_both_languages(name: str, words: Words) -> None:
    """Both texts are there, in their own script, and with the same blanks to fill."""
    assert words.zh.strip("\n")
    assert words.en.strip("\n")
    assert not CJK.search(words.en)
    if not any(name.endswith(f"[{sign}]") for sign in SIGNS | {"language.tag"}):
        without = re.sub(r"{\w+}|[\s=+，：]|" + "language", "", words.zh)
        assert CJK.search(words.zh) or not without
    blanks = [
        {f for _, f, _, _ in string.Formatter().parse(text) if f} for text in (words.zh, words.en)
    ]
    assert blanks[0] == blanks[1]


@pytest.mark.parametrize(("name", "words"), ENTRIES, ids=[name for name, _ in ENTRIES])
def test_chinese_has_chinese_punctuation(name: str, words: Words) -> None:
    """No half-width comma, colon, semicolon, question mark or bracket stands beside Chinese."""
    assert not re.search(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]", words.zh)


@pytest.mark.parametrize("path", REACHABLE)
def test_every_fact_has_a_name(path: str) -> None:
    """Whatever a rule can read or ask for is named; nobody is asked for a path."""
    label = fact_label(path)
    assert label.en != path
    assert CJK.search(label.zh)


def test_every_word_of_a_closed_vocabulary_has_a_name() -> None:
    """No reader meets `third_party_payment`, and no entry is idle."""
    found = frozenset[str]().union(*map(known_values, REACHABLE)) - {"1.0", "application/json"}
    assert found - codes.OPERATOR_WORDS.keys() == VALUE_WORDS.keys()


def test_no_name_is_idle() -> None:
    """Every named field exists in the vocabulary."""
    known = {f"{c.__name__}.{f}" for c in _all_structs(msgspec.Struct) for f in c.__struct_fields__}
    assert FACT_WORDS.keys() <= known


def _all_structs(base: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    direct = set(base.__subclasses__())
    return direct | {s for each in direct for s in _all_structs(each)}


@pytest.mark.parametrize(
    "path", ["", "sale", "sale.nothing", "nothing.price", "work.title.more", "a.b[0"]
)
def test_unknown_path_is_its_own_name(path: str) -> None:
    """What the vocabulary does not know is shown as it stands."""
    assert fact_label(path) == Words(path, path)


def test_label_names_whose_and_of_what() -> None:
    """A role's fact names the role, a part of an amount names the amount, indices do not matter."""
    assert fact_label("buyer.kyc.status").en == "buyer's status of the identity check"
    assert fact_label("sale.price.currency").zh == "成交价格的币种"
    assert fact_label("sale.settlement[0].funding") == fact_label("sale.settlement.funding")


@pytest.mark.parametrize(
    ("table", "literal"),
    [
        (codes.BINDINGS, BindingClass),
        (codes.TIERS, Tier),
        (codes.BINDS, Binds),
        (codes.VERDICTS, Verdict),
        (codes.OPERATOR_WORDS, OperatorRole),
        (codes.OPERATOR_WORDS, Association),
    ],
)
def test_every_code_of_the_rulebook_has_a_name(table: dict[str, Words], literal: object) -> None:
    """No code of the rulebook's model reaches a reader."""
    assert set(typing.get_args(literal)) <= table.keys()


def test_every_event_type_is_a_countable_thing() -> None:
    """A fact may be asked for any entity or event."""
    assert {*ENTITY_KINDS, *EVENT_TYPES} <= codes.KINDS.keys()
    assert EVENT_TYPES.keys() <= codes.EVENT_NAMES.keys()


def test_numbers_change_words() -> None:
    """One thing is singular in English, and numbers carry separators."""
    assert counted("work", 1, "en") == "1 work"
    assert counted("party", 1204, "en") == "1,204 parties"
    assert counted("work", 3, "zh") == "3 件作品"
    assert counted("thing", 2, "en") == "2 thing"
    assert say("count.events", "en", n=1) == "1 event"


def test_empty_text_falls_back_to_the_other_language() -> None:
    """A text that is missing in one language is shown in the other."""
    assert pick(Words("", "only"), "zh") == "only"
    assert pick(Words("只有", ""), "en") == "只有"
