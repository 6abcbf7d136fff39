"""YAML is read as plain data with places, and nothing in it can run, grow or mislead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.errors import RulebookError
from vermilion.rulebook.yaml_source import MAX_DEPTH, MAX_FILE_BYTES, Source

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, text: str | bytes) -> Source:
    """Read a text as a file."""
    path = folder / "file.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Source(path)


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)

REFUSED = {
    "bomb": (BOMB, "1:4", "anchors"),
    "anchor": ("a: 1\nb: &x 2", "2:4", "anchors"),
    "loop": ("&a [*a]", "1:1", "anchors"),
    "alias": ("a: *b", "1:4", ""),
    "python tag": ("a: !!python/object/apply:os.system ['true']", "1:4", "tags"),
    "own tag": ("a:\n  b: !secret x", "2:6", "tags"),
    "plain tag": ("a: !!str 1", "1:4", "tags"),
    "binary": ("a: !!binary aGk=", "1:4", "tags"),
    "key twice": ("a: 1\nb: 2\na: 3", "3:1", "`a` stands twice"),
    "inner key twice": ("a:\n  - {b: 1, b: 2}", "2:12", "`b` stands twice"),
    "list as key": ("? [a]\n: 1", "1:3", "the name of a field is a text"),
    "two documents": ("a: 1\n---\nb: 2", "2:1", ""),
    "unclosed": ("a: [1, 2}", "1:9", ""),
    "tab": ("a:\n\t- b", "2:1", ""),
    "empty": ("", "1:1", "the file is empty"),
    "only comments": ("# nothing\n", "1:1", "the file is empty"),
    "fraction": ("a: 1.5", "1:4", "`1.5` is a fraction"),
    "not a number": ("a: .nan", "1:4", "`.nan` is a fraction"),
    "octal": ("a: 010", "1:4", "not a plain decimal number"),
    "hexadecimal": ("a: 0xff", "1:4", "not a plain decimal number"),
    "underscores": ("a: 1_000", "1:4", "not a plain decimal number"),
    "huge number": ("a: " + "9" * 5_000, "1:4", "not a plain decimal number"),
    "control character": ("a: 1\nb: \x07", "2:4", "U+0007"),
    "deep": ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), f"1:{MAX_DEPTH + 1}", "deep"),
    "very deep": ("[" * 100_000, f"1:{MAX_DEPTH + 1}", "deep"),
    "deep blocks": ("- " * 100_000 + "a", f"1:{2 * MAX_DEPTH + 1}", "deep"),
    "deep maps": ("{a: " * 100_000, f"1:{4 * MAX_DEPTH + 1}", "deep"),
    "not utf-8": ("a: 价格".encode("gb18030"), "1:1", "not UTF-8"),
    "too large": (b"# " + b"x" * MAX_FILE_BYTES, "1:1", "more than 4 MiB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_file_line_and_column(tmp_path: Path, name: str) -> None:
    """What is not plain data of modest size is refused where it stands."""
    text, place, reason = REFUSED[name]
    with pytest.raises(RulebookError) as refused:
        read(tmp_path, text)
    assert refused.value.where == f"file.yaml:{place}"
    assert reason in refused.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is told by its path."""
    with pytest.raises(RulebookError) as refused:
        Source(tmp_path / "none.yaml")
    assert refused.value.code == "rulebook_unreadable"
    assert refused.value.help == "check path and rights"
    assert refused.value.where == str(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("spelling", "value"),
    [
        ("true", True),
        ("False", False),
        ("off", "off"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("1:30.5", "1:30.5"),
        ("2022-04-13", "2022-04-13"),
        ("2022-04-12T16:00:00Z", "2022-04-12T16:00:00Z"),
        ("null", None),
        ("~", None),
        ("", None),
        ("none", "none"),
        ("0", 0),
        ("-7", -7),
        ("10000000000000000", 10**16),
        ("'12'", "12"),
        ("'true'", "true"),
        ("{}", {}),
        ("[]", []),
    ],
)
def test_each_spelling_has_one_meaning(tmp_path: Path, spelling: str, value: object) -> None:
    """`off` and `NO` are texts, dates stay texts, and only decimal digits are numbers."""
    found = read(tmp_path, f"a: {spelling}").data["a"]
    assert (found, type(found)) == (value, type(value))


def test_names_are_texts(tmp_path: Path) -> None:
    """A field named by a number, a date or `on` is named by what is written."""
    assert read(tmp_path, "1: a\non: b\n2022-01-01: c").data == {
        "1": "a",
        "on": "b",
        "2022-01-01": "c",
    }


def test_what_is_absent_is_placed_at_its_parent(tmp_path: Path) -> None:
    """A field that is lacking is told where the thing stands that lacks it."""
    source = read(tmp_path, "a: 1\nb:\n  - c: 2\n    d: 3")
    assert str(source.place(("b", 0, "e"))) == "file.yaml:3:5"
    assert str(source.place(("b", 0, "d"))) == "file.yaml:4:8"
    assert str(source.name_place(("b", 0, "d"))) == "file.yaml:4:5"
    assert str(source.place(("x",))) == "file.yaml:1:1"


STYLES = {
    "plain": "价: 标价\nkey: price == wrong",
    "plain, folded": "key: price\n    ==\n\n    wrong",
    "single quotes": "key: 'it''s == wrong'",
    "double quotes": 'key: "\\"a\\" \\u4ef7 \\x41 == wrong"',
    "double quotes, folded": 'key: "price \\\n      == \n\n  wrong"',
    "folded": "other: 1\nkey: >-\n  price\n  ==\n  wrong\n# after\nlast: 1",
    "literal": "key: |  # a comment\n  price\n\n    == wrong\n",
    "indented": "key: |2\n    price == wrong",
    "flow": "{key: 价格 == wrong}",
    "flow, quoted": '[1, {key: "价格 == wrong"}]',
}


@pytest.mark.parametrize("style", STYLES)
def test_a_place_within_a_text_is_that_in_the_file(tmp_path: Path, style: str) -> None:
    """However YAML folds, quotes and indents a text, a word of it is found in the file."""
    text = STYLES[style]
    source = read(tmp_path, text)
    key = (1, "key") if isinstance(source.data, list) else ("key",)
    value = source.data[1]["key"] if len(key) == 2 else source.data["key"]
    place = source.text_place(key).at(value, value.index("wrong"))
    lines = text.split("\n")
    line = next(n for n, words in enumerate(lines, start=1) if "wrong" in words)
    assert (place.line, place.column) == (line, lines[line - 1].index("wrong") + 1)


def test_a_text_that_the_file_ends_before_has_a_place(tmp_path: Path) -> None:
    """A block that is announced on the last line, which has no line break, is an empty text there."""
    source = read(tmp_path, "other: 1\nkey: |")
    assert source.data["key"] == ""
    assert str(source.text_place(("key",))).startswith("file.yaml:2:")


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(alphabet="ab:-[]{},&*!#|>'\"%@? \n\t1.0é价\x00\x07\\", max_size=60))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    """Whatever a file holds, it is read or refused with a place."""
    try:
        read(tmp_path, text)
    except RulebookError as error:
        where = error.where
    else:
        return
    assert where is not None
    assert where.startswith("file.yaml:")
