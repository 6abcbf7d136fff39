"""What people do on the pages: answer, note, assign, attach, sign in, manage, and be refused."""

from __future__ import annotations

import re

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from vermilion.web.console.forms import local

from . import samples
from .conftest import BASE, Visitor, Visits
from .pages import Page, faults


def open_case(visitor: Visitor) -> str:
    """Return the address of a case that nobody answered."""
    found = re.findall(r'href="(/cases/[0-9a-f]{32})"', visitor.get("/cases?status=open").text)
    return found[-1]


@given(st.text() | st.from_regex(r"[/\\.:a-z@%]*", fullmatch=True))
def test_no_form_leads_elsewhere(address: str) -> None:
    """Where a form says to return to, the browser stays with us."""
    found = local(address, "/cases")
    assert httpx.URL(BASE).join(found).host == "127.0.0.1"
    assert not found.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "\t//evil.example",
    ],
)
def test_known_tricks_lead_home(address: str) -> None:
    """The ways in which redirects are known to be led astray end at the page meant."""
    assert local(address, "/cases") == "/cases"


def test_sign_in_goes_on_and_tells_nothing(client: TestClient[Litestar]) -> None:
    """A wrong password is told like a wrong name; the right one leads to where one wanted to go."""
    fresh = Visitor(client)
    told = set()
    for name in ("olga", "nobody"):
        answer = fresh.post("/sign-in", data={"name": name, "password": "wrong"})
        assert answer.status_code == 401
        told.add(answer.text.replace(name, ""))
    assert len(told) == 1
    given = {"name": "olga", "password": samples.PASSWORD, "next": "//evil.example"}
    assert fresh.post("/sign-in", data=given).headers["location"] == "/"
    assert fresh.get("/sign-in?next=/cases").headers["location"] == "/cases"
    fresh.send("/sign-out")
    assert fresh.get("/cases").status_code == 303


def test_sign_in_goes_on_to_an_address_in_any_script(client: TestClient[Litestar]) -> None:
    """A page whose address holds Chinese is gone to, and what is escaped in it stays as it is."""
    form = {"name": "root", "password": samples.PASSWORD, "next": "/rules/中国/%2F?q=a b&n=1"}
    answer = Visitor(client).post("/sign-in", data=form)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/rules/%E4%B8%AD%E5%9B%BD/%2F?q=a%20b&n=1"


def test_nobody_signs_in_with_a_book(client: TestClient[Litestar]) -> None:
    """Who is not signed in yet sends little."""
    answer = client.post("/sign-in", data={"name": "root", "password": "a" * 20_000})
    assert answer.status_code == 413


def test_nothing_is_done_without_the_token(visits: Visits) -> None:
    """A form that no page of this session made does nothing."""
    visitor = visits("olga")
    case = open_case(visitor)
    for path in (
        "/resolutions",
        "/resolutions/confirmation",
        "/resolutions/end",
        f"{case}/notes",
        "/may-i",
    ):
        answer = visitor.post(path, data={"reason": "x", "note": "x", "cause": case[7:]})
        assert answer.status_code == 403
        assert list(faults(answer.text)) == []


