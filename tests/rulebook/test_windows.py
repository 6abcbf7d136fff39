"""Windows of a rulebook: what is refused, what they are typed as, when two count alike."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from vermilion.errors import RulebookError
from vermilion.facts.entities import Party
from vermilion.facts.events import Sale
from vermilion.facts.money import Money
from vermilion.facts.namespace import EventFacts
from vermilion.rulebook import Engine, Profile, find_rulebook, load_rulebook
from vermilion.rulebook.windows import windows_read

from . import books


def window(**changes: Any) -> dict[str, Any]:
    """Return a count of sales by buyer."""
    return {"title": books.words("w"), "function": "count", "of": ["sale"], "key": ["buyer.id"]} | (
        changes
    )


def loaded(**changes: Any) -> Any:
    """Return a rulebook's only window, loaded."""
    (found,) = books.book(windows={"w": window(**changes)}).windows
    return found


PRICE = 'amount(price, "CNY")'


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"of": ["sail"]}, "there is no event type `sail`"),
        ({"of": ["sale", "payment"]}, "there is no fact `buyer`"),
        ({"key": ["buyer"]}, "a single value is needed, this is a party"),
        ({"key": ["price"]}, "a single value is needed, this is a money"),
        ({"key": ["buyer.kyc.verified_at"]}, "a key is a text, a whole number or a date"),
        ({"key": ["token.divisible"]}, "a key is a text, a whole number or a date"),
        ({"value": PRICE}, "`count` takes no `value`"),
        ({"function": "sum"}, "`sum` needs a `value`"),
        ({"function": "sum", "value": "buyer.id"}, "`sum` takes no text"),
        ({"function": "last", "value": "event.time"}, "`last` takes no time"),
        ({"function": "last", "value": "buyer.name"}, "`last` keeps its value"),
        ({"function": "first", "of": ["post"], "key": ["author.id"], "value": "text"}, "keeps its"),
        ({"function": "last", "value": "token.issuer"}, "may be a person's"),
        ({"function": "last", "value": "work.author"}, "may be a person's"),
        ({"asked_by": ["seller.id", "token.id"]}, "`asked_by` and `key` differ in length"),
        ({"asked_by": ["nobody.id"]}, "no event type has these facts: a case has no `nobody`"),
        ({"where": "price.currency"}, "a condition is needed, this is a text"),
        ({"where": "windows.w > 1"}, "there is no window `w`"),
        ({"where": "params.cap > 1"}, "there is no parameter `cap`"),
        ({"function": "distinct", "value": "parties"}, "a single value is needed"),
    ],
)
def test_refused(changes: dict[str, Any], reason: str) -> None:
    """What cannot be counted is refused with the reason, and where it stands."""
    with pytest.raises(RulebookError) as refused:
        loaded(**changes)
    assert reason in refused.value.message


@pytest.mark.parametrize("within", ["0d", "1", "d", "1w", "-1h", "100000d", "1.5h"])
def test_a_width_is_a_number_and_a_unit(within: str) -> None:
    """Widths are whole, positive and in seconds, minutes, hours or days."""
    with pytest.raises(Exception, match="regex"):
        loaded(within=within)


@pytest.mark.parametrize(
    ("within", "seconds"), [("1s", 1), ("90m", 5_400), ("24h", 86_400), ("7d", 604_800)]
)
def test_width_in_seconds(within: str, seconds: int) -> None:
    """Each unit is worth its seconds."""
    assert loaded(within=within).seconds == seconds


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "int"),
        ({"function": "sum", "value": PRICE}, "int"),
        ({"function": "last", "value": PRICE}, "int"),
        ({"function": "first", "value": "token.series"}, "str"),
        ({"function": "first_seen"}, "time"),
        ({"function": "held_for"}, "int"),
        ({"function": "distinct", "value": "buyer.beneficial"}, "int"),
    ],
)
def test_type_of_the_answer(changes: dict[str, Any], kind: str) -> None:
    """The type follows from the function, and for `first` and `last` from the value."""
    assert loaded(**changes).type.kind == kind


