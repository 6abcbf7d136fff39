"""Parties, platforms, works and tokens."""

from __future__ import annotations

from typing import get_args, get_type_hints

import msgspec
import pytest

from vermilion.desk.closures import MAX_LICENCE_LINKS
from vermilion.facts.entities import ENTITY_KINDS, Party, Work, collection_of


@pytest.mark.parametrize(
    ("id", "collection"),
    [
        ("eip155:1/erc721:0x06012c8c/771769", "eip155:1/erc721:0x06012c8c"),
        ("eip155:1/erc1155:0xabc/0", "eip155:1/erc1155:0xabc"),
        ("eip155:1/erc721:0x06012c8c", None),
        ("eip155:1/erc721:0x06012c8c/", None),
        ("eip155:1:0xab16a96d", None),
        ("market:token:7", None),
        ("yunmo:main/dca:c7/12", "yunmo:main/dca:c7"),
        ("market:token:7/8", None),
        ("market/token/7", None),
        ("https://market.example/7", None),
        ("market:a/token:b/7/8", None),
        ("", None),
    ],
)
def test_a_chain_token_names_its_collection(id: str, collection: str | None) -> None:
    """The collection is what stands before a CAIP-19 token's last slash; other ids name none."""
    assert collection_of(id) == collection


@pytest.mark.parametrize("kind", sorted(ENTITY_KINDS))
def test_all_but_the_id_may_be_unknown(kind: str) -> None:
    """An entity with an id alone is read, is written with its id alone, and needs that id."""
    entity = msgspec.json.decode(b'{"id":"a"}', type=ENTITY_KINDS[kind])
    assert msgspec.json.encode(entity) == b'{"id":"a"}'
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b"{}", type=ENTITY_KINDS[kind])


def test_empty_is_not_unknown() -> None:
    """Null and absence are one; an empty list is another value and is written."""
    silent, null, none = (
        msgspec.json.decode(text, type=Party)
        for text in (b'{"id":"a"}', b'{"id":"a","lists_hit":null}', b'{"id":"a","lists_hit":[]}')
    )
    assert silent == null != none
    assert msgspec.json.encode(silent) == msgspec.json.encode(null)
    assert msgspec.json.encode(none) == b'{"id":"a","lists_hit":[]}'


@pytest.mark.parametrize("digest", ["0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\\n", " " + "0" * 64])
def test_a_digest_is_64_lower_case_digits(digest: str) -> None:
    """A SHA-256 has one spelling; a trailing line break does not slip through."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"id":"w","sha256":"{digest}"}}'.encode(), type=Work)


def test_a_licence_chain_holds_as_many_links_as_are_searched() -> None:
    """What may be stated of a licence chain is what the desk follows, no more and no less."""
    chain = get_type_hints(Work, include_extras=True)["licence_chain"]
    (limits,) = get_args(chain)[0].__metadata__
    assert limits.max_length == MAX_LICENCE_LINKS


def test_entities_do_not_change() -> None:
    """What is stated cannot be altered afterwards."""
    with pytest.raises(AttributeError):
        Party(id="a").kind = "person"  # type: ignore[misc]
