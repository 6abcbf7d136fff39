"""Each page is whole in both languages, for everybody who may see it, and every link leads somewhere."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from vermilion.pages.words import LANGUAGES, Language
from vermilion.web.access.rights import RIGHTS, Right
from vermilion.web.console import console_handlers
from vermilion.web.console.frame import HEADERS
from vermilion.web.console.words import tell

from . import samples
from .conftest import Visitor, Visits
from .pages import Page, faults

CJK = re.compile(r"[\u4e00-\u9fff]")

PAGES = {
    "olga": [
        "/", "/live", "/live?verdict=deny", "/judgements", "/judgements?verdict=deny",
        "/judgements?type=sale&source=nowhere", "/cases", "/cases?mine=1", "/cases?status=answered",
        "/cases?status=waiting_confirmation", "/rules", "/rules?q=%E4%BB%B7", "/rules?q=xyzzy",
        "/rules/cn", "/rules/permits", "/rules/cn/CN-N4-01", "/rules/permits/PM-BYPASS-01", "/may-i",
        "/find", "/find?q=xyzzy", "/find?q=price", "/password",
        "/signing-key",
    ],
    "ana": ["/", "/cases", "/webhooks"],
    "root": ["/people", "/rules", "/password", "/webhooks"],
    None: ["/sign-in", "/sign-in?done=signed_out", "/sign-in?next=/cases"],
}  # fmt: skip
EVERY = [(who, path) for who, paths in PAGES.items() for path in paths]


def first(visitor: Visitor, path: str, start: str) -> str:
    """Return the first link of a list that leads to a page of some kind."""
    found = re.search(rf'href="({start}[^"]+)"', visitor.get(path).text)
    assert found is not None, (path, start)
    return found[1].replace("&amp;", "&")


def single(visitor: Visitor) -> list[str]:
    """Return a page of each kind that shows one thing."""
    denied = first(visitor, "/judgements?verdict=deny&type=sale", "/judgements/")
    kinds = [first(visitor, denied, f"/things/{kind}") for kind in ("party", "platform", "token")]
    waits = first(visitor, "/cases?status=waiting_confirmation", "/cases/[0-9a-f]")
    return [
        denied,
        first(visitor, "/judgements?verdict=review&type=sale", "/judgements/"),
        first(visitor, "/judgements?verdict=allow&type=sale", "/judgements/"),
        first(visitor, "/judgements?type=finding", "/judgements/"),
        first(visitor, "/judgements?type=resolution", "/judgements/"),
        first(visitor, "/cases", "/cases/[0-9a-f]"),
        first(visitor, "/cases?status=answered", "/cases/[0-9a-f]"),
        waits,
        *kinds,
    ]


def whole(visitor: Visitor, path: str, language: Language) -> None:
    """Check one page in one language."""
    mark = "&" if "?" in path else "?"
    answer = visitor.get(f"{path}{mark}lang={language}")
    assert answer.status_code == 200, path
    assert list(faults(answer.text)) == []
    page = Page(answer.text)
    assert "<time" not in page.text
    assert dict(page.tags)["html"]["lang"] == tell("language.tag", language)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    if language == "zh":
        assert CJK.search(page.text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("who", "path"), EVERY)
def test_page_is_whole(visits: Visits, who: str | None, path: str, language: Language) -> None:
    """Markup balances, nothing is inline, forms carry the token, fields have labels, headings step down."""
    whole(visits(who), path, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_of_one_thing_is_whole(visits: Visits, language: Language) -> None:
    """So is each page of a judgement, case, party, platform and token, for officer and auditor."""
    for who in ("olga", "ana"):
        for path in single(visits("olga")):
            whole(visits(who), path, language)


def test_every_link_leads_somewhere(visits: Visits) -> None:
    """No link of any page that is reached from the overview is dead; one of each kind is followed."""
    visitor, seen, kinds = visits("olga"), set[str](), set[str]()
    waiting = ["/", "/cases", "/rules/cn"]
    while waiting and len(kinds) < 300:
        path = waiting.pop()
        kind = re.sub(r"=[^&]*|/[0-9a-f]{8,}|/\d+|CN-[A-Z0-9-]+", "", path.partition("#")[0])
        if path in seen or kind in kinds or kind.startswith("/static"):
            continue
        seen.add(path)
        kinds.add(kind)
        answer = visitor.get(path)
        assert answer.status_code in {200, 303}, path
        if answer.headers["content-type"].startswith("text/html") and answer.status_code == 200:
            page = Page(answer.text)
            waiting += [one for one in page.values("href") if one.startswith("/")]
            anchors = {one[1:] for one in page.values("href") if one.startswith("#")}
            assert anchors <= set(page.values("id"))
    assert len(kinds) > 25


def test_every_rule_has_its_page(visits: Visits) -> None:
    """Each rule of each rulebook in force is shown with cases that come out as expected."""
    visitor = visits("olga")
    links = set(re.findall(r'href="(/rules/[a-z]+/[^"#]+)"', visitor.get("/rules").text))
    assert len(links) > 60
    for link in sorted(links)[::9]:
        text = visitor.get(f"{link}?lang=en").text
        assert list(faults(text)) == []
        assert "Expected" not in text


def test_every_form_has_a_route(client: TestClient[Litestar], visits: Visits) -> None:
    """What a form is sent to exists, by that method."""
    known = {
        (method, re.sub(r"\{\w+:\w+\}", "[^/]+", route.path))
        for route in client.app.routes
        for method in getattr(route, "methods", ())
    }
    paths = [(who, path) for who, path in EVERY]
    paths += [("olga", path) for path in single(visits("olga"))]
    for who, path in paths:
        for attrs, _ in Page(visits(who).get(path).text).forms:
            if attrs.get("method") == "dialog":
                continue
            action = (attrs.get("action") or "").partition("?")[0]
            method = (attrs.get("method") or "get").upper()
            assert any(m == method and re.fullmatch(p, action) for m, p in known), action


def test_every_handler_declares_a_known_right() -> None:
    """No page of ours is open by oversight; only signing in and files are for everybody."""
    rights = {one.handler_name: one.opt["right"] for one in console_handlers()}
    assert set(rights.values()) <= set(RIGHTS)
    assert set(get_args(Right)) >= set(rights.values())
    public = {name for name, right in rights.items() if right == "public"}
    assert public == {"sign_in_page", "sign_in_now", "sign_out_now", "static_file"}


@pytest.mark.parametrize("path", ["/", "/cases?status=open", "/people", "/things/party?id=a"])
def test_who_is_not_signed_in_signs_in_first(visits: Visits, path: str) -> None:
    """The way leads to the form and back to where the visitor wanted to go."""
    answer = visits(None).get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    ("who", "path"),
    [("root", "/cases"), ("root", "/judgements"), ("ana", "/people"), ("rui", "/people")],
)
def test_what_is_not_theirs_is_refused_as_a_page(visits: Visits, who: str, path: str) -> None:
    """Somebody without the right is told so in the frame, with what to do."""
    answer = visits(who).get(f"{path}?lang=en")
    assert answer.status_code == 403
    assert list(faults(answer.text)) == []
    assert "You may not do this" in answer.text


def test_administrators_begin_at_people(visits: Visits) -> None:
    """Who may not read judgements is led to what is theirs, and sees no link to the rest."""
    answer = visits("root").get("/")
    assert answer.headers["location"] == "/people"
    links = Page(visits("root").get("/people").text).values("href")
    assert "/cases" not in links
    assert "/rules" in links


@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "/judgements/99999999", "/cases/" + "0" * 32, "/cases/x", "/rules/nothing",
        "/rules/cn/CN-NO-99", "/things/party?id=nobody-knows", "/things/dragon?id=a", "/things/party",
        "/static/other.css", "/static/..%2fframe.py", "/cases/" + "0" * 32 + "/attachments/" + "0" * 64,
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_there_is_a_page_too(visits: Visits, path: str, language: Language) -> None:
    """A wrong address is answered in the frame, in the visitor's language, with a way out."""
    mark = "&" if "?" in path else "?"
    answer = visits("olga").get(f"{path}{mark}lang={language}")
    assert answer.status_code == 404
    assert list(faults(answer.text)) == []
    assert tell("problem.do.404", language) in Page(answer.text).text


