"""Read a page and say what is wrong with its markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise

VOID = {"meta", "link", "input", "br", "img", "hr"}


class Page(HTMLParser):
    """Notes what stands in a page; fails where tags do not balance."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.forms: list[tuple[dict[str, str | None], list[str]]] = []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len({name for name, _ in attrs}), f"attribute twice: {tag} {attrs}"
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag == "form":
            self.forms.append((given, []))
        if self.forms and "form" in self.open and given.get("name"):
            self.forms[-1][1].append(str(given["name"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"`{tag}` was not open"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All words of the page."""
        return " ".join(self.words)

    def values(self, attribute: str) -> list[str]:
        """Return all values of an attribute."""
        return [attrs[attribute] or "" for _, attrs in self.tags if attribute in attrs]


def faults(text: str) -> Iterator[str]:
    """Yield what breaks the policy, or what somebody without eyes or mouse would stumble over."""
    page = Page(text)
    for tag, attrs in page.tags:
        if tag == "style" or (tag == "script" and "src" not in attrs):
            yield f"inline {tag}"
        for name in attrs:
            if name == "style" or name.startswith("on"):
                yield f"inline {name}"
        if tag == "a" and re.match(r"(?i)\s*(javascript|data|https?):|//", attrs.get("href") or ""):
            yield f"foreign link {attrs['href']}"
    idents = page.values("id")
    yield from (f"id twice: {one}" for one in {x for x in idents if idents.count(x) > 1})
    yield from _headings(page)
    yield from _labels(page, idents)
    for attrs, names in page.forms:
        if attrs.get("method") == "post" and "csrf" not in names:
            yield f"no csrf: {attrs}"
    for lost in re.findall(r"\{\w+\}|\bundefined\b|\bNone\b(?! of)", page.text):
        yield f"unfilled: {lost}"


def _headings(page: Page) -> Iterator[str]:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"headings begin {levels[:2]}, {levels.count(1)} of the first level"
    for before, after in pairwise(levels):
        if after > before + 1:
            yield f"heading {after} after {before}"


def _labels(page: Page, idents: list[str]) -> Iterator[str]:
    labelled = {one for tag, attrs in page.tags if tag == "label" and (one := attrs.get("for"))}
    yield from (f"label for nothing: {one}" for one in labelled - set(idents))
    for tag, attrs in page.tags:
        if tag in {"input", "select", "textarea"} and attrs.get("type") != "hidden":
            inside = (attrs.get("name") or "").count(".") or attrs.get("type") in {
                "radio",
                "checkbox",
            }
            if attrs.get("id") not in labelled and "aria-label" not in attrs and not inside:
                yield f"no label: {attrs}"
