"""What a history starts from: time, collections, parties, service accounts, and what was planted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vermilion.errors import UsageError
from vermilion.simulate.history import words
from vermilion.simulate.history.config import HistoryConfig
from vermilion.simulate.history.rows import Columns, Table

Codes = NDArray[Any]

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
"""Milliseconds."""

CALM = 60 * DAY
"""After its launch a collection is traded for so long before anything is planted in it."""

TAIL = 35 * DAY
"""So long before the end nothing is planted any more."""

_SERVICES = (
    ("exchange", words.EXCHANGES),
    ("bridge", words.BRIDGES),
    ("mixer", words.MIXERS),
    ("lending", words.LENDERS),
    ("custody", words.CUSTODIANS),
    ("escrow", words.ESCROWS),
    ("platform", 1),
)


@dataclass
class Parties:
    """Codes of parties: wallets, accounts of the platform, services, issuers, in this order."""

    wallets: int
    accounts: int
    issuers: int
    spare: dict[int, Codes] = field(default_factory=dict)

    @property
    def services(self) -> dict[str, range]:
        """Return the codes of service accounts by role."""
        found, at = {}, self.wallets + self.accounts
        for role, number in _SERVICES:
            found[role], at = range(at, at + number), at + number
        return found

    @property
    def first_issuer(self) -> int:
        """Return the code of the first issuer."""
        return self.wallets + self.accounts + sum(number for _, number in _SERVICES)

    @property
    def total(self) -> int:
        """Return how many parties there are."""
        return self.first_issuer + self.issuers

    def base(self, style: Codes) -> tuple[Codes, Codes]:
        """Return the first code and the number of traders, by style."""
        first = np.array([0, self.wallets])
        number = np.array([self.wallets, self.accounts])
        return first[style], number[style]


class Scene:
    """All that is known of a history while it is made; rows are added to `moves` and `items`."""

    def __init__(self, config: HistoryConfig) -> None:
        self.config = config
        self.rng = np.random.Generator(np.random.PCG64(config.seed))
        start = dt.datetime.combine(config.start, dt.time(), dt.UTC)
        self.start = int(start.timestamp()) * 1_000
        self.end = self.start + config.days * DAY
        self.collections = Table(
            "style", "launch", "size", "sold", "many", "cap", "issuer", "alone"
        )
        self.items = Table("collection", "token", "quantity", "owner", "plant", "role")
        self.moves = Table(
            "item",
            "ms",
            "kind",
            "sender",
            "recipient",
            "quantity",
            "factor",
            "plant",
            "role",
            "batch",
        )
        self.plants = Table(
            "pattern", "loop", "delay_ms", "free_legs", "relays", "members", "escrow"
        )
        self.news = Table("collection", "ms", "plant")
        self.tokens = 0
        self.parties = _parties(config)
        self.funder: dict[int, int] = {}
        self.funding_plant: dict[int, int] = {}

    def styles(self) -> tuple[int, ...]:
        """Return the styles that occur: 0 wallets on a chain, 1 accounts of a platform."""
        return {"both": (0, 1), "chain": (0,), "platform": (1,)}[self.config.style]

    def take(self, style: int, number: int) -> Codes:
        """Return traders that were not taken before."""
        if style not in self.parties.spare:
            first, count = (int(one[0]) for one in self.parties.base(np.array([style])))
            self.parties.spare[style] = first + self.rng.permutation(count)
        spare = self.parties.spare[style]
        if number > spare.size:
            raise UsageError(
                "too_much_planted",
                "there are too few parties for all that is to be planted",
                help="plant less, or ask for more trades",
                where="planted",
            )
        self.parties.spare[style] = spare[number:]
        return spare[:number]

    def service(self, role: str, number: int) -> Codes:
        """Return service accounts of a role, drawn with repetition."""
        codes = self.parties.services[role]
        return self.rng.integers(codes.start, codes.stop, number)

    def plant(self, pattern: str, number: int, **figures: object) -> Codes:
        """Enter plants of a pattern and return their ids."""
        first = len(self.plants)
        self.plants.add(number, pattern=words.NAMES.index(pattern), **figures)
        return np.arange(first, first + number)

    def item(
        self, collection: Codes, *, lots: int = 1, quantity: object = 1, **more: object
    ) -> Codes:
        """Make units that are traded as one: tokens of their own, or so many lots of each token."""
        first, number = len(self.items), len(collection)
        token = self.tokens + np.arange(number) // lots
        self.tokens += -(-number // lots)
        self.items.add(number, collection=collection, token=token, quantity=quantity, **more)
        return np.arange(first, first + number)

    def collection(self, style: int, launch: int, **more: object) -> int:
        """Make a collection that is traded as a plant says, and not otherwise."""
        issuer = self.parties.first_issuer + int(self.rng.integers(self.parties.issuers))
        self.collections.add(1, style=style, launch=launch, alone=1, issuer=issuer, **more)
        return len(self.collections) - 1

    def places(self, style: int, number: int, needed: Codes) -> tuple[Codes, Codes]:
        """Return a collection and a moment for each plant, with time for it before the end.

        Args:
            style: of the collections.
            number: how many.
            needed: milliseconds that each plant takes.
        """
        launch = self.collections["launch"]
        fitting = (
            (self.collections["style"] == style)
            & (self.collections["alone"] == 0)
            & (self.collections["many"] == 0)
        )
        early = np.flatnonzero(fitting & (launch <= self.start + (self.end - self.start) // 10))
        found = self.rng.choice(early, number)
        least = launch[found] + CALM
        room = np.maximum(self.end - TAIL - needed - least, 1)
        return found, least + (self.rng.random(number) * room).astype(np.int64)

    def longest(self) -> int:
        """Return how many milliseconds a plant may take."""
        return (self.end - self.start) * 9 // 10 - CALM - TAIL

    def columns(self) -> Columns:
        """Return the rows that were added."""
        return self.moves.columns()


def _parties(config: HistoryConfig) -> Parties:
    special = config.trades * (config.planted + config.innocents) // 600 + 6_000
    traders = config.trades // 8 + 500
    share = {"chain": 0, "platform": 1_000}.get(config.style, config.platform_share)
    return Parties(
        wallets=0 if share == 1_000 else traders * (1_000 - share) // 1_000 + special,
        accounts=0 if share == 0 else traders * share // 1_000 + special,
        issuers=max(8, config.trades // 20_000),
    )
