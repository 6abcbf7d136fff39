"""What is written as SQL: its dialect, its columns, its literals and its numbers."""

from __future__ import annotations

import datetime as dt
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from vermilion.errors import RulebookError
from vermilion.facts.events import EVENT_TYPES
from vermilion.facts.namespace import namespace
from vermilion.language import Condition, Scope, parse, parse_value, sql, tree
from vermilion.language.sql_columns import MAX_DECIMAL, MAX_FACT, magnitude
from vermilion.language.sql_reader import microseconds
from vermilion.language.tree import Compare, Constant, Values
from vermilion.language.types import BOOL, DATE, STR, TIME, fields_of, list_of, roots_of

from .random_facts import RandomFacts
from .random_rules import LISTS, PARAMETERS, SCOPE, conditions, rules
from .sql_tables import columns_of, table_of
from .test_agreement import EXAMPLES, QUIET, condition
from .test_sql_agreement import by_fused, by_sql, connection, random_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vermilion.language.tree import Node
    from vermilion.language.types import Type

glot = pytest.importorskip("sqlglot", reason="sqlglot is not installed")

PAGE = Path(__file__).parents[2] / "docs" / "sql.md"

ALLOWED = {
    *("Select", "Alias", "Identifier", "Column", "Literal", "Boolean", "Null", "Paren"),
    *("And", "Or", "Not", "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "In", "Is"),
    *("Case", "If", "Add", "Sub", "Mul", "Neg", "Cast", "DataType", "DataTypeParam"),
    "TryCast",  # how sqlglot reads the CAST of a Spark that is not in ANSI mode
}
"""Everything that engines were shown to say alike."""

MOST = MAX_DECIMAL // MAX_FACT
"""By what the largest fact can be multiplied."""

some = settings(max_examples=max(EXAMPLES // 12, 1), **QUIET)


def leaf(text: str) -> Node:
    """Return the only column of a condition."""
    (found,) = sql.leaves(parse(text, SCOPE), PARAMETERS)
    return found


def offer_is(word: str) -> Compare:
    """Return the test whether a fact is a text."""
    found = parse('offer == "a"', SCOPE)
    assert isinstance(found, Compare)
    return Compare(BOOL, True, "==", found.left, Constant(STR, nullable=False, value=word))


class TestDialect:
    """Nothing is written that engines may read differently."""

    @some
    @given(texts=rules)
    def test_only_allowed_constructs_are_written(self, texts: list[Any]) -> None:
        """Every node of a parsed text is on the list, as DuckDB reads it and as Spark does."""
        for pair in texts:
            text = sql.outcome(condition(*pair), PARAMETERS)
            for dialect in ("duckdb", "spark"):
                nodes = glot.parse_one(f"SELECT {text} AS o", dialect=dialect).walk()
                assert {type(node).__name__ for node in nodes} <= ALLOWED

    @some
    @given(text=conditions())
    def test_names_are_columns(self, text: str) -> None:
        """A text names its leaves and nothing else, in words that no dialect reserves."""
        node = parse(text, SCOPE)
        named = {sql.column_name(one) for one in sql.leaves(node, PARAMETERS)}
        parsed = glot.parse_one(f"SELECT {sql.predicate(node, PARAMETERS)} AS o", dialect="spark")
        assert {column.name for column in parsed.find_all(glot.exp.Column)} == named
        assert all(re.fullmatch(r"[a-z]+_[a-z0-9_]+", name) for name in named)

    def test_the_page_shows_what_is_written(self) -> None:
        """The example of the documentation is what comes out."""
        text = 'token.edition.size > 100 and price.currency == "CNY" and not known(purpose)'
        assert sql.predicate(parse(text, SCOPE), {}) in PAGE.read_text(encoding="utf-8")


class TestLiterals:
    """Texts, lists, dates and times mean the same on every engine."""

    @pytest.mark.parametrize(
        "word", ["保证收益", "e\u0301", "😀", "a -- b", "/*", "?", ":x", '"', "%_"]
    )
    def test_plain_texts_are_written_out(self, word: str) -> None:
        """A text without quotes, backslashes and dollar signs is compared in SQL, exactly."""
        text = sql.predicate(offer_is(word), {})
        assert text == f"(f_offer = '{word}')"
        found = connection.execute(f"SELECT {text} FROM (SELECT ? AS f_offer)", [word]).fetchall()
        assert found == [(True,)]

    @pytest.mark.parametrize(
        "word",
        ["it's", "back\\slash", "\\", "a\nb", "${x}", "$", "\u200b", "\u3000", "\x00", "\ud800"],
    )
    def test_other_texts_are_compared_in_python(self, word: str) -> None:
        """What some dialect would read otherwise stays out of SQL, in comparisons and in lists."""
        (found,) = sql.leaves(offer_is(word), {})
        assert sql.column_type(found) == "boolean"
        assert word not in sql.predicate(offer_is(word), {})
        read = sql.reader([found], "sale", {})
        facts = RandomFacts(random.Random(1), [], 0)
        data, known = facts.event("sale")
        answers = []
        for data.offer in (word, word + "x", None):
            answers += read(data, known)
        assert answers == [True, False, None]
        words = Values(list_of(STR), nullable=False, values=("a", word), name=None)
        listed = Compare(BOOL, True, "in", offer_is(word).left, words)
        assert [type(one) for one in sql.leaves(listed, {})] == [Compare]

    def test_long_lists_are_looked_through_in_python(self) -> None:
        """A list of a thousand words is written out, a longer one is not."""
        for size, kind in ((1_000, tree.Path), (1_001, Compare)):
            scope = Scope(SCOPE.roots, lists={"many": tuple(str(one) for one in range(size))})
            (found,) = sql.leaves(parse("offer in lists.many", scope), {})
            assert type(found) is kind

    @pytest.mark.parametrize("known", [True, False])
    def test_an_empty_list_holds_nothing(self, known: bool) -> None:
        """Nothing is in an empty list, and of an unknown text that is unknown."""
        empty = Scope(SCOPE.roots, lists={"none": ()})
        for sign, answer in (("in", False), ("not in", True)):
            text = sql.predicate(parse(f"offer {sign} lists.none", empty), {})
            value = "'a'" if known else "NULL"
            found = connection.sql(f"SELECT {text} FROM (SELECT {value} AS f_offer)").fetchall()
            assert found == [(answer if known else None,)]

    def test_times_and_dates_are_exact_numbers(self) -> None:
        """A moment keeps its microseconds over all years, a date its day."""
        for moment in (
            dt.datetime(1900, 1, 1, 0, 0, 0, 1, dt.UTC),
            dt.datetime(9000, 12, 31, 23, 59, 59, 999_999, dt.UTC),
        ):
            back = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(
                microseconds=microseconds(moment)
            )
            assert back == moment
        shifted = dt.datetime(1970, 1, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))
        assert microseconds(shifted) == 0
        scope = Scope(SCOPE.roots, parameters={"day": DATE, "moment": TIME})
        for text, parameters, said in (
            ("event.date < params.day", {"day": dt.date(1, 1, 2)}, "(f_event__date < 2)"),
            ("event.time > params.moment", {"moment": shifted}, "(f_event__time > 0)"),
        ):
            assert sql.predicate(parse(text, scope), parameters) == said
        data, known = RandomFacts(random.Random(1), [], 0).event("sale")
        columns = [parse_value("event.date", SCOPE), parse_value("event.time", SCOPE)]
        read = sql.reader(columns, "sale", {})(data, known)
        assert read == (known["event"].date.toordinal(), microseconds(known["event"].time))


class TestNumbers:
    """No calculation overflows, wherever it is run."""

    def test_no_fact_is_larger_than_is_assumed(self) -> None:
        """Every whole number of the vocabulary is bounded by the schema."""
        seen = 0
        for event_type in EVENT_TYPES:
            kinds = [inspect.type_info(one.annotation) for one in namespace(event_type).values()]
            for number in integers(kinds):
                assert number.ge is not None
                assert number.ge >= -MAX_FACT
                assert number.le is not None
                assert number.le <= MAX_FACT
                seen += 1
        assert seen > 10

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("token.edition.size * token.decimals > 0", True),
            ("token.edition.size * token.decimals * token.edition.serial > 0", False),
            ('amount(price, "CNY") * 1 > 0', True),
            ("token.decimals < params.few", True),
            ("token.decimals < params.years", False),
            ('amount(price, "CNY") * 2 > 0', False),
            ('amount(price, "CNY") + 1 > 0', False),
            (f"token.decimals * {MOST} > 0", True),
            (f"token.decimals * {MOST + 1} > 0", False),
        ],
    )
    def test_what_may_exceed_38_digits_is_calculated_in_python(self, text: str, said: bool) -> None:
        """A calculation reaches SQL only where no facts can make it overflow."""
        parameters = {"few": MAX_DECIMAL, "years": MAX_DECIMAL + 1}
        columns = sql.leaves(parse(text, SCOPE), parameters)
        assert (not any(isinstance(one, Compare) for one in columns)) is said

    def test_a_large_number_says_its_type(self) -> None:
        """Beyond 64 bits a literal is a decimal by its own word, not by an engine's rules."""
        node = parse("windows.deals < 99999999999999999999", SCOPE)
        assert sql.predicate(node, {}) == (
            "(f_windows__deals < CAST('99999999999999999999' AS DECIMAL(38,0)))"
        )

    @pytest.mark.parametrize("years", [10**38 - 1, -(10**38) + 1])
    def test_no_age_is_beyond_all_years(self, years: int) -> None:
        """An age held against any number at all is compared without overflow."""
        rows = [RandomFacts(random.Random(1), [], unknown).event("sale") for unknown in (0, 1)]
        signs = ("<", "<=", ">", ">=", "==", "!=")
        texts = [f"age(buyer.birth_date) {sign} {years}" for sign in signs]
        several = [condition(None, text) for text in texts]
        assert by_sql(several, "sale", {}, rows) == by_fused(several, "sale", {}, rows)

    def test_what_fits_by_its_bounds_fits(self) -> None:
        """The largest numbers that are let through are calculated without error."""
        text = f"token.decimals * {MOST} > {MOST * MAX_FACT - 1}"
        node = parse(text, SCOPE)
        assert isinstance(node, Compare)
        assert magnitude(node.left) <= MAX_DECIMAL
        data, known = RandomFacts(random.Random(1), [], 0).event("sale")
        known["token"].decimals = MAX_FACT
        one = [Condition(None, node)]
        assert by_sql(one, "sale", {}, [(data, known)]) == by_fused(
            one, "sale", {}, [(data, known)]
        )

    @some
    @given(texts=rules, source=st.randoms(use_true_random=True))
    def test_decimals_may_be_stored_in_64_bits(
        self, texts: list[Any], source: random.Random
    ) -> None:
        """A decimal column whose values all fit may be BIGINT, and nothing changes."""
        conditions = [condition(*pair) for pair in texts]
        rows = random_rows(conditions, source)
        facts = table_of(columns_of(conditions, PARAMETERS), "sale", PARAMETERS, rows)
        connection.register("facts", facts)
        casts = [
            f"CAST({field.name} AS BIGINT) AS {field.name}"
            for field in facts.schema
            if str(field.type).startswith("decimal")
            and max(
                (abs(one) for one in facts[field.name].to_pylist() if one is not None), default=0
            )
            < 2**63
        ]
        replaced = f"* REPLACE ({', '.join(casts)})" if casts else "*"
        asked = ", ".join(sql.outcome(one, PARAMETERS) for one in conditions)
        found = connection.sql(
            f"SELECT {asked} FROM (SELECT {replaced} FROM facts) ORDER BY row"
        ).fetchall()
        assert found == by_fused(conditions, "sale", PARAMETERS, rows)