def test_nothing_is_prepared_for_signing_without_the_token(visits: Visits) -> None:
    """Nor is a text made ready for somebody else's page to have signed."""
    asked = {"action": "release", "reason": "x", "cause": "0" * 32, "until": "2030-01-01T00:00:00Z"}
    olga = visits("olga")
    answer = olga.post("/v1/resolutions/unsigned", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_wrong")
    token = {"X-CSRF-Token": olga.csrf()}
    assert olga.post("/v1/resolutions/unsigned", json=asked, headers=token).status_code == 200


def test_a_case_is_answered_by_two(visits: Visits) -> None:
    """One officer's answer waits, the same one cannot confirm it, another one's confirmation frees.

    Who confirms is told the last day that was chosen, not the one after it.
    """
    olga, otto = visits("olga"), visits("otto")
    case = open_case(olga)
    fields = {
        "cause": case[7:],
        "action": "refuse",
        "reason": "seen",
        "until": samples.in_days(10),
        "back": case,
    }
    answer = olga.send("/resolutions", **fields)
    assert answer.headers["location"] == f"{case}?done=waits&n=0"
    assert "it waits for a second person" in olga.get(f"{answer.headers['location']}&lang=en").text
    page = otto.get(f"{case}?lang=en").text
    card = page.partition('id="resolve"')[2].partition("<form")[0]
    assert samples.in_days(10) in card
    assert samples.in_days(11) not in card
    source, id = (re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("source", "id"))
    assert source is not None
    assert id is not None
    named = {"source": source[1], "id": id[1], "reason": "seen too", "back": case}
    own = olga.send("/resolutions/confirmation", **named)
    assert "done=void" in own.headers["location"]
    assert "same person" in olga.get(own.headers["location"] + "&lang=en").text
    done = otto.send("/resolutions/confirmation", **named)
    assert "done=stops" in done.headers["location"]
    again = otto.send("/resolutions/confirmation", **named)
    assert again.status_code == 400


def confirm(visitor: Visitor, case: str) -> None:
    """Confirm what waits for a second person on a case's page."""
    page = visitor.get(case).text
    form = page[page.index("/resolutions/confirmation") :]
    named = dict(re.findall(r'name="(source|id)" value="([^"]+)"', form)[:2])
    assert (
        "done=stops"
        in visitor.send("/resolutions/confirmation", reason="too", **named).headers["location"]
    )


def test_an_answer_ends(visits: Visits) -> None:
    """What stands for a case can be ended from its page."""
    olga = visits("olga")
    case = open_case(olga)
    until = samples.in_days(10)
    olga.send("/resolutions", cause=case[7:], action="refuse", reason="seen", until=until)
    confirm(visits("otto"), case)
    page = olga.get(case).text
    form = page[page.index("/resolutions/end") :]
    id = re.search(r'name="id" value="([^"]+)"', form)
    assert id is not None
    done = olga.send("/resolutions/end", cause=case[7:], id=id[1], reason="no longer", back=case)
    assert "done=ends" in done.headers["location"]
    assert "/resolutions/end" not in olga.get(case).text


def test_one_event_is_answered_alone(visits: Visits) -> None:
    """What is held can be released from its own page, which then shows its permit."""
    olga = visits("olga")
    held = next(
        one
        for one in re.findall(
            r'href="(/judgements/\d+)"', olga.get("/judgements?verdict=review").text
        )
        if 'action="/resolutions"' in olga.get(one).text
    )
    page = olga.get(held).text
    form = page[page.index('action="/resolutions"') :]
    source, id = (re.search(rf'name="{name}" value="([^"]+)"', form) for name in ("source", "id"))
    assert source is not None
    assert id is not None
    done = olga.send(
        "/resolutions", source=source[1], id=id[1], action="release", reason="seen", back=held
    )
    assert done.headers["location"].startswith(f"{held}?done=frees&n=1")
    assert 'id="permit-text"' in olga.get(held).text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"action": "bless"}, "no_action"),
        ({"action": "release", "cause": "0" * 32, "until": "soon"}, "bad_day"),
        ({"action": "release", "cause": "zzz"}, "bad_resolution"),
        ({"action": "release"}, "nothing_named"),
        ({"action": "release", "source": "a"}, "nothing_named"),
    ],
)
def test_a_wrong_answer_is_told(visits: Visits, fields: dict[str, str], code: str) -> None:
    """What cannot be recorded is refused as a page; nothing without a case or event is answered."""
    answer = visits("olga").send("/resolutions", reason="x", **fields)
    assert answer.status_code in {400, 422}
    assert list(faults(answer.text)) == []
    assert code in answer.text


def test_auditors_and_reviewers_see_no_form_that_is_not_theirs(visits: Visits) -> None:
    """An auditor's case page has no form that changes it, a reviewer's none that answers it."""
    case = open_case(visits("olga"))
    for who, forms in (("ana", set()), ("rui", {"notes", "assignment", "attachments", "links"})):
        actions = [str(attrs.get("action")) for attrs, _ in Page(visits(who).get(case).text).forms]
        assert {one.rpartition("/")[2] for one in actions if one.startswith("/cases/")} == forms
        assert not any(one.startswith("/resolutions") for one in actions)
        assert visits(who).send("/resolutions", cause=case[7:], action="refuse").status_code == 403


