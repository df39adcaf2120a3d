"""Programs of meltano.yml that have an environment of their own, for tests that call them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

ROOT = Path(__file__).parents[1]


def declaration(kind: str, name: str) -> dict[str, Any]:
    """Read a plugin's part of meltano.yml."""
    plugins = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]
    found: dict[str, Any] = next(plugin for plugin in plugins[kind] if plugin["name"] == name)
    return found


def executable(kind: str, name: str) -> Path:
    """Find the program that Meltano installed, or install it, once for all test processes."""
    wanted = declaration(kind, name)
    command = wanted.get("executable", name)
    by_meltano = ROOT / f".meltano/{kind}/{name}/venv/bin/{command}"
    if by_meltano.exists():
        return by_meltano
    by_us = ROOT / f".sandbox/{name}-venv"
    mark = by_us / "installed.txt"
    by_us.parent.mkdir(exist_ok=True)
    with FileLock(by_us.with_suffix(".lock")):
        if not (mark.exists() and mark.read_text() == wanted["pip_url"]):
            python = wanted.get("python", sys.executable)
            _uv("venv", "--clear", "--python", python, str(by_us))
            _uv("pip", "install", "--python", str(by_us), *wanted["pip_url"].split())
            mark.write_text(wanted["pip_url"])
    return by_us / "bin" / command


def _uv(*arguments: str) -> None:
    subprocess.run(["uv", "--quiet", *arguments], check=True)  # noqa: S603, S607