class TestColumns:
    """Columns are named and typed by what they hold."""

    @pytest.mark.parametrize(
        ("text", "name", "kind"),
        [
            ("buyer.kyc.status == 'verified'", "f_buyer__kyc__status", "text"),
            ("token.divisible", "f_token__divisible", "boolean"),
            ("token.decimals > 0", "f_token__decimals", "bigint"),
            ("windows.deals > 0", "f_windows__deals", "decimal"),
            ("event.date == event.date", "f_event__date", "bigint"),
            ("event.time == event.time", "f_event__time", "bigint"),
            ('amount(price, "CNY") > 0', "amount_cny__price", "decimal"),
            ("age(buyer.birth_date) > 0", "age__buyer__birth_date", "bigint"),
            ("len(settlement) > 0", "len__settlement", "bigint"),
            ("known(settlement)", "known__settlement", "boolean"),
            ("known(price)", "f_price__currency", "text"),
            ("known(offer)", "known__offer", "boolean"),
            ("known(purpose)", "f_purpose", "text"),
        ],
    )
    def test_columns_are_called_by_what_they_hold(self, text: str, name: str, kind: str) -> None:
        """A name tells the fact, and a type goes with it."""
        assert sql.column_name(leaf(text)) == name
        assert sql.column_type(leaf(text)) == kind
        assert kind in get_args(sql.ColumnType)

    def test_a_name_is_of_what_is_said(self) -> None:
        """Other words of a list, another list or another condition are another column."""
        texts = [
            "matches(offer, lists.letters)",
            "matches(offer, lists.assets)",
            "matches(buyer.id, lists.letters)",
            '"loan" in token.underlying',
            '"security" in token.underlying',
            'any(leg.instrument == "cash" for leg in settlement)',
            'any(leg.instrument == "e_cny" for leg in settlement)',
            'any(leg.instrument != "cash" for leg in settlement)',
            "any(known(leg.amount) for leg in settlement)",
            'any(amount(leg.amount, "CNY") > 1 for leg in settlement)',
            'any(amount(leg.amount, "ETH") > 1 for leg in settlement)',
            'any(amount(leg.amount, "CNY") > 2 for leg in settlement)',
        ]
        names = [sql.column_name(leaf(text)) for text in texts]
        assert len(set(names)) == len(texts)
        changed = Scope(SCOPE.roots, lists=LISTS | {"letters": ("a", "c")})
        (other,) = sql.leaves(parse(texts[0], changed), PARAMETERS)
        assert sql.column_name(other) not in names
        excepted = Scope(SCOPE.roots, lists=LISTS, exceptions={"letters": ("ab",)})
        (other,) = sql.leaves(parse(texts[0], excepted), PARAMETERS)
        assert sql.column_name(other) not in names

    def test_a_list_by_another_name_is_the_same(self) -> None:
        """Columns are called by content: what a list is called does not matter."""
        renamed = Scope(SCOPE.roots, lists={"other": LISTS["letters"]})
        (other,) = sql.leaves(parse("matches(offer, lists.other)", renamed), PARAMETERS)
        assert sql.column_name(other) == sql.column_name(leaf("matches(offer, lists.letters)"))

    def test_a_name_stays_from_run_to_run(self) -> None:
        """Names are part of stored tables: the digest of a condition never changes unnoticed."""
        found = sql.column_name(leaf('any(leg.instrument == "cash" for leg in settlement)'))
        assert found == "quantifier__7973267e68d896f4"

    def test_no_two_facts_share_a_name(self) -> None:
        """Every name of the vocabulary is small letters and digits, one underscore between words."""
        names = set()
        for event_type in EVENT_TYPES:
            for name, field in roots_of(event_type).items():
                names |= {name, *names_below(field.type)}
        assert len(names) > 100
        assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in names)

    def test_values_of_windows_are_said(self) -> None:
        """Keys and values are columns too; a list is no value."""
        assert sql.value(parse_value("buyer.id", SCOPE), {}) == "f_buyer__id"
        assert sql.value(parse_value('amount(price, "CNY")', SCOPE), {}) == "amount_cny__price"
        assert (
            sql.value(parse_value("token.decimals + 1", SCOPE), {})
            == "(f_token__decimals + CAST(1 AS BIGINT))"
        )
        for text in ("buyer.beneficial", 'amount(price, "CNY") * 2'):
            node = parse_value(text, SCOPE, several=True)
            with pytest.raises(RulebookError, match="cannot be said in SQL"):
                sql.value(node, {})
            with pytest.raises(RulebookError, match="cannot be said in SQL"):
                sql.leaves(node, {})


def names_below(kind: Type, seen: frozenset[type] = frozenset()) -> set[str]:
    """Return the names of all facts below a type."""
    if kind.element is not None:
        return names_below(kind.element, seen)
    if kind.struct is None or kind.struct in seen:
        return set()
    below = fields_of(kind.struct)
    inner = (names_below(field.type, seen | {kind.struct}) for field in below.values())
    return set(below).union(*inner)


def integers(kinds: list[inspect.Type], seen: set[type] | None = None) -> Iterator[inspect.IntType]:
    """Give every whole number that can be read below some types; amounts are texts as well."""
    seen = set() if seen is None else seen
    for kind in kinds:
        match kind:
            case inspect.IntType():
                yield kind
            case inspect.UnionType(types=types):
                yield from integers(list(types), seen)
            case inspect.ListType(item_type=item) | inspect.Metadata(type=item):
                yield from integers([item], seen)
            case inspect.StructType(cls=cls, fields=fields) if (
                cls.__name__ != "Money" and cls not in seen
            ):
                seen.add(cls)
                yield from integers([field.type for field in fields], seen)
            case _:
                pass
