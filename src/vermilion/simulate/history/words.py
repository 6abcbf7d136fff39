"""Names of what is planted, and of the made-up market's places."""

from __future__ import annotations

PATTERNS = (
    "self_trade",
    "round_trip",
    "ring",
    "repeated_buying",
    "pair_symmetry",
    "trade_transfer_trade",
    "common_funder",
    "chain_funder",
    "seller_funds_buyer",
    "entity_loop",
    "volume_matched",
    "instant_refund",
    "flash_loan",
    "surge",
    "floor_run_up",
    "dormant_awakening",
    "primary_concentration",
    "limit_evasion",
    "t_plus_5",
    "divided_token",
)
"""Every pattern that can be planted."""

INNOCENTS = (
    "buy_back",
    "hot_token",
    "lender",
    "custody",
    "bridge",
    "official_funder",
    "gift_friends",
    "news_surge",
    "big_collector",
    "family",
)
"""Every innocent look-alike."""

NAMES = (*PATTERNS, *INNOCENTS)

ROLES = (
    "",
    "open",
    "leg",
    "close",
    "free",
    "relay",
    "escrow",
    "entry",
    "surge",
    "primary",
    "collect",
    "buy",
    "sell",
    "gift",
    "deposit",
    "return",
)
"""What a row is in its plant."""

ROLE = {name: code for code, name in enumerate(ROLES)}

CHAIN, SLUG = "eip155:1", "lanting"
"""Sources: a public chain by its CAIP-2 name, and a platform."""

MARKETPLACES = ("harbour.example", "lantern.example", "bluebird.example", SLUG)
"""Where sales happen; the last is the platform itself."""

CURRENCIES = ("ETH", "CNY")

EXCHANGES, BRIDGES, MIXERS, LENDERS, CUSTODIANS, ESCROWS = 12, 2, 1, 2, 2, 2
"""How many service accounts there are on the chain."""
