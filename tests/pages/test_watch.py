"""The market's report: whole without the network, bounded, exact, and deaf to hostile names."""

from __future__ import annotations

import base64
import json
import re
import time
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vermilion.market.findings import Subject, Text
from vermilion.market.report import MOST_FINDINGS, WatchReport
from vermilion.pages import watch, watch_words
from vermilion.pages.watch import MOST_BYTES, STATIC, STRONGEST, render_watch
from vermilion.pages.watch_rows import IN_A_PACK, packed

from .watch_samples import DETECTORS, ETH, finding, report

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\"'"
CJK = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def page() -> str:
    """Return a report of a hundred findings."""
    return render_watch(report(100, 4, total=100_000), "en")


def packs(page: str) -> list[dict[str, Any]]:
    """Return what is packed in a page."""
    found = re.search(r'<script type="application/json" id="w-packs">(.*?)</script>', page)
    assert found is not None
    data = json.loads(found[1])
    assert data["each"] == IN_A_PACK
    return [json.loads(zlib.decompress(base64.b64decode(one))) for one in data["packs"]]


def test_page_asks_nothing_of_the_network(page: str) -> None:
    """Its policy allows nothing from elsewhere, by hashes of what stands in it."""
    assert "default-src 'none'" in page
    assert not re.findall(r'(?:src|href)="(?!#|data:)', page)
    assert "unsafe-inline" not in page
    assert not re.findall(r"<[^>]* style=", page)


def test_every_row_of_every_finding_is_there(page: str) -> None:
    """What the packs hold are the findings' rows, in the table's order, with exact prices."""
    made = report(100, 4)
    rows = [rows for pack in packs(page) for rows in pack["rows"]]
    assert [len(one) for one in rows] == [len(one.rows) for one in made.findings]
    pack, first = packs(page)[0], made.findings[0].rows[0]
    moment, id, role, _, token, _, _, price, _ = pack["rows"][0][0]
    assert (moment, id) == (first.ms, first.id)
    assert pack["texts"][token] == first.token
    assert pack["texts"][role] == first.role
    if first.price is not None:
        whole, fraction = divmod(first.price, ETH)
        assert pack["texts"][price] == f"{whole}.{f'{fraction:018d}'.rstrip('0').ljust(2, '0')} ETH"


def test_first_findings_need_no_script(page: str) -> None:
    """The drawings of the first ones stand in the page, those of the others are packed with it."""
    made = report(100, 4)
    drawn = len(re.findall(r'class="w-drawing"', page))
    bodies = [body for pack in packs(page) for body in pack["bodies"]["en"]]
    assert drawn > STATIC / 2
    assert not any(bodies[:STATIC])
    assert all("w-detail" in one for one in bodies[STATIC:])
    assert len(bodies) == len(made.findings)
    assert "99,900" in page  # those that are counted only


@pytest.mark.parametrize("name", ["zh", "en"])
def test_what_is_said_is_a_sign_and_not_a_verdict(page: str, name: str) -> None:
    """Both languages say that these are signs; both versions of prices and bands are drawn."""
    part = page.split(f'id="page-{name}"')[1].split('id="page-', maxsplit=1)[0]
    assert watch_words.TEXTS["signs"].__getattribute__(name) in part
    for css in ("w-all", "w-clean", "w-band", "m-surge", "m-awakening", "w-flagged"):
        assert f'class="{css}' in part or f"w-mark {css}" in part
    assert len(re.findall("<tbody data-detector", part)) == 100


def test_the_strongest_stand_open_and_the_rest_is_folded() -> None:
    """Without a script ten findings stand in a list, and the others unfold below it, none twice."""
    made = report(40, 1)
    direct = [one for one in made.findings if not one.indirect]
    page = render_watch(made, "en").split('id="page-en"')[1]
    listed = page.split('id="en-findings"')[1].split('id="en-indirect"')[0]
    before, after = listed.split('<details class="w-rest">')
    assert len(re.findall("<tbody data-detector", before)) == STRONGEST
    assert len(re.findall("<tbody data-detector", after)) == len(direct) - STRONGEST
    assert f"{len(direct) - STRONGEST} more" in after
    few = msgspec.structs.replace(made, findings=direct[:STRONGEST])
    assert '<details class="w-rest">' not in render_watch(few, "en")


def test_indirect_signs_stand_by_themselves(page: str) -> None:
    """What tells of numbers as a whole is in a section of its own, and only there."""
    part = page.split('id="page-en"')[1]
    direct, indirect = part.split('id="en-findings"')[1].split('id="en-indirect"')
    assert 'data-detector="round_sizes"' not in direct
    assert set(re.findall(r'data-detector="(\w+)"', indirect)) == {"round_sizes"}


