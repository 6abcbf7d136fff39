"""TakerBid and TakerAsk of LooksRare v1 as sales: an order of one token that somebody took.

The layout is that of `LooksRareExchange.sol` in github.com/LooksRare/contracts-exchange-v1: taker,
maker and strategy are topics; the price is what the buyer pays, fees included, in the order's currency.
"""

from __future__ import annotations

import numpy as np

from vermilion.intake.evm import faults
from vermilion.intake.evm.rows import Claims, Faults, Logs, only
from vermilion.intake.evm.transfers import kept, units
from vermilion.intake.evm.words import WORD, Ints, addresses, amounts, same, zero

WORDS = 7
"""Words of the data: order, nonce, currency, collection, token, amount, price."""

PLATFORM = 2
"""Its place among the platforms."""


def taken(logs: Logs, at: Ints, out: Faults, *, bid: bool) -> Claims:
    """Decode orders that were taken: of a `bid` the taker buys, of an ask the taker sells.

    The event does not say whether a token is one of many: several units are, and one is taken as unique
    where its transfer is not in the input.
    """
    data = logs.data.at(at)
    taker, clean = addresses(logs.topics[1].at(at).fixed(WORD))
    maker, also = addresses(logs.topics[2].at(at).fixed(WORD))
    currency, known = addresses(data.word(2 * WORD))
    collection, named = addresses(data.word(3 * WORD))
    quantity, counted = amounts(data.word(5 * WORD))
    price, fits = amounts(data.word(6 * WORD))
    good = kept(logs, at, clean & also & known & named, faults.NO_ADDRESS, out)
    good &= kept(logs, at, (counted & fits) | ~good, faults.TOO_LARGE.of("data.price"), out)
    good &= ~zero(quantity)
    claims = Claims(
        at,
        np.zeros(len(at), np.int64),
        collection,
        data.word(4 * WORD),
        maker if bid else taker,
        taker if bid else maker,
        quantity,
        ~same(quantity, units(len(at))),
        price,
        np.ones(len(at), np.bool_),
        currency,
        np.full(len(at), PLATFORM),
    )
    return only(claims, good)
