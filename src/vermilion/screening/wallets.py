"""The form in which addresses of wallets are compared, whatever chain and spelling they come in.

One key pair has the same address on every chain of a family, so that the chain is left out. The
spelling matters where it carries content (Base58), and not where it is checksum only: EIP-55 for
hexadecimal, BIP-173 and CashAddr, which are all upper or all lower case.
"""

from __future__ import annotations

import hashlib
import re

_CAIP_10 = re.compile(
    r"(?:did:pkh:)?(?P<space>[-a-z0-9]{3,8}):[-_a-z0-9]{1,32}:(?P<address>[-.%a-z0-9]{1,128})",
    re.IGNORECASE | re.ASCII,
)
_HEX = re.compile(r"(?:0[xX]|[xX][dD][cC])(?P<digits>[0-9a-fA-F]{40})")
_LONG_HEX = re.compile(r"0[xX](?P<digits>[0-9a-fA-F]{24,64})")
_BARE_HEX = re.compile(r"(?P<digits>[0-9a-fA-F]{40})")
_TRON_HEX = re.compile(r"(?:0[xX])?41(?P<digits>[0-9a-fA-F]{40})")
_BECH32 = re.compile(r"(?:[a-z]{1,16}1[02-9ac-hj-np-z]{6,90}|[A-Z]{1,16}1[02-9AC-HJ-NP-Z]{6,90})")
_CASHADDR = re.compile(r"(?:(?:bitcoincash|BITCOINCASH):)?([qpQP][02-9ac-hj-np-zAC-HJ-NP-Z]{41})")
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{25,110}")
_SPEND_KEY = re.compile(r"[0-9a-fA-F]{64}")

_FORMS = (_HEX, _TRON_HEX, _LONG_HEX, _BARE_HEX, _CASHADDR, _BECH32, _SPEND_KEY, _BASE58)

_ACCOUNT = 42
"""Characters of a hexadecimal account with `0x`."""

_DIGITS_58 = {
    c: n for n, c in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
}
_DIGITS_32 = {c: n for n, c in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_TRON, _P2PKH, _P2SH = 0x41, 0x00, 0x05

SHORTEST = 25
"""Characters of the shortest address; a shorter text is the id of something else."""

NAMESPACES = frozenset(
    [
        "eip155",
        "bip122",
        "solana",
        "tron",
        "cosmos",
        "polkadot",
        "stellar",
        "xrpl",
        "tezos",
        "near",
        "sui",
        "aptos",
        "starknet",
        "hedera",
        "algorand",
        "cardano",
        "stacks",
        "arweave",
        "waves",
        "eosio",
        "fil",
        "lip9",
        "monero",
    ]
)
"""Namespaces of CAIP-2 whose CAIP-10 ids name wallets."""


def is_wallet(id: str) -> bool:
    """Tell whether an id names a wallet: CAIP-10, or an address that stands alone."""
    if ":" not in id:
        return _HEX.fullmatch(id) is not None
    found = _CAIP_10.fullmatch(id)
    return found is not None and found["space"].lower() in NAMESPACES


def may_be_wallet(id: str) -> bool:
    """Tell whether an id has the form of an address of any chain; other ids may have it too."""
    address = _address(id.strip())
    if len(address) < SHORTEST:
        return is_wallet(id)
    return any(form.fullmatch(address) for form in _FORMS)


def wallet_key(id: str) -> str:
    """Return the form in which an address, alone or in a CAIP-10 id, is compared.

    * Hexadecimal accounts in lower case, with any checksum or none, right or wrong, and without
      the zeros in front that some chains leave out.
    * A Tron account is the same in Base58, in its own hexadecimal, and in that of other chains.
    * A Bitcoin Cash account is the same in CashAddr and in the older Base58.
    * Bech32 in lower case; whatever is left as it is written.
    """
    text = id.strip()
    if len(text) < SHORTEST and text.partition(":")[0].lower() not in NAMESPACES:
        return text
    address = _address(text)
    if len(address) < SHORTEST:
        return address
    if found := _HEX.fullmatch(address):
        return "0x" + found["digits"].lower()
    if found := _TRON_HEX.fullmatch(address):
        return "0x" + found["digits"].lower()
    if found := _LONG_HEX.fullmatch(address) or _BARE_HEX.fullmatch(address):
        return "0x" + found["digits"].lower().lstrip("0").rjust(40, "0")
    if found := _CASHADDR.fullmatch(address):
        return _from_cashaddr(found[1]) or address
    if _BECH32.fullmatch(address):
        return address.lower()
    if _SPEND_KEY.fullmatch(address):
        return address.lower()
    if len(address) <= 40 and _BASE58.fullmatch(address):
        return _from_base58(address) or address
    return address


def _address(id: str) -> str:
    """Return the address in a CAIP-10 id; anything else, such as `shop:user:42`, as it is.

    A hexadecimal account at the end is one whatever stands before it.
    """
    tail = id[-_ACCOUNT:]
    if tail[:2] in {"0x", "0X"} and id[-_ACCOUNT - 1 : -_ACCOUNT] in {"", ":"}:
        return tail
    found = _CAIP_10.fullmatch(id)
    if found is None:
        return id
    address: str = found["address"]
    is_long = len(address) >= SHORTEST
    return address if is_long or found["space"].lower() in NAMESPACES else id


def _from_base58(address: str) -> str | None:
    """Return the account of a Tron address, and of an address that Bitcoin Cash writes in two ways."""
    if address[0] not in "T13":
        return None
    number = 0
    for char in address:
        number = number * 58 + _DIGITS_58[char]
    if number.bit_length() > 200:
        return None
    data = number.to_bytes(25, "big")
    head, body, check = data[0], data[1:-4], data[-4:]
    # A Base58 address with a wrong checksum is no address, and is compared as it is written.
    if hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] != check:
        return None
    if head == _TRON:
        return "0x" + body.hex()
    return f"{head:02x}{body.hex()}" if head in {_P2PKH, _P2SH} else None


def _from_cashaddr(text: str) -> str | None:
    """Return the account of a CashAddr address of 160 bits; its checksum is not looked at."""
    if text not in {text.lower(), text.upper()}:
        return None
    number = 0
    for char in text.lower()[:-8]:
        number = number << 5 | _DIGITS_32[char]
    data = (number >> 2).to_bytes(21, "big")
    kind = {0: _P2PKH, 8: _P2SH}.get(data[0])
    return None if kind is None else f"{kind:02x}{data[1:].hex()}"