def test_language_and_theme_are_remembered(visits: Visits) -> None:
    """What was chosen once holds on the next page; what is no theme is none."""
    visitor = visits("rui")
    visitor.get("/rules?lang=zh&theme=dark")
    html = dict(Page(visitor.get("/rules").text).tags)["html"]
    assert html == {"lang": "zh-CN", "data-theme": "dark"}
    visitor.get('/rules?lang=en&theme="><script>')
    html = dict(Page(visitor.get("/rules").text).tags)["html"]
    assert html == {"lang": "en", "data-theme": "dark"}
    visitor.get("/rules?theme=system")
    assert "data-theme" not in dict(Page(visitor.get("/rules").text).tags)["html"]


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("zh-CN,zh;q=0.9", "zh-CN"),
        ("fr, zh-TW", "zh-CN"),
        ("de", "en"),
        ("", "en"),
        ("\xff;;,", "en"),
    ],
)
def test_language_follows_the_browser(
    client: TestClient[Litestar], said: str, language: str
) -> None:
    """Before anybody chose, the browser's first language that there is counts."""
    fresh = Visitor(client)
    answer = fresh.get("/sign-in", headers={"accept-language": said.encode("latin-1")})
    assert dict(Page(answer.text).tags)["html"]["lang"] == language


@pytest.mark.parametrize(
    ("who", "path"), [("olga", "/people"), ("olga", "/nothing"), ("olga", "/judgements?before=x")]
)
def test_refusals_are_told_in_chinese_alone(visits: Visits, who: str, path: str) -> None:
    """What is refused or not there is told in the visitor's language, with no English sentence."""
    mark = "&" if "?" in path else "?"
    answer = visits(who).get(f"{path}{mark}lang=zh")
    assert answer.status_code >= 400
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    assert not re.search(r"[A-Za-z]+ [a-z]+", re.sub(r"<[^>]*>", "", main))
    assert "/sign-in" not in main


