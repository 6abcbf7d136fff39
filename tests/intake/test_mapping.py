"""A wrong mapping is refused when it is loaded, with its place and the word that was meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vermilion.errors import RulebookError
from vermilion.intake import load_mapping

from .samples import PROJECT, written

GOOD = """
source: //m/x
format: csv
nulls: {c: ["-"]}
emit:
  - type: sale
    stage: settled
    time: {column: t}
    when: {column: c, present: true}
    data:
      token: {column: c}
      parties: {buyer: {template: "a:{c}"}}
      price: {amount: {column: c, decimals_of: CNY}, currency: {const: CNY}}
      purpose: {const: custody}
"""

WRONG = [
    ("source: //m/x", "sorce: //m/x", "sorce", "did you mean `source`?"),
    ("source: //m/x", "source: 3", "source", ""),
    ("source: //m/x", "", "", "add `source`"),
    ("format: csv", "format: xml", "format", ""),
    ('["-"]', "[0]", "nulls.c[0]", "quotes"),
    ('["-"]', "[]", "nulls.c", ""),
    ("type: sale", "type: sail", "emit[0].type", "did you mean `sale`?"),
    ("type: sale", "type: [sale]", "emit[0].type", ""),
    ("stage: settled", "stage: setled", "emit[0].stage", "did you mean `settled`?"),
    ("time: {column: t}", "", "emit[0]", "add `time`"),
    ("time: {column: t}", "time: now", "emit[0].time", "column"),
    ("time: {column: t}", "time: {column: t, zone: Asia/Bejing}", "emit[0].time.zone", "Asia/Shanghai"),
    ("time: {column: t}", "time: {column: t, zone: ../../etc/passwd}", "emit[0].time.zone", ""),
    ("time: {column: t}", "time: {const: yesterday}", "emit[0].time", "offset"),
    ("time: {column: t}", 'time: {const: "2024-05-01T10:00:00"}', "emit[0].time", "offset"),
    ("time: {column: t}", "time: {column: t, form: x}", "emit[0].time.form", ""),
    ("present: true", "present: maybe", "emit[0].when.present", ""),
    ("present: true", "presnt: true", "emit[0].when.presnt", "did you mean `present`?"),
    ("present: true", "present: true, in: [a]", "emit[0].when", "one"),
    ("present: true", 'in: ["-"]', "emit[0].when.in", "present: false"),
    ("present: true", "in: [1]", "emit[0].when.in[0]", "quotes"),
    ("token: {column: c}", "tokne: {column: c}", "emit[0].data.tokne", "did you mean `token`?"),
    ("token: {column: c}", "token: {column: 3}", "emit[0].data.token.column", "quotes"),
    ("token: {column: c}", "token: {column: c, zone: UTC}", "emit[0].data.token.zone", ""),
    ("token: {column: c}", "token: {column: c, const: d}", "emit[0].data.token.const", ""),
    ("token: {column: c}", "token: {id: {column: c}}", "emit[0].data.token", "text"),
    ("token: {column: c}", "token: [{column: c}]", "emit[0].data.token", "text"),
    ("token: {column: c}", "token: {const: 3}", "emit[0].data.token", "text"),
    ('"a:{c}"', '"a:{c"', "emit[0].data.parties.buyer", "brace"),
    ('"a:{c}"', "3", "emit[0].data.parties.buyer", "quotes"),
    ("decimals_of: CNY", "decimals_of: RMB", "emit[0].data.price.amount.decimals_of", ""),
    ("decimals_of: CNY", "decimals_of: JPY", "emit[0].data.price.amount.decimals_of", "CNY"),
    ("{const: CNY}", "{const: YUAN}", "emit[0].data.price.currency", ""),
    (", currency: {const: CNY}", "", "emit[0].data.price", "add `currency`"),
    ("price: {amount: {column: c, decimals_of: CNY}, currency: {const: CNY}}", "price: {column: c}", "emit[0].data.price", "amount"),
    ("{const: custody}", "{const: custdy}", "emit[0].data.purpose", "did you mean `custody`?"),
    ("{const: custody}", "{column: c, values: {x: custdy}}", "emit[0].data.purpose.values.x", "did you mean `custody`?"),
    ("{const: custody}", "{column: c, split: ','}", "emit[0].data.purpose.split", ""),
    ("{const: custody}", "{const: custody}\n      settlement: []", "emit[0].data.settlement", "const"),
    ("{const: custody}", "{const: custody}\n      settlement: [{instrument: {const: cash}, amuont: {const: 1}}]", "emit[0].data.settlement[0].amuont", "did you mean `amount`?"),
]  # fmt: skip


def test_the_good_mapping_is_good(tmp_path: Path) -> None:
    """The mapping that the other tests spoil is accepted."""
    assert set(load_mapping(written(GOOD, tmp_path)).columns()) == {"c", "t"}


@pytest.mark.parametrize(("old", "new", "place", "help"), WRONG)
def test_wrong_mapping_is_refused(
    old: str, new: str, place: str, help: str, tmp_path: Path
) -> None:
    """A mistake is refused with file, line, place and what to write."""
    assert old in GOOD
    path = written(GOOD.replace(old, new, 1), tmp_path)
    with pytest.raises(RulebookError) as caught:
        load_mapping(path)
    error = caught.value
    file, _, found = str(error.where).removeprefix(path.name).partition(" ")
    assert found == place
    assert re.fullmatch(r":\d+:\d+", file)
    assert error.help
    assert help in f"{error.message} {error.help}"


def test_field_stated_twice_is_refused(tmp_path: Path) -> None:
    """A field that stands twice is refused at its second place, with what to do about it."""
    path = written(f"{GOOD}      purpose: {{const: investment}}\n", tmp_path)
    with pytest.raises(RulebookError) as caught:
        load_mapping(path)
    error = caught.value
    line = path.read_text(encoding="utf-8").count("\n")
    assert error.where == f"mapping.yaml:{line}:7"
    assert error.message == "`purpose` stands twice"
    assert error.help == "keep one of the two"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- a",
        b"a: [",
        b"a: &a [*a]",
        b"\xff\xfe",
        b"a: !!python/object:os.system {}",
        b"? [a]\n: b",
        b"a: 2024-13-45",
        b"[" * 100_000,
        b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (n + 1, n + 1, b",".join([b"*%c" % n] * 10)) for n in range(97, 110)),
        b"x" * 2**21,
    ],
)  # fmt: skip
def test_hostile_yaml_is_refused(content: bytes, tmp_path: Path) -> None:
    """What is no mapping at all is refused as a mapping, whatever it is."""
    path = tmp_path / "m.yaml"
    path.write_bytes(content)
    with pytest.raises(RulebookError):
        load_mapping(path)


def test_missing_mapping(tmp_path: Path) -> None:
    """A mapping that does not exist is refused with its path."""
    with pytest.raises(RulebookError) as caught:
        load_mapping(tmp_path / "none.yaml")
    assert str(tmp_path / "none.yaml") in str(caught.value)


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "examples" / "mappings").glob("*.yaml")), ids=str
)
def test_shipped_examples_load(path: Path) -> None:
    """Every example mapping is valid."""
    assert load_mapping(path).emit
