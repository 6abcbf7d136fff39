"""Hold activations against the profiles that were in force, from the record's statements alone.

Written apart from `activation`, so that an entry which that module would refuse is found.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vermilion.desk.activation import ACTIVATION, REQUEST, Activation, Approval
from vermilion.rulebook import Profile


class ActivationAudit:
    """Goes through activations and approvals in order; each step yields what is wrong.

    Args:
        origin: the record's name, to which signatures are bound.
        profile_of: returns the profile of a kept rulebook by digest; None where it is lost.
    """

    def __init__(self, origin: str, profile_of: Callable[[str], Profile | None]) -> None:
        self._origin = origin
        self._profile_of = profile_of
        self.in_force: dict[str, str] = {}
        """The digest in force under each rulebook's id after the entries so far."""
        self._entries: dict[str, int] = {}
        self._waiting: dict[str, Activation] = {}
        self.digests: set[str] = set()
        """Every digest that was ever put in force or approved."""

    def entry(self, kind: str, said: Activation, index: int) -> Iterator[str]:
        """Take over an entry of one of the two kinds."""
        self.digests.add(said.digest)
        id = said.rulebook
        if (said.previous, said.after) != (self.in_force.get(id), self._entries.get(id)):
            yield f"it does not follow what was in force of rulebook `{id}`"
        profile = self._in_charge(said)
        if profile is not None:
            yield from self._not_approved(kind, said, profile)
        if kind == REQUEST:
            self._waiting[id] = said
        else:
            self.in_force[id], self._entries[id] = said.digest, index
            self._waiting.pop(id, None)

    def _in_charge(self, said: Activation) -> Profile | None:
        """Return the profile that said who must approve; None where it is lost."""
        standing = self.in_force.get(said.rulebook)
        if standing is not None:
            return self._profile_of(standing)
        for _, digest in sorted(self.in_force.items(), key=lambda one: one[0].encode()):
            profile = self._profile_of(digest)
            if profile is not None and "activation" in profile.two_people:
                return profile
        return self._profile_of(said.digest)

    def _not_approved(self, kind: str, said: Activation, profile: Profile) -> Iterator[str]:
        people = [one.officer for one in said.signatures]
        if said.by != (people[-1] if people else None):
            yield "who completed it is not who approved last"
        if kind == ACTIVATION and "activation" in profile.two_people:
            if len(people) < 2:
                yield f"it takes two people to activate this, and {len(people)} approved"
            elif not self._waited(said):
                yield "the first approval is not the one that waited for a second"
        text = self._signed_text(said)
        for approval in said.signatures:
            yield from _not_entitled(approval, profile, text)
        keys = [one.key for one in said.signatures if one.key is not None]
        if len(set(people)) < len(people) or len(set(keys)) < len(keys):
            yield f"`{people[-1]}` approved twice, under one id or one key"

    def _waited(self, said: Activation) -> bool:
        first = self._waiting.get(said.rulebook)
        return first is not None and (first.digest, first.after, first.signatures) == (
            said.digest,
            said.after,
            said.signatures[:-1],
        )

    def _signed_text(self, said: Activation) -> bytes:
        previous, after = ("-", "-") if said.previous is None else (said.previous, said.after)
        lines = (self._origin, said.rulebook, said.digest, previous, after)
        return ("vermilion activation 1\n" + "".join(f"{line}\n" for line in lines)).encode()


def _not_entitled(approval: Approval, profile: Profile, text: bytes) -> Iterator[str]:
    """Yield why an approval does not count under a profile."""
    id = approval.officer
    officer = next((one for one in profile.officers if one.id == id), None)
    if profile.officers and officer is None:
        yield f"`{id}` is no officer of the profile in force"
    if officer is not None and officer.may is not None and "activation" not in officer.may:
        yield f"`{id}` may not activate under the profile in force"
    listed = None if officer is None else officer.key
    if listed is None:
        if approval.key is not None or approval.signature is not None:
            yield f"the profile in force lists no key of `{id}`"
    elif not _signed(approval, base64.b64decode(listed), text):
        yield f"this is not signed with the key that the profile in force lists of `{id}`"


def _signed(approval: Approval, key: bytes, text: bytes) -> bool:
    if approval.key != base64.b64encode(key).decode():
        return False
    try:
        signature = base64.b64decode(approval.signature or "")
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
