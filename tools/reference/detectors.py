"""The detectors page, and the columns of the canonical tables, from their declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reference.markdown import document, table
from vermilion.facts.history import ORDER, TABLES
from vermilion.market.declaration import Declaration, Detector, detectors

_STAGES = {
    "wash": "Wash trades",
    "price": "Prices",
    "venue": "Venue and primary sale",
}


def page() -> str:
    """Return the page over all detectors."""
    every = list(detectors().values())
    return document(
        "# Detectors",
        "What `vermilion watch` looks for.\n"
        "A detector sees signs and decides nothing: each of its findings is an event that rulebooks judge.\n"
        "Every number is the operator's own policy unless its row names a norm; `--set` changes it, and "
        "`--preview` tells first what that would change.",
        *(
            part
            for stage, title in _STAGES.items()
            for part in _stage(title, [one for one in every if _of(one, stage)])
        ),
        "## Public rule sets",
        "Definitions that others published, to hold ours against; they run only where `--detectors` "
        "names them.",
        *(part for one in every if one.published for part in _detector(one)),
        "# Canonical tables",
        "What a history consists of, as Parquet or Arrow with exactly these columns.\n"
        f"The order of rows is that of ({', '.join(f'`{name}`' for name in ORDER)}).",
        *(part for name in TABLES for part in _table(name)),
    )


def _of(detector: Detector, stage: str) -> bool:
    return detector.declaration.stage == stage and not detector.published


def _stage(title: str, found: Iterable[Detector]) -> Iterator[str]:
    yield f"## {title}"
    for one in found:
        yield from _detector(one)


def _detector(detector: Detector) -> Iterator[str]:
    said = detector.declaration
    yield f"### {said.name}"
    yield f"{said.title.en} ({said.title.zh}), version {said.version}, pattern `{said.pattern}`."
    yield " ".join(said.definition.en.split())
    yield f"Source: {said.source}."
    yield _facts(said, kernel=detector.kernel is not None)
    yield "Known false positives:\n\n" + "\n".join(f"- {text}" for text in said.false_positives.en)
    if said.parameters:
        rows = (
            (f"`{name}`", str(one.value), one.meaning.en, one.basis)
            for name, one in said.parameters.items()
        )
        yield table(("number", "value", "meaning", "basis"), rows)


def _facts(said: Declaration, *, kernel: bool) -> str:
    """Return what a detector depends on and what becomes of what it flags."""
    runs = " and then ".join({"party": "parties", "entity": "entities"}[one] for one in said.levels)
    told = [
        (
            f"It is {'a kernel' if kernel else 'SQL'} over {', '.join(f'`{one}`' for one in said.inputs)}, "
            f"a {said.partition} at a time, on {runs}."
        )
    ]
    if said.flags:
        told.append("Its trades leave before prices are judged.")
    if said.indirect:
        told.append(
            "It is an indirect sign: it says something of numbers, and nothing of one trade."
        )
    return "\n".join(told)


def _table(name: str) -> Iterator[str]:
    yield f"## {name}"
    rows = (
        (f"`{column}`", one.type, "may be null" if one.nullable else "", one.meaning)
        for column, one in TABLES[name].items()
    )
    yield table(("column", "type", "", "meaning"), rows)
