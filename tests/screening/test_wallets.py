"""A wallet is found in every way in which its address is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.screening import Matcher, Subject, is_wallet, list_diff, wallet_key

from .samples import real, real_addresses

LISTS = ["crypto_ofac_0xb10c_20240927", "crypto_ofac_20260822"]
TORNADO = "0x722122dF12D4e14e13Ac3b6895a86e84145b6967"

SAME = {
    "EIP-55": (TORNADO, TORNADO.lower()),
    "upper case": ("0X" + TORNADO[2:].upper(), TORNADO),
    "CAIP-10": (f"eip155:1:{TORNADO}", TORNADO.lower()),
    "another chain": (f"eip155:137:{TORNADO}", f"eip155:1:{TORNADO.lower()}"),
    "CAIP-10 in upper case": (f"EIP155:1:{TORNADO.upper()}", TORNADO),
    "decentralised identifier": (f"did:pkh:eip155:1:{TORNADO}", TORNADO),
    "account of a platform": (f"some-marketplace:user:{TORNADO}", TORNADO),
    "digits alone": (TORNADO[2:], TORNADO),
    "XDC": ("XDC" + TORNADO[2:], TORNADO),
    "zeros in front": ("0x" + "0" * 24 + TORNADO[2:], TORNADO),
    "zeros left out": ("0x00" + "aB" * 31, "0x" + "Ab" * 31),
    "bech32": (
        "BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ",
        "bip122:000000000019d6689c085ae165831e93:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    ),
    # From the specification of CashAddr.
    "CashAddr": (
        "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
    ),
    "CashAddr of a script": (
        "ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq",
        "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC",
    ),
    "Tron": ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "41a614f803b6fd780986a42c78ec9c7f77e6ded13c"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=list(SAME))
def test_spellings_of_one_account(one: str, other: str) -> None:
    """Checksum, case, chain and the older or newer form of an address make no difference."""
    assert wallet_key(one) == wallet_key(other)


def test_base58_is_compared_letter_by_letter() -> None:
    """Where case carries content, another case is another address."""
    address = "rnXyVQzgxZe7TR1EPzTkGj2jxH4LMJYh66"
    assert wallet_key(address) == address != wallet_key(address.lower())
    assert wallet_key("1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggv") == "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggv"


@given(st.binary(min_size=20, max_size=20), st.data())
def test_no_case_hides_a_hexadecimal_account(account: bytes, data: st.DataObject) -> None:
    """Any mixture of upper and lower case is one account, with a right checksum or a wrong one."""
    digits = account.hex()
    flips = data.draw(st.lists(st.booleans(), min_size=40, max_size=40))
    mixed = "".join(c.upper() if up else c for c, up in zip(digits, flips, strict=True))
    assert wallet_key(f"0x{mixed}") == wallet_key(f"eip155:56:0x{mixed}") == f"0x{digits}"


def test_an_account_of_a_platform_is_no_short_address() -> None:
    """A list that holds `42` for want of an address names nobody by the number of an account."""
    assert wallet_key("shop:user:42") == "shop:user:42"
    assert wallet_key("hedera:mainnet:0.0.42") == "0.0.42"


@given(st.text(max_size=120))
def test_any_text_has_a_form(text: str) -> None:
    """Nothing that may stand as an id breaks the comparison, and its form is its own form."""
    assert wallet_key(wallet_key(text)) == wallet_key(text)


@pytest.mark.parametrize("list_name", LISTS)
def test_every_sanctioned_wallet_is_found(list_name: str) -> None:
    """Each address of the public lists is found as written, in other cases, and in CAIP-10."""
    matcher = Matcher(real(list_name))
    count = 0
    for chain, address in real_addresses(list_name):
        spellings = [address, f"{'eip155:1' if address[:2] == '0x' else 'bip122:0'}:{address}"]
        if address.startswith("0x"):
            digits = address[2:]
            spellings += [
                "0x" + digits.lower(),
                "0X" + digits.upper(),
                f"eip155:56:0x{digits.upper()}",
            ]
        elif address == address.lower() and address.startswith(("q", "bc1", "ltc1", "bnb1")):
            spellings.append(address.upper())
        for one in spellings:
            assert matcher.screen(Subject(one)).matches, (chain, one)
        count += 1
    assert count in {641, 961}


def test_delistings_are_told() -> None:
    """What was on the list of 2024 and is not on that of 2026 is taken off, with Tornado Cash."""
    before, after = real(LISTS[0]), real(LISTS[1])
    found = list_diff(before, after)
    assert wallet_key(TORNADO) in found.wallets_removed
    assert len(found.wallets_removed) == 90
    assert len(found.wallets_added) == 410
    assert Matcher(before).screen(Subject(TORNADO)).matches
    assert not Matcher(after).screen(Subject(TORNADO)).matches


@pytest.mark.parametrize(
    ("id", "wallet"),
    [
        (f"eip155:1:{TORNADO}", True),
        (TORNADO, True),
        (
            "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:7S3P4HxJpyyigGzodYwHtCxZyUQe9JiBMHyRWXArAaKv",
            True,
        ),
        ("market:user:1", False),
        ("bob", False),
    ],
)
def test_wallets_are_told_from_other_ids(id: str, wallet: bool) -> None:
    """An account of a platform is no wallet."""
    assert is_wallet(id) is wallet
