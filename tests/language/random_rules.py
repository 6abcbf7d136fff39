"""Random rule texts over the names of a sale, and random facts to hold them against.

Texts are grown from the grammar of docs/rule-language.md, so that every one of them is well typed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from vermilion.facts.entities import (
    Control,
    Edition,
    GuardianConsent,
    Kyc,
    Party,
    Platform,
    Token,
    Work,
)
from vermilion.facts.events import PaymentLeg, Sale
from vermilion.facts.money import Money
from vermilion.facts.namespace import ALIASES, NO_PARTY, EventFacts
from vermilion.language import Scope, roots_of
from vermilion.language.parse import MAX_LOOPS
from vermilion.language.types import INT, STR

KINDS = ("person", "organisation")
STATUSES = ("verified", "pending", "none")
CURRENCIES = ("CNY", "USD", "ETH", "USDT")
INSTRUMENTS = ("cash", "e_cny", "virtual_currency")
PURPOSES = ("investment", "custody")
ASSOCIATIONS = ("NIFA", "CBA", "CCIA")
CLASSES = ("artwork", "loan", "security")
CONSENTS = ("purchase", "blind_box")
MOMENT = dt.datetime(2022, 7, 5, tzinfo=dt.UTC)
ANY_TEXT = ("a", "b", "c")

LISTS = {
    "currencies": ("ETH", "USDT"),
    "associations": ("NIFA", "CBA"),
    "assets": ("loan", "security"),
    "letters": ("a", "b"),
}
PARAMETERS = {"few": 2, "years": 18, "letter": "b"}
SCOPE = Scope(
    roots_of("sale"),
    ALIASES["sale"],
    LISTS,
    {"few": INT, "years": INT, "letter": STR},
    windows={"deals": INT},
)

Draw = Any
Words = tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """What a part of a text may name: the sale's own facts, and what `any` and `all` have bound."""

    parties: Words = ("buyer", "seller", "issuer", "acquirer")
    legs: Words = ()
    consents: Words = ()
    texts: tuple[tuple[str, Words], ...] = ()
    loops: int = 0


# Texts of rules.


@st.composite
def conditions(draw: Draw, names: Names = Names(), depth: int = 4) -> str:
    """Grow a condition."""
    makers = [
        _truth,
        _of_texts,
        _of_numbers,
        _aged,
        _of_dates,
        _membership,
        _overlap,
        _known,
        _matches,
        _chain,
    ]
    if depth > 0:
        makers = [*makers[:: depth + 1], _negation, _junction, _junction]
        if names.loops < MAX_LOOPS:
            makers += [_quantified, _quantified]
    return draw(st.sampled_from(makers))(draw, names, depth)


def _pick(draw: Draw, *choices: Any) -> Any:
    return draw(st.sampled_from(choices))


def _truths(names: Names) -> list[str]:
    found = ["work.ai_generated", "token.divisible", "token.edition.limited"]
    found += [f"{party}.self_supporting" for party in names.parties]
    return found + [f"{leg}.channel_licensed" for leg in names.legs]


def _text_facts(names: Names) -> list[tuple[str, Words]]:
    found = [
        ("price.currency", CURRENCIES),
        ("purpose", PURPOSES),
        ("offer", ANY_TEXT),
        ("event.stage", ("proposed", "settled")),
        ("params.letter", ANY_TEXT),
        *names.texts,
    ]
    for party in names.parties:
        found += [(f"{party}.kind", KINDS), (f"{party}.kyc.status", STATUSES)]
        found += [(f"{party}.id", ANY_TEXT)]
    for leg in names.legs:
        found += [(f"{leg}.amount.currency", CURRENCIES), (f"{leg}.instrument", INSTRUMENTS)]
    return found + [(f"{consent}.guardian", ANY_TEXT) for consent in names.consents]