def test_work_on_a_case_is_in_its_journal(visits: Visits) -> None:
    """Note, assignment and file stand on the page, and the file comes back as a download alone."""
    rui = visits("rui")
    case = open_case(rui)
    assert "done=note" in rui.send(f"{case}/notes", note="asked & waited").headers["location"]
    assert "done=assign" in rui.send(f"{case}/assignment", assignee="otto").headers["location"]
    done = rui.post(
        f"{case}/attachments",
        data={"csrf": rui.csrf()},
        files={"file": ("许可.html", b"<script>alert(1)</script>", "text/html")},
    )
    assert "done=attach" in done.headers["location"]
    page = rui.get(case).text
    assert "asked &amp; waited" in page
    link = re.findall(rf'href="({case}/attachments/[0-9a-f]{{64}})"', page)[-1]
    file = rui.get(link)
    assert file.content == b"<script>alert(1)</script>"
    assert file.headers["content-type"].startswith("application/octet-stream")
    assert file.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in file.headers["content-security-policy"]
    assert rui.post(f"{case}/attachments", data={"csrf": rui.csrf()}).status_code == 400
    assert rui.send(f"{case}/notes", note="").status_code == 400
    assert rui.send("/cases/" + "0" * 32 + "/notes", note="x").status_code == 404


def test_my_cases_are_mine(visits: Visits) -> None:
    """The filter leaves what was assigned to the visitor."""
    olga = visits("olga")
    case = open_case(olga)
    olga.send(f"{case}/assignment", assignee="olga")
    found = set(
        re.findall(r'href="(/cases/[0-9a-f]{32})"', olga.get("/cases?mine=1&status=open").text)
    )
    assert case in found


def test_an_administrator_gives_and_takes(visits: Visits, client: TestClient[Litestar]) -> None:
    """A person added signs in, changes the password, loses the role and the account; a key shows once."""
    root, new = visits("root"), Visitor(client)
    password = "seven vermilion lanterns above"
    assert root.send("/people", name="mei", role="reviewer", password="short").status_code == 400
    root.send("/people", name="mei", role="reviewer", password=password)
    assert new.post("/sign-in", data={"name": "mei", "password": password}).status_code == 303
    other = "nine vermilion lanterns below"
    assert new.send("/password", old="wrong", new=other).status_code == 401
    assert "done=password" in new.send("/password", old=password, new=other).headers["location"]
    assert "done=role_changed" in root.send("/people/mei/role", role="auditor").headers["location"]
    assert new.get("/cases").status_code == 303
    assert (
        "done=password_set"
        in root.send("/people/mei/password", password=password).headers["location"]
    )
    assert "done=person_disabled" in root.send("/people/mei/disabling").headers["location"]
    assert new.post("/sign-in", data={"name": "mei", "password": password}).status_code == 401
    made = root.send("/keys", name="till", role="platform", sources="a\nb")
    key = re.search(r"vk_[A-Za-z0-9_-]{43}", made.text)
    assert key is not None
    assert list(faults(made.text)) == []
    assert key[0] not in root.get("/people").text
    assert "done=key_revoked" in root.send("/keys/till/revocation").headers["location"]
    assert root.send("/keys", name="x", role="king").status_code == 400
    assert root.send("/keys/nothing/revocation").status_code == 404


def test_an_interview_ends_in_a_memo(visits: Visits) -> None:
    """Answers travel along, the other language goes on at the same question, the memo prints."""
    olga = visits("olga")
    fields = {"plan": "museum_relic"}
    page = olga.send("/may-i?lang=en", **fields).text
    for _ in range(60):
        assert list(faults(page)) == []
        carried = dict(
            re.findall(r'<input type="hidden" name="(plan|answers|fact)" value="([^"]*)"', page)
        )
        if 'name="fact"' not in page:
            break
        carried["answers"] = carried["answers"].replace("&#34;", '"')
        page = olga.send("/may-i", **carried, unknown="yes").text
    other = olga.send(
        "/may-i?lang=zh", **{**carried, "answers": carried["answers"].replace("&#34;", '"')}
    )
    assert dict(Page(other.text).tags)["html"]["lang"] == "zh-CN"
    memo = olga.send(
        "/may-i?lang=en",
        **{**carried, "answers": carried["answers"].replace("&#34;", '"')},
        memo="yes",
    )
    policy = memo.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.count("sha256-") == 4
    assert olga.send("/may-i", plan="none such").status_code == 400