def test_a_rule_that_cannot_ask_is_refused() -> None:
    """A rule on an event type without the key's facts is told why it cannot read the window."""
    rule = books.rule(applies_to=["payment"], violates_if="windows.w > 1", reason=books.words("x"))
    with pytest.raises(RulebookError) as refused:
        books.book(rule, windows={"w": window()})
    assert "window `w` cannot be asked for here: a payment has no `buyer`" in refused.value.message


def test_a_window_may_be_unknown() -> None:
    """A condition on a window has an unknown outcome too, and is a number."""
    rule = books.rule(violates_if="windows.w > 2", reason=books.words("x"))
    engine = Engine(books.book(rule, windows={"w": window()}), Profile())
    fused = engine.on("sale", "settled", dt.date(2022, 7, 5))
    assert [one.name for one in fused.windows] == ["w"]
    for value, outcome in ((3, (1, 0, 0)), (2, (0, 0, 1)), (None, (0, 1, 0))):
        assert fused.function(None, {"windows.w": value}) == outcome


@pytest.mark.parametrize(
    ("changes", "alike"),
    [
        ({"title": books.words("another")}, True),
        ({"within": "1d"}, False),
        ({"including": True}, False),
        ({"where": "buyer.kind == 'person'"}, False),
        ({"key": ["buyer.person"]}, False),
    ],
)
def test_digest_tells_what_is_counted(changes: dict[str, Any], alike: bool) -> None:
    """Windows share their past if and only if they count alike, whatever they are called."""
    assert (loaded().digest == loaded(**changes).digest) is alike


def test_digest_covers_the_time_zone() -> None:
    """A day is another one elsewhere, so that windows of two zones do not share their past."""
    heading = books.plain()["rulebook"] | {"time_zone": "Europe/Paris"}
    elsewhere = books.book(windows={"w": window()}, rulebook=heading).windows[0]
    assert loaded().digest != elsewhere.digest


def test_digest_covers_the_lists_that_are_read() -> None:
    """Another term makes another past."""

    def digest(*values: str) -> bytes:
        lists = {"t": {"title": books.words("t"), "source": "policy", "values": list(values)}}
        where = "matches(text, lists.t)"
        counting = window(of=["post"], key=["author.id"], where=where)
        coins = {"coins": {"title": books.words("c"), "source": "x", "values": ["ETH"]}}
        return books.book(windows={"w": counting}, lists=lists | coins).windows[0].digest

    assert digest("a") != digest("b")


def test_an_event_adds_what_it_says() -> None:
    """Folding gives key and value where all is known and the condition holds, else nothing."""
    counting = window(
        function="sum", value=PRICE, key=["buyer.id", "event.date"], where='buyer.kind == "person"'
    )
    engine = Engine(books.book(windows={"w": counting}), Profile())
    assert set(engine.folds) == {"sale"}
    day = dt.date(2022, 7, 5)
    moment = dt.datetime(2022, 7, 5, tzinfo=dt.UTC)
    on = EventFacts(date=day, time=moment, type="sale", stage="settled", source="s", subject="e")

    def added(price: Money | None, **buyer: Any) -> list[Any]:
        known = {"event": on, "buyer": Party(**{"id": "b", "kind": "person"} | buyer)}
        return engine.folds["sale"](Sale(price=price), known)

    yuan = Money(amount=500, currency="CNY")
    assert added(yuan) == [(0, ("b", day.toordinal()), 500)]
    assert added(yuan, kind="organisation") == added(yuan, kind=None) == added(yuan, id=None) == []
    assert added(None) == added(Money(amount=5, currency="USD")) == []


@pytest.mark.parametrize("name", ["cn", "platform"])
def test_shipped_windows_are_all_read(name: str) -> None:
    """No shipped window is kept for nothing."""
    rulebook = load_rulebook(find_rulebook(name))
    read = {
        window
        for rule in rulebook.rules
        for condition in rule.conditions.values()
        for window in windows_read(condition)
    }
    assert {one.name for one in rulebook.windows} == read