def hostile() -> WatchReport:
    """Return a report in which every text from outside means harm."""
    one = finding(1)
    row = msgspec.structs.replace(
        one.rows[0], token=HOSTILE, source=HOSTILE, id=HOSTILE, role=HOSTILE, kind=HOSTILE,
        sender=HOSTILE, recipient=HOSTILE + "2", currency=HOSTILE, price=7,
    )  # fmt: skip
    bad = msgspec.structs.replace(
        one,
        detector=HOSTILE,
        pattern=HOSTILE,
        subject=Subject(HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        parties=[HOSTILE],
        volume={HOSTILE: 7},
        figures={HOSTILE: 1},
        parts={HOSTILE: 1},
        sentence=Text(HOSTILE, HOSTILE),
        rows=[row],
    )
    made = report(12, 1)
    series = msgspec.structs.replace(made.series[0], collection=HOSTILE, currency=HOSTILE)
    marks = [msgspec.structs.replace(series.marks[0], text=Text(HOSTILE, HOSTILE))]
    return msgspec.structs.replace(
        made,
        findings=[bad, *made.findings] * 30,
        series=[msgspec.structs.replace(series, marks=marks)],
        inputs=[msgspec.structs.replace(made.inputs[0], name=HOSTILE)],
        quality=[msgspec.structs.replace(made.quality[0], code=HOSTILE, samples=[HOSTILE])],
        engine=HOSTILE,
        findings_file=HOSTILE,
    )


def test_hostile_names_stay_text() -> None:
    """No name becomes markup, in the page or in what is packed, and no character turns a line."""
    page = render_watch(hostile(), "zh")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert page.count("<script") == 2
    for pack in packs(page):
        for body in [*pack["bodies"]["zh"], *pack["bodies"]["en"]]:
            assert "<script" not in body
            assert "<img" not in body
        assert not any("\u202e" in text for text in pack["texts"])


def test_a_thousand_findings_of_a_hundred_rows_fit() -> None:
    """What each further finding takes leaves room for all that a page lists, drawn within seconds."""
    many = [finding(n, "ring", parties=12, legs=100) for n in range(90)]
    drawn = report(1, 12)
    alone = len(render_watch(msgspec.structs.replace(drawn, findings=many[:STATIC]), "en").encode())
    begun = time.process_time()
    page = render_watch(msgspec.structs.replace(drawn, findings=many, all_findings=10**5), "en")
    assert time.process_time() - begun < 15
    each = (len(page.encode()) - alone) / (len(many) - STATIC)
    assert alone + each * (MOST_FINDINGS - STATIC) <= MOST_BYTES
    assert page.count("<tbody data-detector") == 2 * len(many)
    assert sum(len(rows) for pack in packs(page) for rows in pack["rows"]) == 100 * len(many)


def test_endless_names_cost_findings_and_not_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a page would be too large, fewer findings are listed, and the rest are counted."""
    monkeypatch.setattr(watch, "MOST_BYTES", 400_000)
    many = [
        msgspec.structs.replace(finding(n), sentence=Text("句" * 2_000, "s" * 2_000))
        for n in range(60)
    ]
    made = msgspec.structs.replace(report(1, 1), findings=many, all_findings=60)
    page = render_watch(made, "en")
    listed = page.count("<tbody data-detector") // 2
    assert len(page.encode()) <= 400_000
    assert 0 < listed < 60
    assert f"the other {60 - listed} are counted only" in page


def test_rows_beyond_the_room_are_left_to_the_file() -> None:
    """Packs stop at the room that there is, at whole packs."""
    many = [finding(n, legs=20) for n in range(100)]
    _, taken = packed(many, {}, room=80_000)
    assert 0 < taken < 100
    assert taken % IN_A_PACK == 0


def test_an_empty_market_has_a_page() -> None:
    """Without trades, series, findings and faults every section says so."""
    nothing = msgspec.structs.replace(
        report(0, 0),
        first_ms=None,
        last_ms=None,
        findings=[],
        all_findings=0,
        flagged=0,
        volume={},
        traded={},
        quality=[],
        detectors=[],
        clauses=[],
        findings_file=None,
    )
    page = render_watch(nothing, "en")
    for key in ("prices.none", "findings.none", "indirect.none", "quality.none"):
        assert watch_words.TEXTS[key].en in page


TABLES = {"TEXTS": watch_words.TEXTS, "QUALITY": watch_words.QUALITY, "ROLES": watch_words.ROLES,
          "KINDS": watch_words.KINDS}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_words_are_whole_in_both_languages(name: str) -> None:
    """Each has both texts, each in its own script, with the same blanks."""
    for key, words in TABLES[name].items():
        assert words.en.strip(), key
        assert not CJK.search(words.en), key
        assert CJK.search(words.zh), key
        assert set(re.findall(r"\{\w+\}", words.zh)) == set(re.findall(r"\{\w+\}", words.en)), key


def test_detectors_tell_definition_false_positives_and_policy(page: str) -> None:
    """Each detector's definition, source, false positives and parameters stand in the page."""
    part = page.split('id="en-detectors"')[1].split("<footer", maxsplit=1)[0]
    assert part.count("A collector who buys back after years") == len(DETECTORS)
    assert part.count("max_age_days") == len(DETECTORS)
    assert part.count(">Policy<") == len(DETECTORS)


def test_no_word_is_idle() -> None:
    """Every text is asked for by a template or a module."""
    package = Path(watch.__file__).parents[1]
    places = (
        ("pages", "watch*.py"),
        ("pages/templates", "*watch*"),
        ("web/console", "market*.py"),
        ("web/console/templates", "market*"),
    )
    files = [path for folder, like in places for path in (package / folder).glob(like)]
    text = "\n".join(path.read_text("utf-8") for path in files if "words" not in path.name)
    quoted = set(re.findall(r"['\"]([a-z_.]+)['\"]", text))
    built = re.compile(r"(legend|numbers|subject|stage)\.\w+|seen\.(surges|run_ups|awakenings)")
    assert {
        key for key in watch_words.TEXTS if key not in quoted and not built.fullmatch(key)
    } == set()
