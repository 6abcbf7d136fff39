"""Money is exact and has one written form."""

from __future__ import annotations

from decimal import Decimal, localcontext

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.facts.money import (
    CURRENCIES,
    MAX_JSON_INTEGER,
    MAX_MINOR_UNITS,
    VIRTUAL_CURRENCY_CODES,
    Money,
    format_money,
)

from .strategies import AMOUNTS, MONEY


def read(amount: str, currency: str = "CNY") -> Money:
    """Decode money from an amount as it stands in JSON."""
    return msgspec.json.decode(
        f'{{"amount":{amount},"currency":"{currency}"}}'.encode(), type=Money
    )


@given(AMOUNTS)
def test_every_amount_survives_the_wire(amount: int) -> None:
    """An amount of up to 38 digits is read back exactly, from a number and from a string alike."""
    written = msgspec.json.encode(Money(amount, "CNY"))
    assert msgspec.json.decode(written, type=Money).minor_units == amount
    assert read(str(amount)).minor_units == amount
    assert read(f'"{amount}"').minor_units == amount


@given(AMOUNTS)
def test_a_value_has_one_written_form(amount: int) -> None:
    """Number and string of one value become equal money with equal bytes."""
    number, text = read(str(amount)), read(f'"{amount}"')
    assert number == text == Money(amount, "CNY")
    assert hash(number) == hash(text)
    assert msgspec.json.encode(number) == msgspec.json.encode(text)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_form_changes_past_two_to_the_53(sign: int) -> None:
    """Up to 2^53 an amount is written as a number, above as a string of digits."""
    assert Money(sign * MAX_JSON_INTEGER, "CNY").amount == sign * MAX_JSON_INTEGER
    assert Money(sign * (MAX_JSON_INTEGER + 1), "CNY").amount == str(sign * (MAX_JSON_INTEGER + 1))


@pytest.mark.parametrize("sign", ["", "-"])
def test_amounts_end_below_ten_to_the_38(sign: str) -> None:
    """38 nines are read and one more is refused, in both spellings and by the constructor."""
    largest, beyond = sign + "9" * 38, f"{sign}1{'0' * 38}"
    assert (
        abs(read(largest).minor_units) == MAX_MINOR_UNITS == abs(read(f'"{largest}"').minor_units)
    )
    for spelling in (beyond, f'"{beyond}"'):
        with pytest.raises(msgspec.ValidationError):
            read(spelling)
    with pytest.raises(ValueError, match="38 digits"):
        Money(int(beyond), "CNY")


@pytest.mark.parametrize(
    "spelling",
    ['"01"', '"-0"', '"+1"', '"1.0"', '"1e3"', '" 1"', '"1 "', '"1\\n"', '"1_000"', '"1,000"', '"٣"', '"１"', '"²"', '""', '"-"', '"--1"', "1.0", "1.5", "1e3", "true", "null"],
)  # fmt: skip
def test_other_spellings_are_refused(spelling: str) -> None:
    """Only a plain decimal integer is an amount; nothing is rounded, trimmed or guessed."""
    with pytest.raises(msgspec.ValidationError):
        read(spelling)


@pytest.mark.parametrize("amount", ["", "-", "--1", "01"])
def test_the_constructor_refuses_what_the_decoder_refuses(amount: str) -> None:
    """Money made in a program is held to the same form as money that is read."""
    with pytest.raises(ValueError, match="not a plain integer"):
        Money(amount, "CNY")


@pytest.mark.parametrize("code", ["RMB", "cny", "", "CNY ", "XXX"])
def test_unlisted_currencies_are_refused(code: str) -> None:
    """An amount in a currency that is not listed is no money."""
    with pytest.raises(msgspec.ValidationError, match="unknown currency"):
        read("1", code)


def test_unknown_fields_of_money_are_refused() -> None:
    """A misspelt field of money is an error, not ignored."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"amount":1,"currency":"CNY","decimals":2}', type=Money)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1990, "CNY", "19.90 CNY"),
        (5, "CNY", "0.05 CNY"),
        (0, "CNY", "0.00 CNY"),
        (-1, "CNY", "-0.01 CNY"),
        (123_456_789, "USD", "1,234,567.89 USD"),
        (1200, "JPY", "1,200 JPY"),
        (1500, "KWD", "1.50 KWD"),
        (1, "KWD", "0.001 KWD"),
        (10**18, "ETH", "1.00 ETH"),
        (10**18 + 1, "ETH", "1.000000000000000001 ETH"),
        (-MAX_MINOR_UNITS, "CNY", f"-{10**36 - 1:,}.99 CNY"),
    ],
)
def test_formats_in_major_units(amount: int, currency: str, text: str) -> None:
    """An amount is shown with its currency's decimals, none lost."""
    assert format_money(Money(amount, currency)) == text


@given(MONEY)
def test_formatting_is_exact(money: Money) -> None:
    """The shown number times ten to the decimals is the amount."""
    number, _, code = format_money(money).partition(" ")
    with localcontext(prec=60):
        shown = Decimal(number.replace(",", "")).scaleb(CURRENCIES[code].decimals)
    assert shown == money.minor_units


@given(st.sampled_from(sorted(CURRENCIES)))
def test_currency_table_is_consistent(code: str) -> None:
    """Each currency stands under its own code, and fiat codes are of three letters."""
    currency = CURRENCIES[code]
    assert currency.code == code
    assert (currency.kind == "virtual") == (code in VIRTUAL_CURRENCY_CODES)
    assert currency.kind == "virtual" or (len(code) == 3 and code.isupper())
