"""The market's report on a phone: short, and all of it within reach."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vermilion.pages.watch import STRONGEST, render_watch

from .watch_samples import report

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Run Chromium without a window."""
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.mark.parametrize("script", [True, False])
def test_a_phone_shows_the_strongest_and_the_rest_on_demand(
    browser: Any, tmp_path: Path, script: bool
) -> None:
    """Ten findings are seen at first, and all of 30 after one touch, with the page's script or without."""
    made = report(40, 1)
    direct = sum(not one.indirect for one in made.findings)
    (tmp_path / "report.html").write_text(render_watch(made, "en"), encoding="utf-8")
    phone = {"width": 390, "height": 844}
    context = browser.new_context(viewport=phone, java_script_enabled=script)
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    findings = page.locator("#en-findings tbody[data-detector]")

    def shown() -> int:
        return sum(one.is_visible() for one in findings.all())

    assert STRONGEST < direct <= 100
    assert shown() == STRONGEST
    more = ".w-further" if script else ".w-rest > summary"
    page.locator(f"#en-findings {more}").click()
    assert shown() == direct
    context.close()
