"""How grave a case is: worked out from what is known of it, and judged by nobody."""

from __future__ import annotations

from typing import Literal

from vermilion.rulebook import Binds

Severity = Literal["low", "medium", "high", "critical"]

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
"""From the least on."""

FORCE: dict[Binds, int] = {"law": 3, "membership": 2, "policy": 1, "guidance": 0}
"""Points for the force that the rule has for the operator. Policy."""

CONFIDENTIAL = 2
"""Points for a rule on lists or suspicion. Policy."""

MANY = (10, 100, 1_000)
"""A point for each of these numbers of events that wait. Policy."""

OLD_DAYS = (3, 10)
"""A point for each of these ages in days. Policy."""

LEAST = (3, 5, 7)
"""Points from which a case is `medium`, `high`, `critical`. Policy."""

_DAY = 86_400


def severity(binds: str, *, confidential: bool, waiting: int, age: int) -> Severity:
    """Return how grave a case is; more of anything never makes it less.

    Args:
        binds: the rule's force for the operator; one that is not known counts as law.
        confidential: whether the rule is on lists or suspicion.
        waiting: how many events wait.
        age: seconds since it opened.
    """
    points = next((FORCE[force] for force in FORCE if force == binds), FORCE["law"])
    points += CONFIDENTIAL if confidential else 0
    points += sum(waiting >= many for many in MANY)
    points += sum(age >= days * _DAY for days in OLD_DAYS)
    return SEVERITIES[sum(points >= least for least in LEAST)]


def birthdays(opened: int) -> list[int]:
    """Return the moments, in epoch seconds, at which age makes a case graver."""
    return [opened + days * _DAY for days in OLD_DAYS]
