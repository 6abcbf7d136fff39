"""Who may do what: one table of roles and rights, and nothing else decides it."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["platform", "officer", "reviewer", "auditor", "admin", "sandbox"]
"""What somebody is here for.

- `platform`: a program that submits events and fetches what was decided about them.
- `officer`: answers what is held; an officer is a person whom the profile can name.
- `reviewer`: works on cases and prepares answers, and gives none.
- `auditor`: sees everything and changes nothing.
- `admin`: gives and takes keys and roles, puts watch lists in force, erases people, and sees neither decisions nor personal data.
- `sandbox`: a program under test that gets fixed answers, and none from the book.
"""

Right = Literal[
    "submit",
    "read_own",
    "read",
    "read_personal",
    "resolve",
    "work_cases",
    "read_rules",
    "read_lists",
    "administer",
    "metrics",
    "public",
]
"""What a request needs.

- `submit`: hand events in; of a sandbox nothing is judged or kept.
- `read_own`: read what was decided; a platform only of its own sources.
- `read`: read across all sources.
- `read_personal`: read what is known of a person; each read is recorded.
- `resolve`: release, refuse or override what is held.
- `work_cases`: assign, note, attach and link.
- `read_rules`: read rulebooks and their clauses.
- `read_lists`: read which watch lists are in force.
- `administer`: manage keys, people, watch lists and messages of webhooks that were parked; erase a person.
- `metrics`: read numbers about the service.
- `public`: needs no sign-in.
"""

ROLES: tuple[Role, ...] = get_args(Role)
PERSON_ROLES: tuple[Role, ...] = ("officer", "reviewer", "auditor", "admin")
"""Roles that people sign in with; the others are for programs."""

_READERS: frozenset[Role] = frozenset({"officer", "reviewer", "auditor"})

RIGHTS: dict[Right, frozenset[Role]] = {
    "submit": frozenset({"platform", "sandbox"}),
    "read_own": _READERS | {"platform"},
    "read": _READERS,
    "read_personal": _READERS,
    "resolve": frozenset({"officer"}),
    "work_cases": frozenset({"officer", "reviewer"}),
    "read_rules": frozenset(ROLES),
    "read_lists": _READERS | {"admin"},
    "administer": frozenset({"admin"}),
    "metrics": frozenset({"auditor", "admin"}),
    "public": frozenset(ROLES),
}
"""The roles that have each right; `public` needs no role at all."""


def allowed(role: Role | None, right: Right) -> bool:
    """Tell whether a role has a right; None is somebody who is not signed in."""
    return right == "public" or (role is not None and role in RIGHTS[right])
