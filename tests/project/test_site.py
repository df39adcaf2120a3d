"""The documentation site builds without a warning, and loads nothing from another host."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""Elements that make a browser load something, and the attribute that says what."""


class Loaded(HTMLParser):
    """What a page makes a browser load."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.addresses: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element loads. A canonical link loads nothing."""
        found = dict(attrs)
        if tag in LOADING and found.get("rel") != "canonical":
            self.addresses.add(found.get(LOADING[tag]) or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="uv sync --group docs installs what builds the site")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    assert run.returncode == 0, run.stderr
    return folder


def test_each_page_of_docs_is_in_the_site(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    assert {path.parent.name for path in site.glob("*/index.html")} == pages


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert not {each for each in loaded.addresses if re.match(r"(https?:)?//", each)}, page
        # For such an element, the theme asks the git host how many stars the repository has.
        assert 'data-md-component="source"' not in page.read_text(encoding="utf-8"), page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", style.read_text(encoding="utf-8")), style


def test_a_page_with_a_diagram_loads_mermaid_before_the_theme_looks_for_it(site: Path) -> None:
    page = (site / "streams" / "index.html").read_text(encoding="utf-8")
    assert '<pre class="mermaid">' in page
    assert page.index("assets/mermaid.js") < page.index("assets/javascripts/bundle")
    assert (site / "assets" / "mermaid.js").stat().st_size > 1_000_000


def test_links_out_of_docs_lead_to_the_repository(site: Path) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    (address,) = re.findall(r'href="(https://[^"]*/deploy/README\.md)"', page)
    assert re.search(r"/(blob|tree)/HEAD/", address)


def test_code_in_a_list_does_not_end_the_list() -> None:
    # Markdown of git hosts takes fewer blanks, that of the site takes four.
    for path in (ROOT / "docs").glob("*.md"):
        assert not re.search(r"^ {1,3}```", path.read_text(encoding="utf-8"), re.MULTILINE), path


def test_generators_are_not_in_the_site(site: Path) -> None:
    assert not list(site.rglob("*.py"))
