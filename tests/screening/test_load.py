"""Lists are read as their issuers publish them, and what cannot be read is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from vermilion.errors import DataError, Error, UsageError
from vermilion.screening import Identifier, Wallet, WatchList, load_list
from vermilion.screening.load import ListHeading
from vermilion.screening.people import read_subjects

DAY = dt.date(2026, 2, 27)

OFAC = """<?xml version="1.0"?>
<sdnList xmlns="https://example.test/sdn.xsd">
  <publshInformation><Publish_Date>02/27/2026</Publish_Date></publshInformation>
  <sdnEntry>
    <uid>36</uid><firstName>Ann</firstName><lastName>LEE</lastName><sdnType>Individual</sdnType>
    <programList><program>TEST</program></programList>
    <idList>
      <id><idType>Passport</idType><idNumber>E1</idNumber><idCountry>China</idCountry></id>
      <id><idType>Digital Currency Address - XBT</idType><idNumber>12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h</idNumber></id>
      <id><idType>Gender</idType><idNumber>Female</idNumber></id>
    </idList>
    <akaList>
      <aka><category>strong</category><lastName>LI</lastName><firstName>An</firstName></aka>
      <aka><category>weak</category><lastName>Annie</lastName></aka>
    </akaList>
    <dateOfBirthList><dateOfBirthItem><dateOfBirth>1970</dateOfBirth></dateOfBirthItem></dateOfBirthList>
  </sdnEntry>
  <sdnEntry><uid>37</uid><lastName>SEA STAR</lastName><sdnType>Vessel</sdnType></sdnEntry>
</sdnList>"""

UN = """<CONSOLIDATED_LIST dateGenerated="2026-02-27T23:41:25.000Z">
  <INDIVIDUALS><INDIVIDUAL>
    <DATAID>6907993</DATAID><FIRST_NAME>ANN</FIRST_NAME><SECOND_NAME>LEE</SECOND_NAME>
    <UN_LIST_TYPE>TEST</UN_LIST_TYPE><NAME_ORIGINAL_SCRIPT>李安</NAME_ORIGINAL_SCRIPT>
    <NATIONALITY><VALUE>Nowhere</VALUE></NATIONALITY>
    <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Annie</ALIAS_NAME></INDIVIDUAL_ALIAS>
    <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>An Li</ALIAS_NAME></INDIVIDUAL_ALIAS>
    <INDIVIDUAL_DOCUMENT>
      <TYPE_OF_DOCUMENT>National Identification Number</TYPE_OF_DOCUMENT><NUMBER>77</NUMBER>
    </INDIVIDUAL_DOCUMENT>
  </INDIVIDUAL></INDIVIDUALS>
  <ENTITIES><ENTITY>
    <DATAID>8</DATAID><FIRST_NAME>SEA TRADING</FIRST_NAME>
    <ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>SEA CO</ALIAS_NAME></ENTITY_ALIAS>
  </ENTITY></ENTITIES>
