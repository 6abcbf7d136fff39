"""Officers sign in a real browser: keys made there, four eyes, wrong keys, altered texts."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vermilion.desk.book import make_book
from vermilion.web.access import Access

from .known import STRANGER, lawful, statements, stranger
from .test_browser import CHROMIUM, FLAGS, PASSWORD, World, playwright, pytestmark, submit, visit
from .test_service import free_port, process

__all__ = ["pytestmark"]

OFFICERS = ("li", "wang", "chen")
HELD = [lawful(f"n{n}", STRANGER) for n in range(3)]
ANSWER = "form[action='/resolutions']"
CONFIRM = "form[action='/resolutions/confirmation']"
END = "form[action='/resolutions/end']"
PRIVATE = """async ([record, officer]) => {
  const database = await new Promise((done) => {
    const opening = indexedDB.open("vermilion");
    opening.onsuccess = () => done(opening.result);
  });
  const { privateKey } = await new Promise((done) => {
    const asked = database.transaction("officer_keys").objectStore("officer_keys").get([record, officer]);
    asked.onsuccess = () => done(asked.result);
  });
  const leak = (format) => crypto.subtle.exportKey(format, privateKey).then(() => format, () => null);
  return [privateKey.extractable, await leak("pkcs8"), await leak("jwk"), await leak("raw")];
}"""


class Signers(NamedTuple):
    """A served book whose profile lists the keys that two officers made, and a stranger's for the third."""

    world: World
    pages: dict[str, Any]
    public: dict[str, str]
    before: dict[str, str]
    """What each officer's page said of the key while the profile listed none."""


@pytest.fixture(scope="module")
def signers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signers]:
    """Let each officer make a key in a browser, list the keys, and serve the book again."""
    book, port = tmp_path_factory.mktemp("signing") / "book", free_port()

    def profile(keys: dict[str, str]) -> str:
        named = [{"id": f"officer:{one}", "key": keys.get(one)} for one in OFFICERS]
        return (
            "rulebooks: [cn, permits]\ntwo_people: [cause]\n"
            f"officers: {json.dumps([{k: v for k, v in one.items() if v} for one in named])}\n"
        )

    make_book(book, {"book.yaml": profile({})})
    access = Access(book)
    for name in OFFICERS:
        access.add_person(name, "officer", PASSWORD, officer=f"officer:{name}")
    shop = access.add_key("shop", "platform")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        with process(book, port) as (_, address):
            world = World(address, shop, browser, [])
            pages = {name: visit(world, name) for name in OFFICERS}
            public = {name: make_key(world, page) for name, page in pages.items()}
            before = {name: page.inner_text("#signing-key") for name, page in pages.items()}
        other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        (book / "book.yaml").write_text(
            profile(public | {"chen": base64.b64encode(other).decode()})
        )
        with process(book, port):
            submit(world, [*statements(), stranger()])
            assert {one["standing"] for one in submit(world, HELD)} == {"held"}
            yield Signers(world, pages, public, before)
        browser.close()


def make_key(world: World, page: Any) -> str:
    """Make a key on an officer's own page and return its public half."""
    page.goto(f"{world.address}/signing-key")
    page.click("[data-make]")
    page.wait_for_selector("#public-key:visible")
    return str(page.inner_text("#public-key"))


def case_of(signers: Signers, name: str) -> Any:
    """Open the case under which the sales wait, as one officer."""
    page = signers.pages[name]
    page.goto(f"{signers.world.address}/cases")
    page.click("main a[href^='/cases/'] >> nth=0")
    return page


def fill(page: Any, reason: str = "seen in person") -> None:
    """Answer the case and ask for what is to be signed."""
    page.check("input[name=action][value=release]")
    page.fill(f"{ANSWER} textarea", reason)
    page.click(f"{ANSWER} button[type=submit]")


def shown(page: Any) -> str:
    """Return what the page says is to be signed."""
    page.wait_for_selector("#sign:visible")
    return str(page.inner_text("#sign"))


def signed(page: Any) -> str:
    """Sign what the page shows and return what it says was done."""
    page.click("#sign [data-do]")
    return str(page.inner_text("[role=status]"))