def _text_lists(names: Names) -> list[tuple[str, Words]]:
    found = [("token.underlying", CLASSES), ("lists.currencies", CURRENCIES)]
    found += [("lists.assets", CLASSES), ("lists.letters", ANY_TEXT)]
    for party in names.parties:
        found += [(f"{party}.memberships", ASSOCIATIONS)]
        found += [(f"{party}.control.memberships", ASSOCIATIONS)]
    return found + [(f"{consent}.purposes", CONSENTS) for consent in names.consents]


def _dates(names: Names) -> list[str]:
    found = ["event.date"]
    for party in names.parties:
        found += [f"{party}.birth_date", f"{party}.kyc.expires_on"]
    return found + [f"{consent}.valid_from" for consent in names.consents]


def _truth(draw: Draw, names: Names, depth: int) -> str:
    fact = _pick(draw, *_truths(names), "True", "False")
    return _pick(draw, fact, fact, f"{fact} == False", f"True != {fact}")


def _of_texts(draw: Draw, names: Names, depth: int) -> str:
    fact, words = _pick(draw, *_text_facts(names))
    other, _ = _pick(draw, *_text_facts(names))
    literal = f'"{_pick(draw, *words)}"'
    a, b = _pick(draw, (fact, literal), (fact, literal), (literal, fact), (fact, other))
    return f"{a} {_pick(draw, '==', '!=')} {b}"


def _of_dates(draw: Draw, names: Names, depth: int) -> str:
    a, b = _pick(draw, *_dates(names)), _pick(draw, *_dates(names))
    return f"{a} {_sign(draw)} {b}"


def _of_numbers(draw: Draw, names: Names, depth: int) -> str:
    return f"{_number(draw, names, 1)} {_sign(draw)} {_number(draw, names, 1)}"


def _chain(draw: Draw, names: Names, depth: int) -> str:
    terms = [_number(draw, names, 0) for _ in range(3)]
    return f"{terms[0]} {_sign(draw)} {terms[1]} {_sign(draw)} {terms[2]}"


def _aged(draw: Draw, names: Names, depth: int) -> str:
    """An age held against a number, on either side, or between two."""
    age = f"age({_pick(draw, *_dates(names))})"
    years = [_pick(draw, "params.years", *YEARS) for _ in range(2)]
    return str(
        _pick(
            draw,
            f"{age} {_sign(draw)} {years[0]}",
            f"{years[0]} {_sign(draw)} {age}",
            f"{years[0]} {_sign(draw)} {age} {_sign(draw)} {years[1]}",
        )
    )


def _overlap(draw: Draw, names: Names, depth: int) -> str:
    """Words looked for in a list, in each of the forms that are compiled to one test."""
    source, words = _pick(draw, *_text_lists(names))
    some = [f'"{word}"' for word in words[: _pick(draw, 1, 2, 3)]]
    if _pick(draw, True, False):
        sign, joint = _pick(draw, ("in", " or "), ("not in", " and "), ("in", " and "))
        return f"({joint.join(f'{word} {sign} {source}' for word in some)})"
    variable = f"x{names.loops}"
    tests = [f"{variable} {_pick(draw, 'in', 'not in')} [{', '.join(some)}]"]
    tests += [f"{variable} {_pick(draw, '==', '!=')} {some[0]}", f"{some[-1]} == {variable}"]
    if names.loops == MAX_LOOPS:
        return f"{some[0]} in {source}"
    return f"{_pick(draw, 'any', 'all')}({_pick(draw, *tests)} for {variable} in {source})"


def _matches(draw: Draw, names: Names, depth: int) -> str:
    free = ["offer", *(f"{party}.id" for party in names.parties)]
    free += [name for name, words in names.texts if words == ANY_TEXT]
    return f"matches({_pick(draw, *free)}, lists.letters)"


def _sign(draw: Draw) -> str:
    return str(_pick(draw, "==", "!=", "<", "<=", ">", ">="))


