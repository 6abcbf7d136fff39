"""A named person's word that a citation's quote stands in the text: what is said, and its check.

What is verified is the words of a clause; so it holds for every rule that quotes them alike, and no
longer once the quote or the clause is changed. Decisions do not depend on it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Annotated, Literal

import msgspec

from vermilion.errors import UsageError
from vermilion.rulebook.lint import flat
from vermilion.rulebook.model import Citation, Ident, Rule, Text

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Verification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That somebody checked a quote against a text, or takes it back; `at` is in UTC.

    `text_sha256` is the digest of the text that was checked, which itself is not kept.
    """

    action: Literal["verify", "revoke"]
    rule: Ident
    instrument: Ident
    pinpoint: Text
    quote_sha256: Sha256
    by: Text
    at: dt.datetime
    text_sha256: Sha256 | None = None

    @property
    def clause(self) -> bytes:
        """What tells this clause with these words from all others."""
        return clause_key(self.instrument, self.pinpoint, self.quote_sha256)


def clause_key(instrument: str, pinpoint: str, quote_sha256: str) -> bytes:
    """Return what tells a clause with its words from all others: 32 bytes."""
    return hashlib.sha256("\n".join((instrument, pinpoint, quote_sha256)).encode()).digest()


def citation_of(rule: Rule, number: int | None) -> Citation:
    """Return a rule's citation by its number from 1 on; the only one where none is given.

    Raises:
        UsageError: `citation_unknown`; `quote_lacking`: there are no words to be checked.
    """
    listed = "; ".join(
        f"{n} {one.instrument} {one.pinpoint}" for n, one in enumerate(rule.citations, start=1)
    )
    if number is None and len(rule.citations) == 1:
        number = 1
    if number is None or not 1 <= number <= len(rule.citations):
        said = "name the citation" if number is None else f"there is no citation {number}"
        raise UsageError("citation_unknown", f"{said} of {rule.id}", help=f"there are: {listed}")
    citation = rule.citations[number - 1]
    if citation.quote is None:
        raise UsageError(
            "quote_lacking",
            f"{citation.instrument} {citation.pinpoint} is not quoted, so there is nothing to check",
            help="quote its words in the rule first",
        )
    return citation


def verify(rule: Rule, citation: Citation, text: str, by: str, at: dt.datetime) -> Verification:
    """Return the word of somebody who checked a citation's quote against a text.

    Blanks, line breaks and asterisks do not count in either.

    Raises:
        UsageError: `quote_not_found`: the text does not have these words.
    """
    if citation.quote is None or flat(citation.quote) not in flat(text):
        raise UsageError(
            "quote_not_found",
            f"the text does not have the quote of {citation.instrument} {citation.pinpoint}",
            help="check the quote, and that the text is of the version that is cited",
        )
    digest = hashlib.sha256(text.encode()).hexdigest()
    word = revoke(rule, citation, by, at)
    return msgspec.structs.replace(word, action="verify", text_sha256=digest)


def revoke(rule: Rule, citation: Citation, by: str, at: dt.datetime) -> Verification:
    """Return the word of somebody who takes a verification back."""
    return Verification(
        action="revoke",
        rule=rule.id,
        instrument=citation.instrument,
        pinpoint=citation.pinpoint,
        quote_sha256=citation.quote_sha256 or "",
        by=by,
        at=at.astimezone(dt.UTC).replace(microsecond=0),
    )
