"""The terminal summary fits, says the essentials, and cannot be steered by foreign text."""

from __future__ import annotations

import io
import subprocess
import sys

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from vermilion.desk.summary import Summary
from vermilion.pages.terminal import print_summary
from vermilion.pages.words import LANGUAGES, Language

from . import samples

SAMPLES = {
    "empty": samples.empty(),
    "one": samples.one_event(),
    "rich": samples.rich(),
    "hostile": samples.hostile(),
}


def printed(summary: Summary, language: Language = "en", width: int = 80) -> str:
    """Return what is printed to a pipe of a width."""
    out = io.StringIO()
    print_summary(summary, Console(file=out, width=width), language)
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_lines_fit_and_carry_no_codes(name: str, language: Language, width: int) -> None:
    """No line is wider than the console, ends in blanks or holds an escape when piped."""
    text = printed(SAMPLES[name], language, width)
    for line in text.splitlines():
        assert cell_len(line) <= width, line
        assert line == line.rstrip()
    assert not {c for c in text if not c.isprintable()} - {"\n"}


def test_rich_run_reads_as_intended() -> None:
    """Answer, verdicts, problems with clause, questions, rejects, counts, record, in that order."""
    lines = printed(SAMPLES["rich"]).splitlines()
    order = [
        "Of 104,731 events, 891 must not go ahead, 6,453 need a person, 2,159 may go",
        "China: rules for digital collectibles                            cn@9f2c41d0b7e8",
        "  must not go ahead              891     0.9 %  █",
        "Problems found",
        "  CN-N0-00  Priced in a virtual currency                              507 events",
        "    The price is stated in a virtual currency, which may not be used to price o…",
        "    binds as a duty of membership: Initiati… 二、(四)  e.g. sale-20240111-000000",
        "  5 more in the report",
        "What to supply, in this order",
        "  1  State for 1 platform                             the platform answers, once",
        "     filing number of the ledger",
        "     needed by 402 events, together with the steps below",
        "     after this step up to 103,886 of 104,731 events are decided",
        "  each single fact: in the report (--report), or --json",
        "Rows that could not be read                                                   31",
        "      24  time_unreadable",
        "104,880 read = 104,731 judged + 118 duplicate + 31 rejected",
        "3.27 s, 32,028 events a second",
        "record 104,732 entries, root 9f2c41d0b7e8a655",
    ]
    places = [lines.index(line) for line in order]
    assert places == sorted(places)


def test_run_without_findings_is_short() -> None:
    """Nothing is printed about rules, questions or rejects where there are none."""
    text = printed(SAMPLES["one"])
    assert text.startswith("The one event may go ahead.")
    assert len(text.splitlines()) == 12


def test_foreign_markup_is_shown_and_not_obeyed() -> None:
    """Square brackets of an id stay in the text, and colours come from us alone."""
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=True, color_system="standard")
    print_summary(SAMPLES["hostile"], console)
    assert "[red]x[/red]" in out.getvalue()
    assert "\x1b[31m\x00" not in out.getvalue()
    assert "\\u001b[31m\\u0000" in out.getvalue()


def test_unsealed_and_unequal_counts_are_said() -> None:
    """A what-if says that nothing was sealed; counts that do not agree are called out."""
    what_if = msgspec.structs.replace(SAMPLES["one"], as_of="2026-02-06", sealed=False, read=5)
    text = printed(what_if)
    assert text.startswith("What if: every event was judged by the rules of 2026-02-06.")
    assert "nothing sealed" in text
    assert "4 rows are unaccounted for" in text


def test_report_does_not_load_the_terminal_library() -> None:
    """Writing a report imports neither rich nor this module."""
    code = "import sys, vermilion.pages.report; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