def _number(draw: Draw, names: Names, depth: int) -> str:
    monies = ["price", *(f"{leg}.amount" for leg in names.legs)]
    monies += [f"{consent}.limit" for consent in names.consents]
    lists = [name for name, _ in _text_lists(names)] + ["parties", "settlement"]
    lists += [f"{party}.guardian_consents" for party in names.parties]
    choices = [
        str(draw(st.integers(-3, 20))),
        _pick(draw, "params.few", "params.years", "windows.deals"),
        str(_pick(draw, *AMOUNTS)),
        _pick(draw, "token.edition.size", "token.decimals"),
        f'amount({_pick(draw, *monies)}, "{_pick(draw, *COINS)}")',
        f"len({_pick(draw, *lists)})",
        f"age({_pick(draw, *_dates(names))})",
    ]
    if depth:
        a, b = _number(draw, names, depth - 1), _number(draw, names, depth - 1)
        choices.append(f"({a} {_pick(draw, '+', '-', '*')} {b})")
    return str(_pick(draw, *choices))


def _membership(draw: Draw, names: Names, depth: int) -> str:
    fact, words = _pick(draw, *_text_facts(names))
    fitting = [name for name, of in _text_lists(names) if of == words]
    fitting.append("[" + ", ".join(f'"{word}"' for word in words[: _pick(draw, 1, 2)]) + "]")
    literal = f'"{_pick(draw, *words)}"'
    a = _pick(draw, fact, fact, literal)
    return f"{a} {_pick(draw, 'in', 'not in')} {_pick(draw, *fitting)}"


def _known(draw: Draw, names: Names, depth: int) -> str:
    facts = [name for name, _ in _text_facts(names)] + _truths(names) + _dates(names)
    facts += ["settlement", "token.underlying", "price", "windows.deals"]
    never_unknown = ("event.", "params.", *(name for name, _ in names.texts))
    never_unknown += tuple(f"{consent}.guardian" for consent in names.consents)
    return f"known({_pick(draw, *(f for f in facts if not f.startswith(never_unknown)))})"


def _negation(draw: Draw, names: Names, depth: int) -> str:
    return f"not ({draw(conditions(names, depth - 1))})"


def _junction(draw: Draw, names: Names, depth: int) -> str:
    parts = [f"({draw(conditions(names, depth - 1))})" for _ in range(_pick(draw, 2, 3))]
    return str(_pick(draw, " and ", " or ")).join(parts)


def _quantified(draw: Draw, names: Names, depth: int) -> str:
    variable = f"x{names.loops}"
    loops = names.loops + 1
    source, words = _pick(draw, *_text_lists(names))
    consents = f"{_pick(draw, *names.parties)}.guardian_consents"
    source, inner = _pick(
        draw,
        ("parties", Names((*names.parties, variable), names.legs, names.consents, names.texts)),
        ("settlement", Names(names.parties, (*names.legs, variable), names.consents, names.texts)),
        (consents, Names(names.parties, names.legs, (*names.consents, variable), names.texts)),
        (
            source,
            Names(names.parties, names.legs, names.consents, (*names.texts, (variable, words))),
        ),
    )
    inner = Names(inner.parties, inner.legs, inner.consents, inner.texts, loops)
    body = draw(conditions(inner, depth - 1))
    return f"{_pick(draw, 'any', 'all')}({body} for {variable} in {source})"


rules = st.lists(st.tuples(st.none() | conditions(depth=1), conditions()), min_size=1, max_size=4)
"""Rules as pairs of texts: when each applies, and what violates it."""


# Facts.

Maybe = Callable[[st.SearchStrategy[Any]], st.SearchStrategy[Any]]

COINS = ("CNY", "CNY", "CNY", "USD", "ETH", "USDT")
AMOUNTS = (2**53, 2**53 + 1, 10**38 - 1, -(2**53) - 1)
YEARS = (-19, -18, -1, 0, 1, 17, 18, 19)
DAYS = [dt.date(2004, 2, 29), dt.date(2004, 3, 1), dt.date(2022, 2, 28), dt.date(2022, 3, 1)]


