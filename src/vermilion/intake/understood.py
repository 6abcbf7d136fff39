"""What a foreign table says of itself, and what only a person can add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vermilion.intake.headings import OUTCOMES, Outcome, Part, money_unit, normalised
from vermilion.intake.sample import Recognised, Sample, recognise, states_offset

Side = Literal["buyer", "seller"]
Topic = Literal["zone", "currency", "minor", "outcomes", "verified_of"]


@dataclass(frozen=True)
class Answers:
    """What a person says of a table that the table does not say itself.

    Args:
        zone: the IANA time zone of times without offset.
        zone_said: whether a person named it; else it is the rulebook's.
        currency: of amounts whose column names none.
        minor: whether whole amounts are in minor units.
        outcomes: what a status means that is no plain word.
        verified_of: whose identity check a column is that names nobody.
    """

    zone: str = "Asia/Shanghai"
    zone_said: bool = False
    currency: str | None = None
    minor: bool | None = None
    outcomes: Mapping[str, Outcome] | None = None
    verified_of: Side | None = None


@dataclass(frozen=True)
class Question:
    """What a table leaves open: of which column, and for a status which texts."""

    topic: Topic
    column: str
    texts: tuple[str, ...] = ()


class Understood:
    """A table as far as it explains itself: what its columns are, and what they leave open."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.found: Recognised = recognise(sample)

    @property
    def columns(self) -> dict[Part, str]:
        """The column taken for each part of a sale."""
        return {part: column for part, (column, _) in self.found.parts.items()}

    def questions(self) -> list[Question]:
        """Return what only a person knows, the most important first."""
        columns = self.columns
        asked = []
        times = [columns[part] for part in ("created", "paid", "refunded") if part in columns]
        naive = [one for one in times if not self.sample.fits(one, states_offset)]
        if naive:
            asked.append(Question("zone", naive[0]))
        if (price := columns.get("price")) is not None:
            if self.minor(None) is None:
                asked.append(Question("minor", price))
            if "currency" not in columns and money_unit(price)[0] is None:
                asked.append(Question("currency", price))
        known, unknown = self.outcomes({})
        if texts := [*unknown, *self.waiting(known, {})]:
            asked.append(Question("outcomes", columns["status"], tuple(texts)))
        if "verified" in columns:
            asked.append(Question("verified_of", columns["verified"]))
        return asked

    def minor(self, answer: bool | None) -> bool | None:
        """Tell whether amounts are in minor units, or None where nobody and nothing says so."""
        price = self.columns["price"]
        if answer is not None:
            return answer
        said = money_unit(price)[1]
        point = any("." in text for text in self.sample.known(price))
        if said is not None and not (said and point):
            return said
        return False if point and not said else None

    def waiting(self, known: Mapping[str, str], answers: Mapping[str, Outcome]) -> list[str]:
        """Return the statuses of orders that have not settled, where others have.

        As proposals they would make every sale of the source need a permit, so somebody says so.
        """
        if set(known.values()) == {"proposed"}:
            return []
        return [text for text, one in known.items() if one == "proposed" and text not in answers]

    def outcomes(self, answers: Mapping[str, Outcome]) -> tuple[dict[str, str], list[str]]:
        """Return what each text of the status column means, and those of which nobody knows."""
        if "status" not in self.found.parts:
            return {}, []
        known: dict[str, str] = dict(answers)
        unknown = []
        for text in self.sample.counts(self.columns["status"]):
            meaning = known.get(text) or OUTCOMES.get(normalised(text))
            if meaning is None:
                unknown.append(text)
            else:
                known[text] = meaning
        return known, unknown
