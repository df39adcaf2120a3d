"""Each page in a real browser, wide and narrow, light and dark."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests
from dashboard_support import NASTY
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clockify_sandbox.bigquery import LocalBigQuery
    from playwright.sync_api import Browser, ConsoleMessage, Page

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
GUARD_MILLISECONDS = 300_000
SHOTS = Path(
    os.environ.get("DASHBOARD_SCREENSHOTS") or Path(__file__).parent.parent / "screenshots"
)
PATHS = ("", "people", "projects", "money", "health")
READY = "[data-testid=stApp][data-test-script-state=notRunning]"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")

CUT_OFF = """() => [...document.querySelectorAll(
    "[data-testid=stMain] :is(h1, h2, h3, p, label, button, [data-testid=stMetricValue] div)")]
  .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1
    && getComputedStyle(e).overflowX !== "visible")
  .map(e => e.innerText)"""
OVERLAPPING = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  const boxes = [...main.querySelectorAll("[data-testid=stElementContainer]")]
    .filter(e => e.offsetParent && !e.querySelector("[data-testid=stElementContainer]"))
    .map(e => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 1 && r.height > 1);
  return boxes.flatMap(([a, r], i) => boxes.slice(i + 1).filter(([, s]) =>
    Math.min(r.right, s.right) - Math.max(r.left, s.left) > 2 &&
    Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top) > 2
  ).map(([b]) => [a.innerText, b.innerText]));
}"""
TOO_WIDE = """() => [document.documentElement, document.querySelector("[data-testid=stMain]")]
  .filter(e => e.scrollWidth > e.clientWidth + 1).length"""
CHARTS = """() => [...document.querySelectorAll("[data-testid=stVegaLiteChart]")].map(e => {
  const drawn = e.querySelector("canvas, svg.marks");
  return drawn ? drawn.getBoundingClientRect().height : 0;
})"""


@pytest.fixture
def url(marts: LocalBigQuery, free_port: Callable[[], int]) -> Iterator[str]:
    del marts  # the variables that point to it are set
    port = free_port()
    command = [sys.executable, "-m", "clockify_dashboard.cli", f"--port={port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - ours
        try:
            yield _answering(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def _answering(url: str) -> str:
    for _ in range(1200):
        try:
            requests.get(f"{url}/_stcore/health", timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(0.25)
        else:
            return url
    raise AssertionError("the dashboard did not answer in five minutes")


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def _watched(browser: Browser, width: int, scheme: str) -> Iterator[Page]:
    """Open a tab that must log no error and ask no other host."""
    problems: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(GUARD_MILLISECONDS)
    page.on("console", lambda message: problems.extend(_error(message)))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.extend(_elsewhere(request.url)))
    yield page
    page.close()
    assert problems == []


def _error(message: ConsoleMessage) -> list[str]:
    # Opened at a page's address, Streamlit looks for itself below it first.
    looks = "/_stcore/" in message.location["url"] and "404" in message.text
    return [message.text] if message.type == "error" and not looks else []


def _elsewhere(url: str) -> list[str]:
    parts = urlsplit(url)
    return [] if parts.scheme in {"data", "blob"} or parts.hostname == "127.0.0.1" else [url]


def _settled(page: Page) -> None:
    page.wait_for_selector(READY)
    page.wait_for_selector("[data-testid=stMain] [data-testid=stDataFrame]")
    page.wait_for_function(f"({CHARTS})().every(height => height > 50)")
    page.wait_for_timeout(300)


def test_pages_are_whole_at_any_width_and_theme(url: str, browser: Browser) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for width, scheme in ((1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")):
        with _watched(browser, width, scheme) as page:
            for path in PATHS:
                page.goto(f"{url}/{path}")
                _settled(page)
                where = f"{path or 'overview'}-{width}-{scheme}"
                height = page.evaluate(
                    "document.querySelector('[data-testid=stMain]').scrollHeight"
                )
                page.set_viewport_size({"width": width, "height": height})
                page.wait_for_timeout(300)
                page.screenshot(path=SHOTS / f"{where}.png")
                assert page.evaluate(TOO_WIDE) == 0, where
                assert page.evaluate(CUT_OFF) == [], where
                assert page.evaluate(OVERLAPPING) == [], where
                assert page.locator("[data-testid=stException]").count() == 0, where
                page.set_viewport_size({"width": width, "height": 900})


def test_a_choice_is_kept_while_pages_change(url: str, browser: Browser) -> None:
    with _watched(browser, 1280, "light") as page:
        page.goto(url)
        _settled(page)
        page.get_by_label("Client").click()
        assert page.get_by_role("option", name=NASTY, exact=True).count() == 1
        page.get_by_role("option", name="Elephant").click()
        page.keyboard.press("Escape")
        page.get_by_text("200 EUR").wait_for(state="detached")
        for link in ("People", "Money"):
            page.get_by_role("link", name=link).click()
            page.get_by_role("heading", name=link, level=1).wait_for()
            _settled(page)
        page.get_by_text("Which clients bring the most, in GBP?").wait_for()
        assert page.get_by_text("Which clients bring the most, in EUR?").count() == 0
