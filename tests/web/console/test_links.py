"""Links on the pages: made and taken back by who works on cases, shown at both ends."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote_plus

from litestar.testing import TestClient

from vermilion.desk.book import Book

from ..api.desk import sale, served
from . import samples
from .conftest import BASE, Visitor, Visits
from .pages import faults
from .test_forms import open_case

PARTY = re.compile(r'href="/things/(party|work|token)\?id=([^"&]+)"')


def test_two_cases_show_their_link(visits: Visits) -> None:
    """A pasted address links; both pages lead to each other; taken back, neither does."""
    rui = visits("rui")
    found = re.findall(r'href="(/cases/[0-9a-f]{32})"', rui.get("/cases?status=open").text)
    one, other = found[-1], found[-2]
    pasted = f"http://127.0.0.1{other}"
    sent = rui.send(f"{one}/links", how="follows_from", id=pasted)
    assert sent.headers["location"] == f"{one}?done=link"
    page = rui.get(f"{one}?lang=en&done=link").text
    assert "It is linked." in page
    assert "follows from" in page.partition('id="links"')[2].partition("</section>")[0]
    there = rui.get(f"{other}?lang=en").text.partition('id="links"')[2].partition("</section>")[0]
    assert "leads to" in there
    assert f'href="{one}"' in there
    assert list(faults(page)) == []
    taken = re.search(rf'action="{other}(/links/\d+/removal)"', there)
    assert taken is not None
    assert rui.send(f"{other}{taken[1]}").headers["location"] == f"{other}?done=unlink"
    for case in (one, other):
        links, journal = (
            rui.get(f"{case}?lang=en").text.partition('id="links"')[2].split('id="journal"')
        )
        assert "It is linked to nothing." in links
        assert "link taken back" in journal


def test_a_thing_leads_to_its_cases(visits: Visits) -> None:
    """What a case is about has the case on its page, in both languages."""
    olga = visits("olga")
    case = open_case(olga)
    listed = olga.get("/judgements?type=sale").text
    entry = re.search(r'href="(/judgements/\d+)"', listed)
    assert entry is not None
    kind, id = PARTY.findall(olga.get(entry[1]).text)[0]
    assert olga.send(f"{case}/links", how=kind, id=unquote_plus(id)).status_code == 303
    for language, words in (("en", "Cases about it"), ("zh", "相关案件")):
        page = olga.get(f"/things/{kind}?id={id}&lang={language}").text
        assert words in page
        assert f'href="{case}"' in page
        assert list(faults(page)) == []
    removal = re.search(rf'action="{case}(/links/\d+/removal)"', olga.get(case).text)
    assert removal is not None
    assert olga.send(f"{case}{removal[1]}").status_code == 303
    assert "Cases about it" not in olga.get(f"/things/{kind}?id={id}&lang=en").text


def test_a_link_to_somebody_erased_is_taken_back(tmp_path: Path) -> None:
    """The page says that it was erased, by its entry; the officer takes it back, and nobody is named."""
    with served(tmp_path / "b") as desk:
        desk.submit(sale("a"))
        case = "/cases/" + desk.ask("officer", "GET", "/v1/cases").json()["items"][0]["cause"]
        path, said = f"/v1{case}/links", {"party": "market:party:bob"}
        entry = desk.ask("officer", "POST", path, json=said).json()["entry"]
    with Book.open(tmp_path / "b") as book:
        book.keys.destroy("person/market:party:bob")
    samples.people(tmp_path / "b")
    with TestClient(samples.app(tmp_path / "b"), base_url=BASE) as client:
        olga = Visitor(client)
        olga.post("/sign-in", data={"name": "olga", "password": samples.PASSWORD})
        before, after = (olga.get(f"{case}?lang={one}").text for one in ("en", "zh"))
        assert "What it was linked to was erased" in before
        assert "所关联的对象已删除" in after
        assert list(faults(before)) == []
        assert olga.send(f"{case}/links/{entry}/removal").status_code == 303
        links, journal = olga.get(f"{case}?lang=en").text.split('id="journal"')
        assert "It is linked to nothing." in links
        assert "was erased" not in links
        assert "link taken back: What it was linked to was erased" in journal
        assert list(faults(links + 'id="journal"' + journal)) == []


def test_a_thing_is_called_by_its_name(visits: Visits) -> None:
    """Where a name was stated it is the page's heading, and the id stands below it."""
    olga = visits("olga")
    entries = re.findall(r'href="(/judgements/\d+)"', olga.get("/judgements?type=sale").text)
    found = {one for entry in entries for one in PARTY.findall(olga.get(entry).text)}
    things = {(kind, id) for kind, id in found if re.fullmatch(r"[\w:/-]+", unquote_plus(id))}
    named = 0
    for kind, id in sorted(things):
        page = olga.get(f"/things/{kind}?id={id}&lang=en").text
        stated = re.search(r"<code>(?:party.name|work.title)</code></dt><dd>([^<]+?) *<", page)
        heading = f"<h1>{stated[1]}</h1>" if stated else f"<code>{unquote_plus(id)}</code></h1>"
        assert heading in page
        assert unquote_plus(id) in page
        named += stated is not None
    assert named


def test_an_auditor_sees_links_and_makes_none(visits: Visits) -> None:
    """The page has no form for links, and what is sent nonetheless is refused."""
    ana = visits("ana")
    case = open_case(ana)
    assert "/links" not in ana.get(case).text
    assert ana.send(f"{case}/links", how="work", id="w").status_code == 403


def test_what_is_no_case_is_told(visits: Visits) -> None:
    """A number that is none, a case that there is not, and no relation get an error page."""
    olga = visits("olga")
    case = open_case(olga)
    for how, id, status in (
        ("duplicate", "x", 400),
        ("duplicate", "0" * 32, 400),
        ("token", "nothing", 404),
        ("nonsense", "x", 400),
    ):
        answer = olga.send(f"{case}/links", how=how, id=id)
        assert answer.status_code == status, (how, answer.text[:300])
        assert list(faults(answer.text)) == []
