"""What is planted: each pattern and each look-alike by its name, and how many sales one plant has."""

from __future__ import annotations

from collections.abc import Callable

from vermilion.simulate.history.plants import funded, innocent, markets, primary, volume, wash
from vermilion.simulate.history.scene import Scene

Plant = Callable[[Scene, int, int], None]
"""Plants so many of a pattern, in a style: 0 on the chain, 1 on the platform."""

PLANTS: dict[str, tuple[Plant, float, tuple[int, ...]]] = {
    "self_trade": (wash.self_trade, 2, (0, 1)),
    "round_trip": (wash.round_trip, 1.7, (0, 1)),
    "ring": (wash.ring, 3.9, (0, 1)),
    "repeated_buying": (wash.repeated_buying, 7.5, (0, 1)),
    "pair_symmetry": (wash.pair_symmetry, 15, (0, 1)),
    "trade_transfer_trade": (wash.trade_transfer_trade, 3, (0, 1)),
    "common_funder": (funded.common_funder, 5.5, (0, 1)),
    "chain_funder": (funded.chain_funder, 5.5, (0, 1)),
    "seller_funds_buyer": (funded.seller_funds_buyer, 5.5, (0, 1)),
    "entity_loop": (funded.entity_loop, 2, (0, 1)),
    "volume_matched": (volume.volume_matched, 14, (0,)),
    "instant_refund": (wash.instant_refund, 1, (0,)),
    "flash_loan": (wash.flash_loan, 2, (0,)),
    "surge": (markets.surge, 40, (0, 1)),
    "floor_run_up": (markets.floor_run_up, 60, (0, 1)),
    "dormant_awakening": (markets.dormant_awakening, 40, (0, 1)),
    "primary_concentration": (primary.primary_concentration, 70, (1, 0)),
    "limit_evasion": (primary.limit_evasion, 45, (1, 0)),
    "t_plus_5": (primary.t_plus_5, 1, (1, 0)),
    "divided_token": (volume.divided_token, 260, (0, 1)),
    "buy_back": (innocent.buy_back, 3, (0, 1)),
    "hot_token": (innocent.hot_token, 80, (0,)),
    "lender": (innocent.lender, 3, (0,)),
    "custody": (innocent.custody, 2, (0,)),
    "bridge": (innocent.bridge, 2, (0,)),
    "official_funder": (innocent.official_funder, 60, (0,)),
    "gift_friends": (innocent.gift_friends, 1, (0, 1)),
    "news_surge": (markets.news_surge, 40, (0, 1)),
    "big_collector": (primary.big_collector, 45, (1, 0)),
    "family": (innocent.family, 6, (0, 1)),
}
"""By name: what plants it, its usual number of sales, and the styles it occurs in, likelier first."""

ONE_STYLE = ("primary_concentration", "limit_evasion", "t_plus_5", "big_collector")
"""These are planted in the likelier style only, where it occurs."""


def plant_all(scene: Scene) -> None:
    """Plant every wanted pattern and look-alike, in about equal numbers of sales."""
    config = scene.config
    for names, share in (
        (config.wanted if config.planted else (), config.planted),
        (config.look_alikes, config.innocents),
    ):
        for name in names:
            _plant(scene, name, config.trades * share / 1_000 / len(names))


def _plant(scene: Scene, name: str, sales: float) -> None:
    plant, each, possible = PLANTS[name]
    styles = [style for style in possible if style in scene.styles()]
    if not styles:
        return
    number = max(1, round(sales / each))
    second = 0
    if len(styles) == 2 and name not in ONE_STYLE:
        second = int(number * scene.config.platform_share / 1_000)
    plant(scene, styles[0], number - second)
    if second:
        plant(scene, styles[-1], second)
