"""Sentences of findings: a detector's template, filled in for many findings together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from string import Formatter
from typing import Any

from vermilion.market.findings import Subject, day_of, short, volume_text

SEPARATED_FROM = 10_000
"""The least number that is written with separators in a sentence."""

Numbers = Sequence[int | None]


class Words:
    """What sentences may name: words, and numbers with separators from 10,000 on.

    `X_money` is the number `X` as an amount in the finding's currency; `X_whole` is `X` where it was
    rounded down, `<1` for 0. What no sentence names is never written.

    Args:
        told: columns of findings: their subjects, `first_ms` and `last_ms`.
        numbers: of each finding; None where a parameter of that name stands for it.
        parameters: the detector's.
        volumes: of each finding, by currency.
    """

    def __init__(
        self,
        told: Mapping[str, Sequence[Any]],
        numbers: Mapping[str, Numbers],
        parameters: Mapping[str, int],
        volumes: Sequence[Mapping[str, int]],
    ) -> None:
        self._words: dict[str, Iterable[str]] = {
            **{name: map(short, told[name]) for name in Subject.__struct_fields__},
            "volume": map(volume_text, volumes),
            "first": map(day_of, told["first_ms"]),
            "last": map(day_of, told["last_ms"]),
            "period": map(_period, told["first_ms"], told["last_ms"]),
        }
        self._given = numbers
        self._parameters = parameters
        self._volumes = volumes
        self._written: dict[str, list[str]] = {}

    def __getitem__(self, name: str) -> list[str]:
        """Return a word for each finding.

        Raises:
            KeyError: nothing is called so.
        """
        if name not in self._written:
            self._written[name] = list(self._write(name))
        return self._written[name]

    def __len__(self) -> int:
        """Return how many findings there are."""
        return len(self._volumes)

    def _write(self, name: str) -> Iterable[str]:
        if name in self._words:
            return self._words[name]
        if name in self._given or name in self._parameters:
            return map(_separated, self._numbers(name))
        number, _, how = name.rpartition("_")
        if how == "money":
            currencies = (next(iter(one), "") for one in self._volumes)
            money = zip(currencies, self._numbers(number), strict=True)
            return (volume_text(dict([each])) for each in money)
        if how == "whole":
            return (_separated(one) if one else "<1" for one in self._numbers(number))
        raise KeyError(name)

    def _numbers(self, name: str) -> Sequence[int]:
        given = self._given.get(name, [None] * len(self))
        return [self._parameters[name] if one is None else one for one in given]


def sentences(template: str, words: Words) -> list[str]:
    """Return a sentence for each finding, in one language."""
    pieces: list[Iterable[str]] = []
    for text, name, *_ in Formatter().parse(template):
        pieces.append(repeat(text, len(words)))
        if name is not None:
            pieces.append(words[name])
    return list(map("".join, zip(*pieces, strict=True)))


def _separated(number: int) -> str:
    return f"{number:,}" if abs(number) >= SEPARATED_FROM else str(number)


def _period(first_ms: int, last_ms: int) -> str:
    first, last = day_of(first_ms), day_of(last_ms)
    return first if first == last else f"{first} – {last}"
