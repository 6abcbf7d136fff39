"""What ids say by their form: a token's collection, whether it has many units, who is nobody.

Each is told twice, for Python and for SQL, and a test holds the two together.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"([^/:]+:[^/]+/[^/:]+:[^/]+)/[^/]+")
_ASSET = re.compile(r"[^/:]+:[^/]+/[^/:]+:[^/]+")
_MANY = re.compile(r"[^/:]+:[^/]+/(?:erc1155|fa2):")
_NOBODY = re.compile(r"eip155:[0-9]+:0x0{40}")


def collection_by_id(token: str) -> str:
    """Return the collection of a token whose collection nobody stated.

    Of a CAIP-19 id it is what stands before the last slash; an id of CAIP-19 without a token is its
    own collection. Of any other id it is what stands before the last colon or slash, so that all
    tokens of one kind on a platform are one collection; and the id itself where it has neither.
    """
    if (found := _TOKEN.fullmatch(token)) is not None:
        return found[1]
    if _ASSET.fullmatch(token):
        return token
    return token[: max(token.rfind(":"), token.rfind("/"), 0)] or token


def collection_sql(token: str) -> str:
    """Write `collection_by_id` in SQL."""
    before = f"regexp_replace({token}, '[:/][^:/]*$', '')"
    slash = f"regexp_replace({token}, '/[^/]*$', '')"
    return (
        f"CASE WHEN regexp_full_match({token}, '{_TOKEN.pattern}') THEN {slash} "
        f"WHEN regexp_full_match({token}, '{_ASSET.pattern}') OR {before} = '' THEN {token} "
        f"ELSE {before} END"
    )


def has_many(token: str) -> bool:
    """Tell whether a token's standard gives one id several units: ERC-1155, and FA2 of Tezos."""
    return _MANY.match(token) is not None


def many_sql(token: str) -> str:
    """Write `has_many` in SQL."""
    return f"regexp_matches({token}, '^{_MANY.pattern}')"


def is_nobody(party: str | None) -> bool:
    """Tell whether a party is the null address of an EVM chain, which nobody can own."""
    return party is not None and _NOBODY.fullmatch(party) is not None


def is_nobody_sql(party: str) -> str:
    """Write `is_nobody` in SQL; null where the party is."""
    return (
        f"(ends_with({party}, ':0x{'0' * 40}') AND regexp_full_match({party}, '{_NOBODY.pattern}'))"
    )
