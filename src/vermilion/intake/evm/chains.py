"""What a chain is called in ids, and which of its contracts have names."""

from __future__ import annotations

import msgspec

PUNKS = "b47e3cd837ddf8e4c57f05d70ab865de6e193bbb"
"""CryptoPunksMarket on Ethereum, in use since 2017-06-22."""

SEAPORTS = frozenset(
    {
        "00000000006c3852cbef3e08e8df289169ede581",
        "00000000000006c7676171937c444f6bde3d6282",
        "0000000000000ad24e80fd803c6ac37206a45f15",
        "00000000000001ad428e4906ae43d8f9852d0dd6",
        "00000000000000adc04c56bf30ac9d3c0aaf14dc",
        "0000000000000068f116a894984e2db1123eb395",
    }
)
"""Seaport 1.1 to 1.6, at the same addresses on every chain: the canonical cross-chain deployments that
the README of github.com/ProjectOpenSea/seaport lists (commit bb1bb3f4 of 2025-09-09)."""

LOOKSRARE = "59728544b08ab483533076417fbbb2fd0b17ce3a"
"""The exchange of LooksRare v1 on Ethereum: `EXCHANGE` of the mainnet in
github.com/LooksRare/looksrare-sdk, `src/constants/addresses.ts` (commit 724e0eb6)."""

_NATIVE = {1: "ETH", 10: "ETH", 56: "BNB", 137: "MATIC", 8453: "ETH", 42161: "ETH"}
_WRAPPED = "4200000000000000000000000000000000000006"
_CURRENCIES = {
    1: {
        "c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2": "WETH",
        "a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48": "USDC",
        "dac17f958d2ee523a2206206994597c13d831ec7": "USDT",
        "6b175474e89094c44da98b954eedeac495271d0f": "DAI",
    },
    10: {_WRAPPED: "WETH"},
    137: {"7ceb23fd6bc0add59e62ac25578270cff1b9f619": "WETH"},
    8453: {_WRAPPED: "WETH"},
    42161: {"82af49447d8a07e3bd95bd0d56f35241523fbab1": "WETH"},
}


class Chain(msgspec.Struct, frozen=True):
    """An EVM chain: its CAIP-2 number, its own currency, and contracts whose word counts.

    Anybody can emit an event that tells of a sale, so only contracts in `seaports`, `looksrares` and
    `punks` are believed. Contracts are 40 lower-case hex digits without `0x`.
    """

    id: int
    native: str
    currencies: dict[str, str] = {}
    seaports: frozenset[str] = SEAPORTS
    punks: frozenset[str] = frozenset()
    looksrares: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The chain in CAIP-2; also the source of its rows."""
        return f"eip155:{self.id}"

    def currency(self, contract: str) -> str:
        """Return the code of a currency by its contract; all zeros is the chain's own.

        A contract without a name is its CAIP-19 id: a name that a contract gives itself is no proof.
        """
        if not contract.strip("0"):
            return self.native
        return self.currencies.get(contract) or f"{self.name}/erc20:0x{contract}"


def chain(number: int, markets: frozenset[str] = frozenset()) -> Chain:
    """Return a chain by its number, such as 1 for Ethereum.

    Args:
        number: the chain's number as in CAIP-2.
        markets: further contracts of the Seaport kind to believe, with `0x` or without.
    """
    added = {contract.lower().removeprefix("0x") for contract in markets}
    return Chain(
        number,
        _NATIVE.get(number, f"eip155:{number}/native"),
        _CURRENCIES.get(number, {}),
        SEAPORTS | added,
        frozenset({PUNKS}) if number == 1 else frozenset(),
        frozenset({LOOKSRARE}) if number == 1 else frozenset(),
    )
