"""A reconciliation is told in two languages, fits its place, and adds up."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import time
from pathlib import Path
from string import Formatter
from typing import get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

import vermilion.pages
from vermilion.desk.loop.reconcile import COUNTS, NOT_TOLD, Gap, Line, Reconciliation, Unexplained
from vermilion.desk.loop.resolve import Effect, Void
from vermilion.facts.events import BypassReason, ProposalStanding, ResolutionAction
from vermilion.pages import loop_words
from vermilion.pages import reconcile_view as view
from vermilion.pages.reconcile import render_reconciliation
from vermilion.pages.reconcile_table import print_reconciliation
from vermilion.pages.report import render_report
from vermilion.pages.terminal import print_summary
from vermilion.pages.words import LANGUAGES, Language
from vermilion.rulebook import Words

from . import samples
from .test_report import Page, page_of, told

PAGES = Path(vermilion.pages.__file__).parent
HOSTILE = f"{samples.MARKUP}{samples.REVERSED}\"'&{{{{7*7}}}}[red]x[/red]"
CJK = re.compile(r"[\u4e00-\u9fff]")
FIRST = dt.date(2026, 10, 1)


def line(source: str, day: int = 0, **counts: int) -> Line:
    """Return a line whose sums follow from their parts."""
    found = Line(source=source, day=(FIRST + dt.timedelta(days=day)).isoformat(), **counts)
    found.proposed = sum(getattr(found, name) for name in view.PROPOSED[1:])
    found.settled = sum(getattr(found, name) for name in view.SETTLED[1:])
    return found


def reconciliation(lines: list[Line], **changes: object) -> Reconciliation:
    """Return what was found, with the total of its lines."""
    empty = Reconciliation(
        book="books/san xing",
        at="2026-11-22T14:00:00+08:00",
        lines=sorted(lines, key=lambda one: (one.source, one.day)),
        total=view.summed("", "", lines),
        resolutions={},
        unconfirmed=0,
        void={},
        reasons={},
        unexplained=[],
        gaps=[],
    )
    return msgspec.structs.replace(empty, **changes)


def event(number: int, reasons: list[str], **more: object) -> Unexplained:
    """Return an unexplained event of a source."""
    day = (FIRST + dt.timedelta(days=number % 30)).isoformat()
    known: dict[str, object] = {"source": "//m/orders", "id": f"S-{number}", "day": day}
    return Unexplained(**(known | {"reasons": reasons} | more))  # type: ignore[arg-type]


def rich_sample() -> Reconciliation:
    """Return three sources over forty days with everything that can be found."""
    lines = [
        line(
            source,
            day,
            permitted=120 + day,
            released=2,
            waiting=day % 3,
            denied=3,
            refused=1,
            lapsed=day % 2,
            allowed=day // 39,
            open=1,
            unused=2,
            gone=1,
            covered=110,
            unexplained=int(source.endswith("orders") and day % 20 == 0),
            imported=5,
            withdrawn=1,
        )
        for source in ("//m/gifts", "//m/orders", "//w/payments")
        for day in range(40)
    ]
    return reconciliation(
        lines,
        unexplained=[
            event(0, ["other_price"], proposal="permitted", changed=["price.amount", "quantity"]),
            event(20, ["no_permit", NOT_TOLD]),
        ],
        reasons={"other_price": 1, "no_permit": 1, NOT_TOLD: 1},
        resolutions={"release": 200, "refuse": 120, "waits": 2, "void": 3},
        unconfirmed=1,
        void={"same_person": 2, "binds": 1},
        gaps=[Gap("//m/orders", 1_044, 1_044, True), Gap("//m/orders", 2_013, 2_020, False)],
    )


def hostile_sample() -> Reconciliation:
    """Return a reconciliation in which every text from outside tries to break the page."""
    bad = HOSTILE * 6
    return reconciliation(
        [line(bad, unexplained=1), line("//m", covered=1, permitted=1)],
        book=bad,
        at=bad,
        unexplained=[
            event(0, [bad], source=bad, id=bad, day=bad, proposal=bad, changed=[bad, f"{bad}.x"])
        ],
        reasons={bad: 1},
        resolutions={bad: 1},
        void={bad: 1},
        gaps=[Gap(bad, 1, 10**15, False)],
    )


def many(sources: int, days: int) -> Reconciliation:
    """Return very many lines, and as many unexplained events as are told."""
    lines = [
        line(f"//m{i}/orders", day, permitted=900, covered=900, unexplained=1)
        for i in range(sources)
        for day in range(days)
    ]
    told = [
        event(i, ["other_party", "expired"], proposal="permitted", changed=["parties.buyer"])
        for i in range(1_000)
    ]
    gaps = [Gap("//m0/orders", 3 * i, 3 * i, False) for i in range(1_000)]
    return reconciliation(lines, unexplained=told, reasons={"expired": 10_000}, gaps=gaps)


SAMPLES = {
    "empty": reconciliation([]),
    "one": reconciliation([line("//m", permitted=1, covered=1)]),
    "rich": rich_sample(),
    "hostile": hostile_sample(),
    "large": many(10, 100),
}


def printed(found: Reconciliation, language: Language = "en", width: int = 80) -> str:
    """Return what is printed to a pipe of a width."""
    out = io.StringIO()
    print_reconciliation(found, Console(file=out, width=width), language)
    return out.getvalue()


EFFECTS = set(get_args(get_type_hints(Effect)["effect"])) - {"frees", "stops"}


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (loop_words.BYPASS_REASONS, {*get_args(BypassReason), NOT_TOLD}),
        (loop_words.STANDINGS, {*get_args(ProposalStanding)}),
        (loop_words.VOIDS, {*get_args(Void)}),
        (loop_words.EFFECTS, {*get_args(ResolutionAction), *EFFECTS}),
        (loop_words.COLUMNS, {*COUNTS, "permits", "used"}),
    ],
    ids=["reasons", "standings", "voids", "effects", "columns"],
)
def test_every_code_has_its_words(table: dict[str, Words], codes: set[str]) -> None:
    """No code of the loop reaches a reader, and no entry is idle."""
    assert table.keys() == codes


def test_words_are_complete_in_both_languages() -> None:
    """Each text is there in its own script, with the same blanks and Chinese punctuation."""
    tables = [one for name, one in vars(loop_words).items() if name.isupper()]
    assert len(tables) == 8
    for words in (words for table in tables for words in table.values()):
        assert CJK.search(words.zh) or words is loop_words.LOOP["loop.term"]
        assert words.en, words
        assert not CJK.search(words.en), words
        assert not re.search(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]", words.zh)
        blanks = [
            {f for _, f, _, _ in Formatter().parse(text) if f} for text in (words.zh, words.en)
        ]
        assert blanks[0] == blanks[1], words


def test_no_sentence_is_idle() -> None:
    """Each sentence of the loop is asked for by a page."""
    pages = PAGES / "templates" / "reconcile.html.j2", *PAGES.glob("*.py")
    sources = "".join(p.read_text(encoding="utf-8") for p in pages if p.name != "loop_words.py")
    keys = {key.removesuffix(".one") for key in loop_words.LOOP}
    assert {key for key in keys if f'"{key}"' not in sources and f"'{key}'" not in sources} == set()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "Nothing was proposed, and nothing has settled."),
        ([line("//m", waiting=2)], "Nothing has settled; 2 events were proposed."),
        ([line("//m", covered=9)], "Everything that settled is explained by its permit: 9 events."),
        ([line("//m", imported=9)], "Nothing that settled needed a permit: all 9 events were"),
        (
            [line("//m", covered=1, imported=2)],
            "Everything that needed a permit is explained by it: 1 settled event, beside 2",
        ),
        (
            [line("//m", covered=5_198, unexplained=12)],
            "12 of 5,210 settled events are not explained by a permit.",
        ),
        ([line("//m", unexplained=1)], "1 of 1 settled events is not explained by a permit."),
    ],
)
def test_answer_comes_first(lines: list[Line], sentence: str) -> None:
    """The first sentence says whether what settled is explained, in terminal and page alike."""
    found = reconciliation(lines)
    assert printed(found).startswith(sentence)
    assert f"The answer {sentence}" in told(render_reconciliation(found), "en")


def test_missing_numbers_are_part_of_the_answer() -> None:
    """A record in which all is explained but numbers are missing is not called complete."""
    found = msgspec.structs.replace(SAMPLES["one"], gaps=[Gap("//m", 7, 9, False)])
    assert view.answers(found, "en")[1].startswith("3 numbers are missing")
    assert view.answers(found, "zh")[1].startswith("来源的编号缺 3 个")


counts = st.integers(0, 10**7)
parts = {
    name: counts for name in COUNTS if name not in {"proposed", "settled", "open", "unused", "gone"}
}
found_lines = st.lists(
    st.builds(
        line, st.sampled_from(["//a", "//b", "//c", "//d/long/name"]), st.integers(0, 400), **parts
    ),
    max_size=30,
    unique_by=lambda one: (one.source, one.day),
)


@given(found_lines, st.sampled_from([40, 80, 120]), st.sampled_from(LANGUAGES))
def test_sums_add_up(lines: list[Line], width: int, language: Language) -> None:
    """In every equation the first number is the sum of the others, whatever is left out."""
    found = reconciliation(lines)
    for equation in view.equations(found.total, language):
        first, *others = [
            int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", " ".join(equation))
        ]
        assert not others or first == sum(others)
    for text in printed(found, language, width).splitlines():
        assert cell_len(text) <= width


@given(found_lines, st.integers(1, 40), st.integers(1, 3), st.integers(0, 2))
def test_folding_loses_nothing(lines: list[Line], rows: int, full: int, brief: int) -> None:
    """Days, earlier days, further sources and the rest together make the total."""
    found = reconciliation(lines)
    kept = view.accounts(found.lines, rows=rows, told=full, brief=brief)
    for one in kept.told:
        assert len(one.days) <= view.MOST_DAYS + 1
        shown = [*one.days, *([one.earlier] if one.earlier else [])]
        assert view.summed(one.source, "", shown) == one.sum
    all_ = [one.sum for one in (*kept.told, *kept.brief)] + ([kept.rest] if kept.rest else [])
    assert view.summed("", "", all_) == found.total


def test_table_adds_up_in_each_column() -> None:
    """The rows of a source make its sum, and the sums of the sources the total."""
    lines = printed(SAMPLES["rich"]).splitlines()
    start = lines.index("What settled")
    table = lines[start + 2 : lines.index("What was proposed") - 1]
    sources: list[list[list[int]]] = []
    for text in table[:-1]:
        if text.startswith("  //"):
            sources.append([])
        else:
            sources[-1].append([int(n.replace(",", "")) for n in text.split()[-8:]])
    total = [int(n.replace(",", "")) for n in table[-1].split()[1:]]
    assert len(sources) == 3
    for *days, own in sources:
        assert [sum(column) for column in zip(*days, strict=True)] == own
    assert [sum(column) for column in zip(*(own for *_, own in sources), strict=True)] == total
    assert total[0] == total[1] + total[2] + total[3] == SAMPLES["rich"].total.settled


def test_a_table_has_no_line_of_zeros() -> None:
    """A source that only imports stands among what settled, and not among what was proposed."""
    lines = [line("//imports", day, imported=1) for day in range(3)]
    text = printed(reconciliation([*lines, line("//proposes", permitted=1, covered=1)]))
    settled, proposed = text.split("What was proposed")
    assert "//imports" in settled
    assert "//imports" not in proposed
    assert "//proposes" in proposed


def test_source_with_most_unexplained_comes_first() -> None:
    """Sources are told in the order of what is unexplained, then by name."""
    lines = [line(f"//m{i}", covered=1, unexplained=i % 5) for i in range(40)]
    kept = view.accounts(reconciliation(lines).lines, rows=62, told=8, brief=12)
    assert [one.sum.unexplained for one in kept.told] == [4] * 8
    assert kept.told[0].source == "//m14"
    assert kept.rest_number == 20


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_lines_fit_and_carry_no_codes(name: str, language: Language, width: int) -> None:
    """No line is wider than the console, ends in blanks or holds an escape when piped."""
    text = printed(SAMPLES[name], language, width)
    for row in text.splitlines():
        assert cell_len(row) <= width, row
        assert row == row.rstrip()
    assert not {c for c in text if not c.isprintable()} - {"\n"}


def test_foreign_markup_is_shown_and_not_obeyed() -> None:
    """Square brackets of an id stay in the text, and hidden characters are written out."""
    out = io.StringIO()
    console = Console(file=out, width=400, force_terminal=True, color_system="standard")
    print_reconciliation(SAMPLES["hostile"], console)
    assert "[red]x[/red]" in out.getvalue()
    assert "\x1b[31m\x00" not in out.getvalue()
    assert "\\u001b[31m\\u0000" in out.getvalue()


def test_terminal_reads_as_intended() -> None:
    """Answer, sums, counts, meaning of imported, events, resolutions, gaps, in that order."""
    text = printed(SAMPLES["rich"])
    order = [
        "2 of 13,802 settled events are not explained by a permit.\n",
        "9 numbers are missing",
        "13,802 settled = 13,200 covered + 2 unexplained + 600 imported\n",
        "16,980 permits = 16,500 used + 120 open + 240 unused + 120 gone\n",
        "  to 2026-10-20   2,301   2,200           1      100",
        "  2026-10-21        116     110           1        5",
        "Imported: what a source settled before it first proposed",
        "Settled events that no permit explains                                         2\n",
        "  S-0  //m/orders                                                     2026-10-01\n",
        "    another price than permitted; proposal: permitted; differs in price,\n",
        "    no permit, the record holds no finding about it\n",
        "  200  released\n",
        "  1 waits for a second person now.\n",
        "    2  both may be the same person\n",
        "  1044  //m/orders                                             a finding says so\n",
        "  2013–2020  //m/orders                                        may still come in\n",
    ]
    places = [text.find(part) for part in order]
    assert -1 not in places, [part for part in order if part not in text]
    assert places == sorted(places)


def test_terminal_shows_twenty_events() -> None:
    """Of very many events the first twenty are printed, and the others counted."""
    text = printed(SAMPLES["large"])
    assert text.count("  S-") == 20
    assert "980 more in the report" in text


@pytest.fixture(params=[(name, each) for name in SAMPLES for each in LANGUAGES], ids=str)
def page(request: pytest.FixtureRequest) -> Page:
    """Return a parsed page of each sample in each language."""
    name, language = request.param
    return Page(render_reconciliation(SAMPLES[name], language=language))


def test_page_is_sound_and_closed(page: Page) -> None:
    """Only our own elements stand in it, ids are unique, and each link stays inside."""
    tags = [tag for tag, _ in page.tags]
    assert (tags.count("script"), tags.count("style"), tags.count("main")) == (1, 1, 2)
    assert not {"img", "iframe", "object", "embed", "form", "base"} & set(tags)
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert not page.values("style")
    assert all(t.startswith(("#", "data:image/svg+xml,")) for t in page.values("href"))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    wanted = [each for value in page.values("aria-labelledby") for each in value.split()]
    assert set(wanted) <= set(ids)


@pytest.mark.parametrize("name", SAMPLES)
def test_languages_have_the_same_shape(name: str) -> None:
    """Chinese and English pages consist of the same elements in the same order."""
    text = render_reconciliation(SAMPLES[name])
    mains = [re.search(r"<header.*</footer>", page_of(text, each), re.DOTALL) for each in LANGUAGES]
    chinese, english = (re.findall(r"<(/?[a-z0-9]+)", m[0]) for m in mains if m)
    assert chinese == english


def test_hidden_characters_are_written_out() -> None:
    """No control or direction-turning character of an id reaches the file."""
    text = render_reconciliation(SAMPLES["hostile"])
    assert not {"\x00", "\x1b", "\u202e"} & set(text)
    assert "\\u202e" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_chosen_language_shows_without_script(language: Language) -> None:
    """The chosen language is the checked one and the language of the document."""
    page = Page(render_reconciliation(SAMPLES["rich"], language=language))
    assert [a["id"] for _, a in page.tags if "checked" in a] == [f"choose-{language}"]
    assert page.tags[0][1]["lang"] == {"zh": "zh-CN", "en": "en"}[language]


def test_page_tells_everything() -> None:
    """Sums, chart with its text, days, events with reasons, resolutions, voids and gaps are told."""
    words = told(render_reconciliation(SAMPLES["rich"]), "en")
    order = [
        "13,802 settled = 13,200 covered + 2 unexplained + 600 imported",
        "Stacked bars by day, 2026-10-01 to 2026-11-09: 13,200 covered by a permit, 2 unexplained",
        "total 13,802 13,200 2 600",
        "Imported: what a source settled before",
        "//m/orders 2 unexplained",
        "sum 4,602 4,400 2 200",
        "2 of 2, in the order of the record.",
        "S-20 //m/orders 2026-10-21 no permit, the record holds no finding about it",
        "1 waits for a second person now.",
        "both may be the same person 2",
        "//m/orders 2013–2020 may still come in",
    ]
    places = [words.find(part) for part in order]
    assert -1 not in places, [part for part in order if part not in words]
    assert places == sorted(places)


def test_chart_has_red_at_the_base() -> None:
    """Each day with something unexplained has a bar of it, however few beside the rest."""
    text = page_of(render_reconciliation(SAMPLES["rich"]), "en")
    drawn = re.search(r'<path class="v-unexplained" d="([^"]*)"', text)
    assert drawn is not None
    assert drawn[1].count("M") == 2


@pytest.mark.parametrize(("sources", "days"), [(1, 10_000), (100, 100), (10_000, 1)])
def test_ten_thousand_lines_are_quick_and_small(sources: int, days: int) -> None:
    """Whatever its shape, a long record gives a page that mails and a table that reads, at once."""
    found = many(sources, days)
    start = time.process_time()
    page, text = render_reconciliation(found), printed(found)
    assert time.process_time() - start < 2
    assert len(page.encode()) < 1_500_000
    assert len(text.splitlines()) < 320
    assert f"{10_000:,} of 9,010,000 settled events" in html.unescape(page)


def test_field_is_told_by_name() -> None:
    """A changed fact has its own name, that of its root, or its path."""
    paths = ["price", "price.amount", "parties.buyer", "data", "x.y"]
    told_en = view.changed(event(0, [], changed=paths), "en")
    assert told_en == "price, buyer, everything, x"
    assert view.changed(event(0, [], changed=[f"x{i}" for i in range(9)]), "en").endswith(
        ", and 3 more"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_run_names_permits_and_findings(language: Language) -> None:
    """A run that issued permits or found a bypass says so right after the answer, others do not."""
    plain = samples.one_event()
    run = msgspec.structs.replace(plain, permitted=1_200, found=1)
    out = io.StringIO()
    print_summary(run, Console(file=out, width=80), language)
    words = told(render_report(run), language)
    for text in ("".join(out.getvalue().splitlines()), words):
        assert "1,200" in text
        assert "reconcile" in text
    assert "reconcile</p>" not in page_of(render_report(plain), language)
    assert "vermilion reconcile" not in told(render_report(plain), language)