def _parties(maybe: Maybe) -> st.SearchStrategy[Any]:
    def some(words: Words) -> st.SearchStrategy[Any]:
        return maybe(st.lists(st.sampled_from(words), max_size=2))

    day = st.sampled_from(DAYS)
    consent = st.builds(
        GuardianConsent,
        guardian=st.sampled_from(ANY_TEXT),
        purposes=st.lists(st.sampled_from(CONSENTS), max_size=2),
        limit=_monies(maybe),
        valid_from=maybe(day),
    )
    kyc = st.builds(Kyc, status=maybe(st.sampled_from(STATUSES)), expires_on=maybe(day))
    party = st.builds(
        Party,
        id=st.sampled_from(ANY_TEXT),
        kind=maybe(st.sampled_from(KINDS)),
        memberships=some(ASSOCIATIONS),
        kyc=maybe(kyc),
        birth_date=maybe(day),
        self_supporting=maybe(st.booleans()),
        guardian_consents=maybe(st.lists(consent, max_size=2)),
        control=maybe(st.builds(Control, memberships=some(ASSOCIATIONS))),
    )
    return maybe(party).map(lambda found: found or NO_PARTY)


def _monies(maybe: Maybe) -> st.SearchStrategy[Any]:
    amounts = st.integers(-2, 6) | st.sampled_from(AMOUNTS)
    return maybe(st.builds(Money, amounts | amounts.map(str), st.sampled_from(COINS)))


def _sales(maybe: Maybe) -> st.SearchStrategy[Any]:
    leg = st.builds(
        PaymentLeg,
        amount=_monies(maybe),
        instrument=maybe(st.sampled_from(INSTRUMENTS)),
        channel_licensed=maybe(st.booleans()),
    )
    return st.builds(
        Sale,
        price=_monies(maybe),
        settlement=maybe(st.lists(leg, max_size=3)),
        purpose=maybe(st.sampled_from(PURPOSES)),
        offer=maybe(st.sampled_from(ANY_TEXT)),
    )


def _tokens(maybe: Maybe) -> st.SearchStrategy[Any]:
    edition = st.builds(Edition, limited=maybe(st.booleans()), size=maybe(st.integers(0, 20)))
    return st.builds(
        Token,
        id=st.just("t"),
        underlying=maybe(st.lists(st.sampled_from(CLASSES), max_size=2)),
        divisible=maybe(st.booleans()),
        decimals=maybe(st.integers(0, 3)),
        edition=maybe(edition),
    )


@st.composite
def facts(draw: Draw) -> tuple[Sale, dict[str, Any]]:
    """Draw a sale and what is known of whom and what it names: all of it, most of it or little."""
    known_of_eight = draw(st.sampled_from([8, 8, 7, 4]))

    def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        if known_of_eight == 8:
            return strategy
        return st.integers(1, 8).flatmap(
            lambda roll: strategy if roll <= known_of_eight else st.none()
        )

    party = _parties(maybe)
    known: dict[str, Any] = {role: draw(party) for role in ("seller", "buyer", "issuer")}
    known["parties"] = [known["seller"], known["buyer"]]
    if draw(st.booleans()):
        known["parties"].append(known["issuer"])
    known["event"] = EventFacts(
        date=draw(st.sampled_from(DAYS)),
        type="sale",
        stage="proposed",
        time=MOMENT,
        source="s",
        subject="e",
    )
    known["work"] = Work(id="w", ai_generated=draw(maybe(st.booleans())))
    known["platform"] = Platform(id="p")
    known["token"] = draw(_tokens(maybe))
    known["windows.deals"] = draw(maybe(st.integers(0, 3)))
    return draw(_sales(maybe)), known


def roots_of_sale(sale: Sale, known: dict[str, Any]) -> dict[str, Any]:
    """Return every name that a rule may read, as one table."""
    own = (
        "price",
        "settlement",
        "purpose",
        "offer",
        "mode",
        "risk_notice_acknowledged",
        "automated",
    )
    return known | {name: getattr(sale, name) for name in own}
