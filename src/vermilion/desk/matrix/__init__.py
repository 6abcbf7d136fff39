"""Where may this be sold? One collection under the rulebook of each jurisdiction, side by side."""

from vermilion.desk.matrix.goods import Goods, goods_of_events, goods_of_plan
from vermilion.desk.matrix.judged import Finding, Place
from vermilion.desk.matrix.matrix import JURISDICTIONS, Asked, Matrix, Stated, matrix
from vermilion.desk.matrix.readings import OnReading

__all__ = [
    "JURISDICTIONS",
    "Asked",
    "Finding",
    "Goods",
    "Matrix",
    "OnReading",
    "Place",
    "Stated",
    "goods_of_events",
    "goods_of_plan",
    "matrix",
]
