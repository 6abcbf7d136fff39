"""Money as an exact integer in minor units, and the currencies it may be in."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

MAX_MINOR_UNITS = 10**38 - 1
"""Largest absolute amount: 38 digits, the widest exact decimal of common SQL engines."""

MAX_JSON_INTEGER = 2**53
"""Largest integer that every JSON reader keeps exactly (RFC 8259 section 6)."""

CurrencyKind = Literal["fiat", "virtual"]


class Currency(msgspec.Struct, frozen=True):
    """A unit of account: its code, its number of decimals and whether a state issues it."""

    code: str
    decimals: int
    kind: CurrencyKind


def _currencies() -> dict[str, Currency]:
    """List ISO 4217 codes by number of decimals, and virtual currencies with their base units."""
    fiat = {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        2: (
            "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD "
            "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
            "GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP "
            "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
            "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
            "SRD SSP STN SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER "
            "ZAR ZMW"
        ),
        3: "BHD IQD JOD KWD LYD OMR TND",
    }
    virtual = {
        "BTC": 8,
        "ETH": 18,
        "WETH": 18,
        "USDT": 6,
        "USDC": 6,
        "DAI": 18,
        "XTZ": 6,
        "SOL": 9,
        "BNB": 18,
        "MATIC": 18,
        "TRX": 6,
    }
    listed = {
        code: Currency(code, decimals, "fiat")
        for decimals, codes in fiat.items()
        for code in codes.split()
    }
    listed |= {code: Currency(code, decimals, "virtual") for code, decimals in virtual.items()}
    return listed


CURRENCIES = _currencies()
"""Every currency that an amount may be stated in, by code."""

CURRENCY_CODES = frozenset(CURRENCIES)
VIRTUAL_CURRENCY_CODES = frozenset(c.code for c in CURRENCIES.values() if c.kind == "virtual")


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An exact amount in minor units (fen, cents, wei) of one currency.

    On the wire `amount` is a JSON integer up to 2^53 in absolute value and a digit string above;
    either is read, and each value has one written form.
    Absolute values stay below 10^38.
    """

    amount: int | Annotated[str, msgspec.Meta(min_length=1, max_length=39)]
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCY_CODES:
            raise ValueError(f"unknown currency `{self.currency}`")
        amount = self.amount
        if type(amount) is int and -MAX_JSON_INTEGER <= amount <= MAX_JSON_INTEGER:
            return
        msgspec.structs.force_setattr(self, "amount", _written_form(amount))

    @property
    def minor_units(self) -> int:
        """The amount as an integer, whatever its written form."""
        return int(self.amount)


def _written_form(amount: int | str) -> int | str:
    if isinstance(amount, str):
        digits = amount.removeprefix("-")
        plain = digits.isascii() and digits.isdigit() and (digits[0] != "0" or amount == "0")
        if not plain:
            raise ValueError(f"amount `{amount}` is not a plain integer in minor units")
        value = int(amount)
    else:
        value = amount
    if abs(value) > MAX_MINOR_UNITS:
        raise ValueError("amount has more than 38 digits")
    return value if abs(value) <= MAX_JSON_INTEGER else str(value)


def format_money(money: Money) -> str:
    """Write an amount in major units with its currency, such as `19.90 CNY`, exactly."""
    decimals = CURRENCIES[money.currency].decimals
    sign = "-" if money.minor_units < 0 else ""
    whole, fraction = divmod(abs(money.minor_units), 10**decimals)
    tail = f"{fraction:0{decimals}d}" if decimals else ""
    if decimals > 2:
        tail = tail.rstrip("0").ljust(2, "0")
    return f"{sign}{whole:,}{'.' + tail if tail else ''} {money.currency}"
