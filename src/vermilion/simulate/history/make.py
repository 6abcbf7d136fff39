"""A whole history, in numbered steps."""

from __future__ import annotations

from vermilion.simulate.history.config import HistoryConfig
from vermilion.simulate.history.finish import finish
from vermilion.simulate.history.ordinary import open_collections, trade
from vermilion.simulate.history.payments import payments
from vermilion.simulate.history.plants import plant_all
from vermilion.simulate.history.rows import SALE
from vermilion.simulate.history.scene import Scene
from vermilion.simulate.history.tables import Tables
from vermilion.simulate.history.texts import Texts


def make(config: HistoryConfig) -> Tables:
    """Make a history.

    Raises:
        UsageError: there are too few parties for all that is to be planted.
    """
    scene = Scene(config)
    # 1. Collections and their tokens.
    open_collections(scene)
    ordinary = scene.items.columns()
    # 2. What is planted, in tokens of its own in the same collections or in collections of its own.
    plant_all(scene)
    # 3. Ordinary sales make up the number.
    sold = int((scene.collections["sold"][scene.items["collection"]] == 1).sum())
    sales = int((scene.moves["kind"] == SALE).sum())
    trade(scene, ordinary, max(config.trades - sales - sold, 0))
    # 4. Owners, prices, faults, order.
    moves = finish(scene)
    # 5. Money, and the texts of all codes.
    return Tables(scene, Texts(scene), moves, payments(scene, moves))
