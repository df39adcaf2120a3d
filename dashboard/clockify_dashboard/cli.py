"""The command that starts Streamlit on the app."""

from __future__ import annotations

import os
import sys
import threading
import time
import webbrowser
from pathlib import Path

import click
import requests
from streamlit.web import cli as streamlit

APP = Path(__file__).with_name("app.py")


@click.command()
@click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port", default=8703, show_default=True, envvar="CLOCKIFY_DASHBOARD_PORT", help="Port."
)
@click.option("--browser", is_flag=True, help="Open the page, if this machine has a display.")
def main(address: str, port: int, *, browser: bool) -> None:
    """Show the dashboard until Ctrl-C."""
    if browser and _has_display():
        threading.Thread(target=_open, args=(f"http://{address}:{port}",), daemon=True).start()
    options = {
        "server.address": address,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "runner.magicEnabled": "false",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": address,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    streamlit.main(["run", str(APP), *arguments], standalone_mode=False)


def _has_display() -> bool:
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(url: str) -> None:
    """Open the page as soon as it answers; a machine without a browser is no error."""
    for _ in range(60):
        try:
            requests.get(f"{url}/_stcore/health", timeout=1).raise_for_status()
        except requests.RequestException:
            time.sleep(0.5)
        else:
            webbrowser.open(url)
            return


if __name__ == "__main__":
    main()
