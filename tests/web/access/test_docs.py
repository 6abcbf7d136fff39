"""The page about access is true to the code."""

from __future__ import annotations

import re
from pathlib import Path

from vermilion.web.access import RIGHTS, ROLES, Rates, Role, allowed, store, throttle
from vermilion.web.access.passwords import MAX_LENGTH, MIN_GUESSES, MIN_LENGTH, OWASP
from vermilion.web.access.routes import access_routes
from vermilion.web.access.sessions import CLOCK_STEP, IDLE, LONGEST

PAGE = (Path(__file__).parents[3] / "docs" / "access.md").read_text(encoding="utf-8")


def test_the_table_of_rights() -> None:
    """The page's table is the one that decides."""
    for right in RIGHTS:
        marks = ["yes" if allowed(role, right) else "" for role in (*_order(), None)]
        row = f"| `{right}` | {' | '.join(marks)} |"
        assert re.sub(r" +", " ", row) in PAGE, row
    for role in ROLES:
        assert f"| `{role}` | a p" in PAGE


def test_routes() -> None:
    """Each route has its line, with the right that it needs."""
    for route in access_routes.routes:
        path = route.path.replace(":str", "")
        for handler in route.route_handlers:  # type: ignore[union-attr]
            if handler.opt:
                assert re.search(rf"`{re.escape(path)}` \| `{handler.opt['right']}` \|", PAGE), path


def test_codes_of_changes() -> None:
    """Each code that a change can have is told."""
    folder = Path(store.__file__).parent
    codes = set()
    for path in folder.glob("*.py"):
        codes |= set(re.findall(r'note\(database, [^,]+, "(\w+)"', path.read_text()))
    assert len(codes) == 7
    for code in codes:
        assert f"`{code}`" in PAGE


def test_numbers() -> None:
    """Numbers that no law gives stand on the page as they are."""
    assert (MIN_LENGTH, MAX_LENGTH, MIN_GUESSES, OWASP) == (12, 256, 10, (2**17, 8, 1))
    assert (IDLE, LONGEST, CLOCK_STEP) == (30 * 60, 12 * 3_600, 60)
    assert (throttle.PER_NAME, throttle.PER_ADDRESS) == ((10, 60.0), (50, 5.0))
    assert throttle.AT_ONCE == 16
    rates = Rates()
    for who, (each_second, at_once) in [
        ("a key", rates.key),
        ("a person", rates.person),
        ("an address, where nobody is signed in", rates.address),
    ]:
        assert f"| {who} | {each_second:,} | {at_once:,} |" in PAGE


def _order() -> list[Role]:
    head = next(line for line in PAGE.splitlines() if line.startswith("| right |"))
    named = [cell.strip() for cell in head.split("|")[2:-2]]
    return sorted(ROLES, key=named.index)
