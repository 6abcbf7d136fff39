"""What the coverage tables of the other jurisdictions cover, and that nothing is left out in silence."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from vermilion.rulebook import find_rulebook, load_rulebook
from vermilion.rulebook.load import SHIPPED

ROWS = {
    "eu": ["EU-MICA-2.3", "EU-ESMA-1323", "EU-NCA-AT", "EU-AML-ART"],
    "hk": ["HK-SFC-2206"],
    "fatf": ["FATF-53"],
    "us": ["US-SEC-2023", "US-SEC-2026", "US-TREAS-2405"],
    "jp": ["JP-FSA-2303", "JP-FIEA"],
    "kr": ["KR-FSC-2406"],
    "sg": ["SG-MAS"],
    "uk": ["UK-2023", "UK-2027"],
}


@pytest.mark.parametrize("name", ROWS)
def test_every_part_and_rule_has_its_row(name: str) -> None:
    """Each part of the norms is a row, each rule stands in one, and each row says what is left out."""
    rows = yaml.safe_load((SHIPPED / name / "coverage.yaml").read_text(encoding="utf-8"))
    assert [row["id"] for row in rows] == ROWS[name]
    named = Counter(rule for row in rows for rule in row["rules"])
    assert named == Counter(one.rule.id for one in load_rulebook(find_rulebook(name)).rules)
    assert all(
        row[key][tongue] for row in rows for key in ("about", "left") for tongue in ("zh", "en")
    )
