"""What a detector says of itself, and its SQL: `NAME.yaml` and `NAME.sql`, or a kernel `NAME.py`.

A detector sees patterns and decides nothing: each of its findings is an event that the rulebook
judges. Its numbers are policy unless a parameter names its law.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module, resources
from importlib.resources.abc import Traversable
from typing import Any, Literal, Protocol, cast

import msgspec
import yaml

from vermilion.errors import UsageError
from vermilion.facts.events import FindingPattern
from vermilion.market.findings import Text
from vermilion.sql import Columns

Stage = Literal["wash", "price", "venue"]
Level = Literal["party", "entity"]
FOLDERS = ("detectors", "published")
"""Our own detectors, and those of public rule sets, which run only where they are named."""

MIN_SCORE = "min_score"
"""The parameter below whose value a finding is left out."""

_STEP = re.compile(r"^-- step: (?P<name>[a-z][a-z0-9_]*)$", re.MULTILINE)
_HOLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lists of words in both languages."""

    zh: list[str]
    en: list[str]


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number of a detector, what it means, and the law it comes from or `policy`.

    No other value may be below `least` or above `most`.
    """

    value: int
    meaning: Text
    basis: str = "policy"
    least: int = 0
    most: int = 1_000_000_000


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a detector says of itself.

    `partition` is what a finding depends on: the moves of one token, collection or party, beside
    what is known of entities, accounts and flagged trades. `flags` says that its sales leave before
    prices are judged; `indirect` that it is a sign about numbers, not about trades.
    """

    name: str
    version: int
    pattern: FindingPattern
    stage: Stage
    partition: Literal["token", "collection", "party"]
    levels: tuple[Level, ...] = ("party",)
    flags: bool = False
    indirect: bool = False
    inputs: list[str]
    title: Text
    definition: Text
    source: str
    false_positives: Texts
    parameters: dict[str, Parameter] = {}
    sentence: Text


class KernelModule(Protocol):
    """A module under `kernels/`: NumPy over whole partitions, where SQL is the wrong tool."""

    COLUMNS: tuple[str, ...]
    """Of `moves`; integers, -1 where null: flags of 8 bits, codes of 32, other numbers of 64."""
    ORDER: tuple[str, ...]
    """The first columns, by which rows come in order; the first of them is the partition."""
    ROLES: tuple[str, ...]
    """What the integers of `role` mean."""

    def run(self, columns: Columns, parameters: dict[str, int]) -> Columns:
        """Return the columns of `evidence`."""


class Detector(msgspec.Struct, frozen=True):
    """A detector ready to run: its declaration, its steps of SQL, and its kernel if it has one.

    `parameters` are the values that it runs with.
    """

    declaration: Declaration
    steps: tuple[tuple[str, str], ...]
    parameters: dict[str, int]
    kernel: str | None = None
    published: bool = False

    @property
    def name(self) -> str:
        """Return its name."""
        return self.declaration.name

    def sql(self) -> list[tuple[str, str]]:
        """Return its steps with the parameters filled in."""
        return [
            (step, _HOLE.sub(lambda hole: str(self.parameters[hole[1]]), text))
            for step, text in self.steps
        ]

    def module(self) -> KernelModule:
        """Return its kernel."""
        return cast("KernelModule", import_module(f"vermilion.market.kernels.{self.kernel}"))

    def with_parameters(self, values: dict[str, int]) -> Detector:
        """Return it with other values for some parameters.

        Raises:
            UsageError: `parameter_unknown`, `parameter_range`.
        """
        for name, value in values.items():
            if name not in self.parameters:
                raise UsageError(
                    "parameter_unknown",
                    f"`{self.name}` has no parameter `{name}`",
                    help="it has: " + ", ".join(self.parameters),
                )
            said = self.declaration.parameters[name]
            if not said.least <= value <= said.most:
                raise UsageError(
                    "parameter_range",
                    f"`{self.name}.{name}` cannot be {value}",
                    help=f"give a number from {said.least} to {said.most}",
                )
        return msgspec.structs.replace(self, parameters={**self.parameters, **values})


@cache
def detectors() -> dict[str, Detector]:
    """Return every detector by name, in the order in which they run: by stage, then by name."""
    found = [
        _read(folder, path, published=folder == "published")
        for folder in FOLDERS
        for path in _files(folder)
    ]
    order = ("wash", "price", "venue")
    found.sort(key=lambda one: (order.index(one.declaration.stage), one.name))
    return {one.name: one for one in found}


def chosen(names: list[str] | None) -> list[Detector]:
    """Return detectors by name, or all of our own, in the order in which they run.

    A public rule set's name stands for all of its rules: `dune` for `dune_self` and the others.

    Raises:
        UsageError: `detector_unknown`.
    """
    every = detectors()
    if names is None:
        return [one for one in every.values() if not one.published]
    wanted: set[str] = set()
    for name in names:
        found = [name] if name in every else _rule_set(name)
        if not found:
            raise UsageError(
                "detector_unknown",
                f"there is no detector `{name}`",
                help="there are: " + ", ".join(every),
            )
        wanted.update(found)
    return [one for one in every.values() if one.name in wanted]


def _rule_set(name: str) -> list[str]:
    return [
        one.name
        for one in detectors().values()
        if one.published and one.name.startswith(f"{name}_")
    ]


def _files(folder: str) -> list[Traversable]:
    place = resources.files("vermilion.market") / folder
    if not place.is_dir():
        return []
    return sorted((one for one in place.iterdir() if one.name.endswith(".yaml")), key=str)


def _read(folder: str, path: Traversable, *, published: bool) -> Detector:
    said = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Declaration)
    root = resources.files("vermilion.market")
    text = (root / folder / f"{said.name}.sql").read_text(encoding="utf-8")
    kernel = said.name if (root / "kernels" / f"{said.name}.py").is_file() else None
    parameters = {name: one.value for name, one in said.parameters.items()}
    return Detector(said, _steps(text), parameters, kernel, published)


def _steps(text: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    starts: list[Any] = list(_STEP.finditer(text))
    for place, start in enumerate(starts):
        end = starts[place + 1].start() if place + 1 < len(starts) else len(text)
        found.append((start["name"], text[start.end() : end].strip().removesuffix(";")))
    return tuple(found)