def test_refused_forms_are_told_in_chinese_alone(visits: Visits) -> None:
    """So is what a form is refused for, on an error page and beside the form."""
    olga = visits("olga")
    case = first(olga, "/cases", "/cases/[0-9a-f]")
    olga.get("/rules?lang=zh")
    answers = [
        olga.send(f"{case}/links", how="duplicate", id="nonsense"),
        olga.send("/resolutions", cause=case[-32:]),
        olga.send("/password", old=samples.PASSWORD, new="short"),
    ]
    for answer in answers:
        assert answer.status_code == 400
        main = answer.text.partition("<main")[2].partition("</main>")[0]
        assert not re.search(r"[A-Za-z]+ [a-z]+", re.sub(r"<[^>]*>", "", main))
    olga.get("/rules?lang=en")


def test_what_is_void_does_not_look_done(visits: Visits) -> None:
    """An answer without effect is told as a warning."""
    olga = visits("olga")
    assert 'class="wrong" role="status"' in olga.get("/cases?done=void&why=late").text
    assert 'class="done" role="status"' in olga.get("/cases?done=stops").text


def test_who_confirms_reads_the_reason_first(visits: Visits) -> None:
    """Beside the form that confirms stands why the first person decided, and for how long."""
    case = first(visits("olga"), "/cases?status=waiting_confirmation", "/cases/[0-9a-f]")
    card = visits("otto").get(f"{case}?lang=en").text.partition('id="resolve"')[2]
    card = card.partition("<form")[0]
    assert "licence seen on paper" in card
    assert samples.in_days(20) in card


def test_cases_are_called_by_their_titles(visits: Visits) -> None:
    """Where a judgement or the list of unconfirmed answers names a case, its title stands with it."""
    olga = visits("olga")
    listed = olga.get("/judgements?verdict=review").text
    paths = ["/cases", *re.findall(r'href="(/judgements/\d+)"', listed)]
    text = "".join(olga.get(path).text for path in paths)
    named = re.findall(r'<li><a class="case-link" href="/cases/\w{32}">(.*?)</a>', text)
    named += re.findall(r'<p><a href="/cases/\w{32}">(.*?)</a></p></li>', text)
    assert named
    assert not [one for one in named if one.startswith("<code>")]
