"""Who asks."""

from __future__ import annotations

from typing import NamedTuple

from vermilion.web.access.rights import Right, Role, allowed


class Caller(NamedTuple):
    """Whoever a key or a session belongs to.

    `person` is the id under which the profile names an officer. `sources` are those whose events
    the caller may hand in and read; none means all. `by_session` tells a browser from a key.
    """

    name: str
    role: Role
    person: str | None
    sources: tuple[str, ...]
    by_session: bool

    def may(self, right: Right) -> bool:
        """Tell whether the caller's role has a right."""
        return allowed(self.role, right)

    def speaks_for(self, source: str) -> bool:
        """Tell whether the events of a source are the caller's to hand in and to read."""
        return not self.sources or source in self.sources