</CONSOLIDATED_LIST>"""


def read(folder: Path, text: str, **heading: object) -> WatchList:
    """Write a file and read it as a list."""
    path = folder / "list"
    path.write_text(text, encoding="utf-8")
    return load_list(path, ListHeading("test", **{"date": DAY, **heading}))  # type: ignore[arg-type]


def kinds(found: WatchList, id: str) -> dict[str, str]:
    """Return the kind of each name of an entry."""
    (entry,) = (one for one in found.entries if one.id == id)
    return {name.text: name.kind for name in entry.names}


def test_ofac_xml(tmp_path: Path) -> None:
    """Names with their kinds, documents, wallets and the day are read; what is no number is not."""
    found = read(tmp_path, OFAC, date=None)
    assert (found.format, found.date, found.version) == ("ofac", DAY, "2026-02-27")
    assert kinds(found, "sdn-36") == {"Ann LEE": "primary", "An LI": "alias", "Annie": "weak_alias"}
    one, ship = found.entries
    assert one.identifiers == (Identifier("passport", "E1", "China"),)
    assert one.wallets == (Wallet("12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h", "XBT"),)
    assert (one.programmes, one.born, ship.type) == (("TEST",), ("1970",), "vessel")


def test_un_xml(tmp_path: Path) -> None:
    """Persons and organisations are read, with names in their own script and aliases by quality."""
    found = read(tmp_path, UN, date=None)
    assert (found.format, found.date) == ("un", DAY)
    assert kinds(found, "un-6907993") == {
        "ANN LEE": "primary",
        "李安": "original_script",
        "Annie": "weak_alias",
        "An Li": "alias",
    }
    assert kinds(found, "un-8") == {"SEA TRADING": "primary", "SEA CO": "alias"}
    (person,) = (one for one in found.entries if one.type == "person")
    assert person.identifiers == (Identifier("national_id", "77"),)


def test_a_table_gathers_the_rows_of_an_entry(tmp_path: Path) -> None:
    """Rows with one id are one entry, whatever the columns are called."""
    found = read(
        tmp_path,
        "entity_id,type,name,name_type,address\n1,person,Ann,primary,\n1,person,An,alias_low,\n1,,,,0xabc\n",
    )
    (entry,) = found.entries
    assert [name.kind for name in entry.names] == ["primary", "weak_alias"]
    assert entry.wallets == (Wallet("0xabc"),)
    assert found.counts() == {"entries": 1, "names": 2, "identifiers": 0, "wallets": 1}


def test_a_row_of_an_identifier_alone_is_called_by_its_line(tmp_path: Path) -> None:
    """Two numbers without id or name are two entries, and neither is called by the number."""
    found = read(tmp_path, "identifier\n123\n456\n")
    assert [one.id for one in found.entries] == ["line 2", "line 3"]


def test_addresses_one_a_line(tmp_path: Path) -> None:
    """A file without heading is read as wallets; comments and empty lines are left out."""
    found = read(tmp_path, "# wallets\n\n0x098B716B8Aaf21512996dC57EB0615e2383E2f96\n")
    assert [one.id for one in found.entries] == ["0x098B716B8Aaf21512996dC57EB0615e2383E2f96"]


WRONG: dict[str, tuple[type[Error], str, dict[str, object]]] = {
    "list_undated": (UsageError, "name\nAnn\n", {"date": None}),
    "list_empty": (DataError, "name,country\n,CN\n", {}),
    "list_unreadable": (DataError, "some words that are no heading\n", {}),
    "list_unreadable ": (DataError, "<other/>", {}),
    "list_unreadable  ": (DataError, "<sdnList>", {}),
    "list_unreadable   ": (DataError, OFAC, {"format": "un"}),
    "list_unreadable    ": (DataError, '<!DOCTYPE a [<!ENTITY b "c">]><sdnList>&b;</sdnList>', {}),
    "list_heading": (UsageError, "name\nAnn\n", {"version": ""}),
    "list_heading  ": (UsageError, "name\nAnn\n", {"version": "\x1b[2J"}),
    "list_heading   ": (UsageError, "name\nAnn\n", {"date": dt.date(9999, 12, 31)}),
    "list_heading ": (UsageError, "name\nAnn\n", {"version": "v" * 513}),
    "list_unreadable long line": (DataError, "a" * 200_000, {}),
    "list_unreadable long id": (DataError, "id,name\n" + "a" * 513 + ",Ann\n", {}),
    "list_unreadable late DOCTYPE": (
        DataError,
        "<!--" + "-" * 70_000 + '--><!DOCTYPE a [<!ENTITY b "c">]><sdnList>&b;</sdnList>',
        {},
    ),
    "list_unreadable     ": (DataError, 'name\n"Ann\n', {}),
}


@pytest.mark.parametrize("code", WRONG)
def test_what_is_no_list_is_refused(tmp_path: Path, code: str) -> None:
    """Nothing is put in force that cannot be read whole, names nobody, or has no day."""
    kind, text, heading = WRONG[code]
    with pytest.raises(Error) as caught:
        read(tmp_path, text, **heading)
    assert isinstance(caught.value, kind)
    assert (caught.value.code, bool(caught.value.help)) == (code.split(maxsplit=1)[0], True)


def test_a_file_that_is_absent_or_no_text(tmp_path: Path) -> None:
    """A missing file and bytes that are no UTF-8 are told, not raised."""
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name in ("absent", "bytes"):
        with pytest.raises(DataError) as caught:
            load_list(tmp_path / name, ListHeading("test", date=DAY))
        assert caught.value.code == "list_unreadable"


def test_parties_of_a_table(tmp_path: Path) -> None:
    """Each row is a party; without an id it is called by its line."""
    path = tmp_path / "parties.csv"
    path.write_text("account,name,wallets\na1,Ann,0x1;0x2\n,Bob,\n,,\n")
    found = list(read_subjects(path))
    assert [(one.id, one.name, one.wallets) for one in found] == [
        ("a1", "Ann", ("0x1", "0x2")),
        ("line 3", "Bob", ()),
    ]


def test_a_table_without_parties_is_refused(tmp_path: Path) -> None:
    """A heading that names nothing to screen by is told."""
    path = tmp_path / "parties.csv"
    path.write_text("colour\nred\n")
    with pytest.raises(DataError) as caught:
        list(read_subjects(path))
    assert caught.value.code == "parties_unreadable"