def waiting(signers: Signers) -> list[Any]:
    """Return the answers that wait for a second person."""
    answer = signers.pages["li"].request.get(f"{signers.world.address}/v1/resolutions/waiting")
    found: list[Any] = answer.json()
    return found


def test_a_key_is_made_in_the_browser_and_stays_there(signers: Signers) -> None:
    """The public half is what a profile takes; no script reads the private one; the page says which is listed."""
    for name, text in signers.public.items():
        assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", text)
        assert "Give the public half to the administrator" in signers.before[name]
    page = signers.pages["li"]
    page.goto(f"{signers.world.address}/signing-key")
    page.wait_for_selector("[data-state=held]:visible")
    assert page.inner_text("#public-key") == signers.public["li"]
    record = page.get_attribute("#signing-key", "data-record")
    assert page.evaluate(PRIVATE, [record, "officer:li"]) == [False, None, None, None]


def alter(change: Callable[[dict[str, Any]], None]) -> Callable[[str], str]:
    """Return what makes another text of one to be signed by changing its event."""

    def altered(text: str) -> str:
        *head, event = text.split("\n")
        read = json.loads(event)
        change(read)
        told = json.dumps(read, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "\n".join([*head, told])

    return altered


ALTERED = {
    "action": alter(lambda event: event["data"].update(action="refuse")),
    "reason": alter(lambda event: event["data"].update(reason="no")),
    "until": alter(lambda event: event["data"].update(until="2099-01-01T00:00:00Z")),
    "cause": alter(lambda event: event["data"].update(cause="0" * 32)),
    "by": alter(lambda event: event["data"]["parties"].update(by="officer:wang")),
    "more": alter(lambda event: event["data"].update(confirms={"id": "1", "source": "2"})),
    "type": alter(lambda event: event.update(type="case")),
    "stage": alter(lambda event: event.update(stage="withdrawn")),
    "time": alter(lambda event: event.update(time="2020-01-01T00:00:00Z")),
    "id": alter(lambda event: event.update(id="an id of another form")),
    "twice": lambda text: text.replace('"action":', '"action":"refuse","action":'),
    "blank": lambda text: text.replace('"action":', '"action": '),
    "record": lambda text: text.replace("\n", "\nanother.", 1),
    "purpose": lambda text: text.replace("resolution 1", "activation 1", 1),
    "tail": lambda text: f"{text}\n{{}}",
    "nothing": lambda text: "",
}


@pytest.mark.parametrize("change", ALTERED.values(), ids=list(ALTERED))
def test_an_altered_text_is_not_signed(signers: Signers, change: Callable[[str], str]) -> None:
    """A text that says anything but what the officer chose is refused, and nothing is sent."""
    page, sent = case_of(signers, "li"), []

    def answer(route: Any) -> None:
        told = route.fetch().json()
        route.fulfill(json={"text": change(told["text"])})

    page.route("**/v1/resolutions/unsigned", answer)
    page.route("**/v1/resolutions/signed", lambda route: sent.append(route) or route.abort())
    fill(page)
    told = page.inner_text(f"{ANSWER} [role=alert]")
    page.unroute_all()
    assert "nothing was signed" in told or "Check the clock" in told
    assert not page.locator("#sign").is_visible()
    assert sent == []
    assert waiting(signers) == []
    assert signers.world.faults == []


def test_one_event_is_released_by_a_signature(signers: Signers) -> None:
    """On the page of an event that is held, what is signed names that event."""
    (held,) = submit(signers.world, [lawful("alone", STRANGER)])
    page = signers.pages["li"]
    page.goto(f"{signers.world.address}/judgements/{held['entry']}")
    fill(page)
    assert "alone" in shown(page)
    assert "1 permit" in signed(page)
    assert {one["standing"] for one in submit(signers.world, HELD)} == {"held"}


def test_a_browser_with_another_key_says_so(signers: Signers) -> None:
    """It is told on the officer's page, and no form is shown on the case's."""
    page = signers.pages["chen"]
    page.goto(f"{signers.world.address}/signing-key")
    page.wait_for_selector("[data-state=other]:visible")
    page = case_of(signers, "chen")
    assert page.locator("[data-without-key]").is_visible()
    assert not page.locator(ANSWER).is_visible()


def misled(signers: Signers) -> Any:
    """Open the case in a page that takes the third officer's own key for the listed one."""
    page = case_of(signers, "chen")

    def mislead(route: Any) -> None:
        told = route.fetch()
        own = f'data-listed="{signers.public["chen"]}"'
        route.fulfill(response=told, body=re.sub(r'data-listed="[^"]*"', own, told.text()))

    page.route(page.url, mislead)
    page.reload()
    return page


def test_what_another_key_signs_is_void(signers: Signers) -> None:
    """A page that takes the wrong key for the listed one gets a record that does nothing, and says so."""
    page = misled(signers)
    fill(page)
    shown(page)
    assert "void: its signature does not hold" in signed(page)
    page.unroute_all()
    assert waiting(signers) == []
    assert {one["standing"] for one in submit(signers.world, HELD)} == {"held"}


def test_a_key_that_was_replaced_meanwhile_signs_nothing(signers: Signers) -> None:
    """Where another tab took the key away, the page says so and sends nothing."""
    page, sent = misled(signers), []
    page.route("**/v1/resolutions/signed", lambda route: sent.append(route) or route.abort())
    fill(page)
    shown(page)
    tab = page.context.new_page()
    tab.goto(f"{signers.world.address}/signing-key")
    tab.click("details.add summary")
    tab.click("[data-remove]")
    tab.click("[data-make]")
    tab.wait_for_selector("#public-key:visible")
    tab.close()
    page.click("#sign [data-do]")
    assert "not the one that the profile lists" in page.inner_text(f"{ANSWER} [role=alert]")
    page.unroute_all()
    assert sent == []


def test_a_browser_that_cannot_sign_says_so(signers: Signers) -> None:
    """Without Ed25519 the officer's page names the command line, and the case's page has no form."""
    page = signers.pages["wang"].context.new_page()
    page.add_init_script(
        "crypto.subtle.generateKey = () => Promise.reject(new DOMException('', 'NotSupportedError'));"
    )
    page.goto(f"{signers.world.address}/signing-key")
    assert page.locator("[data-state=unable]").is_visible()
    assert not page.locator("[data-make]").is_visible()
    page.close()


def test_a_cause_is_freed_by_two_signatures(signers: Signers) -> None:
    """One officer signs, another signs the confirmation in another browser, and later the end of it.

    What is shown is what was chosen, in the words of the page and in the exact text.
    """
    page = case_of(signers, "li")
    reason = 'licence “seen”\n\\ on <b>paper</b> \u2028 纸质许可 "ok"'
    fill(page, reason)
    assert "licence “seen”" in shown(page)
    for key in ("g", "o", "Escape"):  # what leads to another page elsewhere does not here
        page.keyboard.press(key)
    assert page.input_value(f"{ANSWER} textarea") == reason
    assert waiting(signers) == []
    page.click(f"{ANSWER} button[type=submit]")
    told = shown(page)
    assert "Release: the concern does not hold" in told
    assert page.input_value("#until") in told
    assert "officer:li" in told
    assert "waits for a second person" in signed(page)
    assert [one["by"] for one in waiting(signers)] == ["officer:li"]
    other = case_of(signers, "wang")
    assert "纸质许可" in other.inner_text(".card")
    other.fill(f"{CONFIRM} textarea", "seen too")
    other.click(f"{CONFIRM} button[type=submit]")
    assert waiting(signers)[0]["id"] in shown(other)
    assert "3 permits" in signed(other)
    assert {one["standing"] for one in submit(signers.world, HELD)} == {"permitted"}
    page.goto(other.url.partition("?")[0])
    page.click(f"details:has({END}) summary")
    page.fill(f"{END} textarea", "the licence ran out")
    page.click(f"{END} button[type=submit]")
    assert "The answer that it ends" in shown(page)
    assert "has ended" in signed(page)
    assert signers.world.faults == []


def test_a_removed_key_is_gone(signers: Signers) -> None:
    """After removal the page offers to make another, which is not the one that was listed."""
    page = signers.pages["wang"]
    page.goto(f"{signers.world.address}/signing-key")
    page.click("details.add summary")
    page.click("[data-remove]")
    page.wait_for_selector("[data-state=elsewhere]:visible")
    assert make_key(signers.world, page) != signers.public["wang"]
    page.wait_for_selector("[data-state=other]:visible")
    assert signers.world.faults == []
