"""Whatever comes from outside, no page breaks, runs it or shows it as something that it is not."""

from __future__ import annotations

import datetime as dt
import json
import re
from urllib.parse import quote

import pytest

from .conftest import Visitor, Visits
from .pages import Page, faults

MARKUP = "</textarea></script><img src=x onerror=alert(1)>"
REVERSED = "safe\u202etxt.exe"
BAD = f"{MARKUP}{REVERSED}\"'&{{{{7*7}}}}"
SOURCE = f"https://shop.example/{BAD}"


@pytest.fixture(scope="module")
def entry(visits: Visits) -> str:
    """Return the page of an event in which every text of its own is hostile."""
    made = visits("root").send("/keys", name="hostile", role="platform", sources=SOURCE)
    key = re.search(r"vk_[A-Za-z0-9_-]{43}", made.text)
    assert key is not None
    event = {
        "specversion": "1.0",
        "id": f"id{BAD}",
        "source": SOURCE,
        "type": "sale",
        "time": dt.datetime.now(dt.UTC).isoformat(),
        "stage": "proposed",
        "subject": f"subject{BAD}",
        "data": {
            "token": f"token{BAD}",
            "work": f"work{BAD}",
            "platform": f"platform{BAD}",
            "parties": {"seller": f"seller{BAD}", "buyer": f"buyer{BAD}"},
            "price": {"amount": 1, "currency": "CNY"},
        },
    }
    answer = visits(None).post(
        "/v1/events",
        content=json.dumps(event),
        headers={"authorization": f"Bearer {key[0]}", "content-type": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    return f"/judgements/{answer.json()['entry']}"


@pytest.mark.parametrize("path", ["/v1/access/sign-in", "/v1/access/password"])
def test_a_body_that_is_nested_without_end_is_refused(visits: Visits, path: str) -> None:
    """Anybody may send it: it is what was sent that is wrong, and not the desk."""
    deep = b'{"name": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    answer = visits(None).post(path, content=deep, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] == "too_deep"


def harmless(visitor: Visitor, path: str, status: int = 200) -> str:
    """Check a page, and return it."""
    answer = visitor.get(path)
    assert answer.status_code == status, path
    text = answer.text
    assert [one for one in faults(text) if not one.startswith("unfilled")] == []
    assert "<img" not in text
    page = Page(text)
    # What was typed into a field comes back in it as it was.
    shown = [page.text, *page.values("title"), *page.values("aria-label")]
    assert not [one for one in shown if "\u202e" in one]
    return text


def test_pages_of_a_hostile_event_are_harmless(visits: Visits, entry: str) -> None:
    """Its judgement, the lists, its parties, token and cases show it as text, each in full view."""
    olga = visits("olga")
    text = harmless(olga, entry)
    assert "\\u202e" in Page(text).text
    for path in ("/judgements?type=sale", "/live", "/cases?status=open", "/"):
        harmless(olga, path)
    things = {one.replace("&amp;", "&") for one in re.findall(r'href="(/things/[^"]+)"', text)}
    assert len(things) >= 4
    for path in things:
        harmless(olga, path)
    for path in re.findall(r'href="(/cases/[0-9a-f]{32})"', text):
        harmless(olga, path)


@pytest.mark.parametrize(
    "path",
    [
        "/find?q=", "/judgements?source=", "/judgements?verdict=", "/judgements?type=", "/live?verdict=",
        "/cases?status=", "/rules?q=", "/sign-in?next=", "/password?done=", "/cases?done=void&why=",
    ],
)  # fmt: skip
def test_what_stands_in_an_address_is_harmless(visits: Visits, path: str) -> None:
    """A link that somebody sends cannot put anything into a page but text."""
    visitor = visits(None if path.startswith("/sign-in") else "olga")
    harmless(visitor, path + quote(BAD, safe=""))


def test_paths_and_methods_are_harmless(visits: Visits) -> None:
    """Nor can a wrong path; what is not there stays not there."""
    for path in ("/judgements/", "/cases/", "/rules/", "/rules/cn/", "/things/", "/static/"):
        harmless(visits("olga"), path + quote(BAD, safe=""), 404)


def test_what_people_write_is_harmless(visits: Visits, entry: str) -> None:
    """Notes, assignees, reasons and names of files are shown as text and nothing more."""
    olga = visits("olga")
    case = re.findall(r'href="(/cases/[0-9a-f]{32})"', olga.get(entry).text)[0]
    olga.send(f"{case}/notes", note=f"note{BAD}")
    olga.send(f"{case}/assignment", assignee=f"who{BAD}")
    olga.post(
        f"{case}/attachments",
        data={"csrf": olga.csrf()},
        files={"file": (f"file{MARKUP}.txt", b"x", BAD.encode("ascii", "replace").decode())},
    )
    olga.send(
        "/resolutions", cause=case[7:], action="release", reason=f"why{BAD}", until="2099-01-01"
    )
    text = Page(harmless(olga, case)).text
    assert f"note{MARKUP}" in text
    harmless(olga, "/cases?mine=1")


def test_downloads_are_harmless(visits: Visits, entry: str) -> None:
    """A file shows hidden characters as what they are."""
    text = visits("olga").get("/judgements.csv?type=sale").text
    assert MARKUP in text
    assert "\u202e" not in text


@pytest.mark.parametrize("path", ["//evil.example/a", "/%5Cevil.example", "//evil.example/%2e%2e"])
def test_no_page_leads_to_another_host(visits: Visits, path: str) -> None:
    """Whatever address a page was asked for at, its links stay at this desk."""
    answer = visits(None).get(path)
    assert answer.status_code == 404
    links = re.findall(r'href="([^"]*)"', answer.text)
    assert [one for one in links if one.startswith(("//", "/\\")) or "evil" in one] == []
    assert any(one.startswith("?lang=") for one in links)


def test_a_number_beyond_counting_is_no_entry(visits: Visits) -> None:
    """No page fails at a number that no database counts to."""
    for number in (2**63 - 1, 2**63, 10**30):
        assert visits("olga").get(f"/judgements/{number}").status_code == 404
        assert visits("olga").get(f"/find?q={number}").status_code == 200
