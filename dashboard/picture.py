# ruff: noqa: INP001 - a script, no package
"""Take the picture of the README: `uv run python dashboard/picture.py`.

It needs the demo: `uv run meltano run demo`, then `uv run meltano run marts`. It starts a dashboard
of its own, and notes in the picture which code drew it, so that a test can say when it is stale.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import click
import requests
from PIL import Image, PngImagePlugin
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PICTURE = HERE.parent / "docs" / "dashboard.png"
DIGEST = "dashboard-code"
OTHER_PAGES = {"people.py", "projects.py", "money.py", "money_sections.py", "health.py"}


def digest() -> str:
    """Return a digest of the code that draws the overview, and of Streamlit's version."""
    found = hashlib.sha256(version("streamlit").encode())
    for path in sorted((HERE / "clockify_dashboard").rglob("*.py")):
        if path.name not in OTHER_PAGES:
            found.update(path.read_bytes())
    return found.hexdigest()


def drawn_by(picture: Path) -> str | None:
    """Return the digest that is noted in a picture."""
    with Image.open(picture) as image:
        return image.info.get(DIGEST)


@click.command()
@click.option(
    "--bigquery-port", default=8702, show_default=True, help="Port of the local BigQuery."
)
def main(bigquery_port: int) -> None:
    """Write docs/dashboard.png."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "BIGQUERY_EMULATOR_HOST": f"http://127.0.0.1:{bigquery_port}",
        "CLOCKIFY_DASHBOARD_PROJECT": "clockify-demo",
    }
    command = [sys.executable, "-m", "clockify_dashboard.cli", f"--port={port}"]
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - ours
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            shot = _shot(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
    _write(shot)
    click.echo(f"{PICTURE.relative_to(HERE.parent)}: {PICTURE.stat().st_size // 1000} kB")


def _wait_for(url: str) -> None:
    for _ in range(60):
        try:
            requests.get(url, timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(0.5)
        else:
            return
    raise click.ClickException("The dashboard does not answer.")


def _shot(url: str) -> bytes:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1100}, color_scheme="light")
        page.goto(url)
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        if page.locator("[data-testid=stMetric]").count() == 0:
            raise click.ClickException("There are no marts. Run: uv run meltano run marts")
        page.wait_for_selector("[data-testid=stVegaLiteChart] :is(canvas, svg.marks)")
        page.wait_for_timeout(1500)  # for the animation of the page
        return page.screenshot()


def _write(shot: bytes) -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text(DIGEST, digest())
    with Image.open(io.BytesIO(shot)) as image:
        image.convert("RGB").quantize(256).save(PICTURE, optimize=True, pnginfo=note)


if __name__ == "__main__":
    main()
