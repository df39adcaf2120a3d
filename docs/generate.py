"""Write the parts of the READMEs, docs/ and hub/ that follow from what tap and loader print.

`python docs/generate.py` writes them; with `--check` it only names the files that are stale.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import siblings
import yaml
from sources import sources_file
from streams_page import entities, facts, overview, sentence_of, streams_of

from tap_clockify.streams import FAMILIES

ROOT = Path(__file__).parent.parent
OF_THE_SDK = ("batch_", "emit_", "faker_", "flattening_", "stream_map")
SETTINGS = "<!-- settings: by docs/generate.py -->\n", "<!-- end of settings -->\n"
STREAMS = "<!-- streams: by docs/generate.py -->\n", "<!-- end of streams -->\n"
COLUMNS = "<!-- columns: by docs/generate.py -->\n", "<!-- end of columns -->\n"
NOTE = "<!-- By docs/generate.py, from the declarations in tap_clockify/streams. -->\n"

INTRODUCTION = """\
An object of Clockify, such as a project, keeps the names of Clockify's API, with nested objects
flattened with one underscore; tables made from reports have names of their own. Money is in units
of the currency. Lists are JSON text, unless they are streams of their own. A stream that the plan
of a workspace or the role of the key's owner does not allow is skipped there: see `sync_runs`.

The lines lead from the stream that has an id to the streams that refer to it. `summary` has sets of
tags, so no line leads from `tags` to it.
"""

REPLACED = ("summary", "clients", "projects", "users")
"""The streams whose tables the replaced Cloud Functions filled."""

OF_THE_TARGET = {
    "_sdc_extracted_at": "TIMESTAMP",
    "_sdc_received_at": "TIMESTAMP",
    "_sdc_batched_at": "TIMESTAMP",
    "_sdc_sequence": "INT64",
    "_sdc_table_version": "INT64",
}
"""Columns that the loaders add to every table."""

BIGQUERY = {
    "string": "STRING",
    "number": "FLOAT64",
    "integer": "INT64",
    "boolean": "BOOL",
    "date": "DATE",
    "date-time": "TIMESTAMP",
    "time": "TIME",
}

KINDS = {
    "string": "string",
    "integer": "integer",
    "number": "decimal",
    "boolean": "boolean",
    "object": "object",
    "array": "array",
}
"""Kinds of settings in MeltanoHub, by their JSON schema types."""

TAP, LOADER, MIRROR = "tap-clockify", "target-bigquery-strict", "target-clockify"
COPIER = "tap-bigquery-strict"
MODULES = {
    TAP: "tap_clockify",
    LOADER: "target_bigquery_strict.target",
    MIRROR: "target_clockify.command",
    COPIER: "tap_bigquery_strict.tap",
    siblings.TIMECAMP.tap: "tap_timecamp.tap",
    siblings.FITBIT.tap: "tap_fitbit.tap",
}
HUB = {
    TAP: {"pip_url": "singer-tap-clockify", "domain_url": "https://clockify.me"},
    LOADER: {
        "pip_url": "singer-target-bigquery-strict",
        "domain_url": "https://cloud.google.com/bigquery",
    },
    MIRROR: {"pip_url": "singer-target-clockify", "domain_url": "https://clockify.me"},
    COPIER: {
        "pip_url": "singer-tap-bigquery-strict",
        "domain_url": "https://cloud.google.com/bigquery",
    },
    siblings.TIMECAMP.tap: {
        "pip_url": "singer-tap-timecamp",
        "domain_url": "https://www.timecamp.com",
    },
    siblings.FITBIT.tap: {
        "pip_url": "singer-tap-fitbit",
        "domain_url": "https://developers.google.com/health",
    },
}
LOGOS = {
    TAP: "/assets/logos/extractors/clockify.png",
    LOADER: "/assets/logos/loaders/bigquery.png",
    COPIER: "/assets/logos/extractors/bigquery.png",
}
"""Logos that MeltanoHub has already; there is none of the others."""
HUB_COMMON = {
    "keywords": ["meltano_sdk"],
    "maintenance_status": "beta",
    "quality": "unknown",
}
OF_THIS_PROJECT = ("stream_maps", "tables")
"""Settings whose values in meltano.yml are this project's choice."""


@cache
def said_by(name: str, *arguments: str) -> dict[str, Any]:
    """Run the tap or the loader and parse the JSON that it prints."""
    command = [sys.executable, "-m", MODULES[name], *arguments]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    return dict(json.loads(run.stdout))


@cache
def address() -> str:
    """Read the address of the repository from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["urls"]["Homepage"])


def plugin_of(name: str) -> dict[str, Any]:
    """Read a plugin from meltano.yml."""
    plugins = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))["plugins"]
    found = (*plugins["extractors"], *plugins["loaders"])
    return dict(next(plugin for plugin in found if plugin["name"] == name))


def table(titles: list[str], rows: list[list[str]]) -> str:
    """Format a Markdown table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def kind_of(declared: dict[str, Any]) -> str:
    """Return the type of a setting or a column, other than null."""
    types = declared["type"]
    return str(types if isinstance(types, str) else next(t for t in types if t != "null"))


def settings_table(name: str) -> str:
    """Format the table of the own settings of the tap or the loader, and list the SDK's."""
    settings = said_by(name, "--about", "--format=json")["settings"]["properties"]
    rows = []
    for setting, declared in settings.items():
        if not setting.startswith(OF_THE_SDK):
            choices = declared.get("enum")
            kind = "one of " + ", ".join(choices) if choices else kind_of(declared)
            kind += ", secret" if declared.get("secret") else ""
            default = f"`{declared['default']}`" if "default" in declared else ""
            meaning = declared["description"].replace("<", "&lt;")
            rows.append([f"`{setting}`", kind, default, meaning])
    others = ", ".join(f"`{key}`" for key in sorted(settings) if key.startswith(OF_THE_SDK))
    titles = ["Setting", "Type", "Default", "Meaning"]
    return f"{table(titles, rows)}\nOf the Singer SDK: {others}.\n"


def streams() -> list[dict[str, Any]]:
    """List the streams of the catalog, with the names of their tables in BigQuery."""
    settings = plugin_of(TAP)["settings"]
    maps = next(setting["value"] for setting in settings if setting["name"] == "stream_maps")
    found: list[dict[str, Any]] = said_by(TAP, "--discover")["streams"]
    for stream in found:
        name = stream["tap_stream_id"]
        stream["table"] = maps.get(name, {}).get("__alias__", name)
    return found


def bigquery_type(column: dict[str, Any]) -> str:
    """Return the BigQuery type of a column."""
    return BIGQUERY[column.get("format") or kind_of(column)]


def streams_page(found: list[dict[str, Any]]) -> str:
    """Format the page that describes every stream and column."""
    parts = [f"{NOTE}\n# Streams\n\n{INTRODUCTION}\n{entities()}"]
    by_name = {stream["tap_stream_id"]: stream for stream in found}
    for family in FAMILIES:
        parts.append(f"\n## {sentence_of(family).rstrip('.')}\n")
        for stream in streams_of(family):
            entry = by_name[stream.name]
            described = [
                [f"`{name}`", bigquery_type(column), column["description"]]
                for name, column in entry["schema"]["properties"].items()
            ]
            parts.append(
                f"\n### {stream.name}\n\n{sentence_of(stream)} Table: `{entry['table']}`."
                f" {facts(stream)}\n" + table(["Column", "Type", "Meaning"], described)
            )
    added = ", ".join(f"`{name}` ({kind})" for name, kind in OF_THE_TARGET.items())
    parts.append(f"\n## Columns of the loader\n\nThe loaders add to every table: {added}.\n")
    return "".join(parts)


def sources(found: list[dict[str, Any]]) -> str:
    """Format the sources of the dbt package."""
    declared = {stream.name: stream for family in FAMILIES for stream in streams_of(family)}
    return sources_file(found, lambda name: sentence_of(declared[name]), bigquery_type)


def columns_script(found: list[dict[str, Any]]) -> str:
    """Format the SQL that adds missing columns to existing tables."""
    parts = [
        "-- By docs/generate.py. Adds the columns that tables of an older pipeline lack; existing\n"
        "-- columns stay as they are. Change the dataset's name if yours has another.\n"
    ]
    for stream in found:
        if stream["tap_stream_id"] in REPLACED:
            properties = stream["schema"]["properties"]
            types = {name: bigquery_type(column) for name, column in properties.items()}
            added = [
                f"\n  ADD COLUMN IF NOT EXISTS `{name}` {kind}"
                for name, kind in {**types, **OF_THE_TARGET}.items()
            ]
            parts.append(f"\nALTER TABLE dl_clockify.{stream['table']}{','.join(added)};\n")
    return "".join(parts)


def hub_definition(name: str) -> str:
    """Format a definition for MeltanoHub, from the plugin in meltano.yml and from `--about`."""
    about = said_by(name, "--about", "--format=json")
    plugin = plugin_of(name)
    settings = [dict(setting) for setting in plugin["settings"]]
    for setting in settings:
        if setting["name"] in OF_THIS_PROJECT:
            setting.pop("value", None)
    known = [setting["name"] for setting in settings]
    declared = about["settings"]["properties"]
    settings += [
        {
            "name": name,
            "label": declared[name]["title"],
            "kind": KINDS[kind_of(declared[name])],
            "description": declared[name]["description"],
        }
        for name in sorted(declared)
        if name.startswith(OF_THE_SDK) and name not in known
    ]
    folder = "" if name == TAP else f"/tree/main/packages/{name}"
    definition = {
        **{key: plugin[key] for key in ("name", "namespace", "label", "select") if key in plugin},
        "variant": address().split("/")[-2],
        "repo": address(),
        "docs": f"{address()}{folder}#readme",
        **({"logo_url": LOGOS[name]} if name in LOGOS else {}),
        **HUB[name],
        **HUB_COMMON,
        "description": plugin["description"],
        "executable": plugin["executable"],
        "capabilities": sorted(about["capabilities"]),
        "supported_python_versions": about["supported_python_versions"],
        "settings_group_validation": plugin["settings_group_validation"],
        "settings": settings,
    }
    note = f"# By docs/generate.py, from meltano.yml and `{name} --about`.\n"
    # MeltanoHub's lint wants sorted keys.
    return note + yaml.safe_dump(definition, allow_unicode=True, width=100)


def contents() -> dict[Path, str]:
    """Return the whole text of every file that has generated parts."""
    found = streams()
    return {
        **with_part(ROOT / "packages" / LOADER / "README.md", SETTINGS, settings_table(LOADER)),
        **with_part(ROOT / "packages" / MIRROR / "README.md", SETTINGS, settings_table(MIRROR)),
        **with_part(ROOT / "packages" / COPIER / "README.md", SETTINGS, settings_table(COPIER)),
        **of_siblings(),
        **with_part(ROOT / "README.md", STREAMS, overview()),
        **with_part(ROOT / "docs" / "settings.md", SETTINGS, settings_table(TAP)),
        ROOT / "docs" / "streams.md": streams_page(found),
        ROOT / "docs" / "add-columns.sql": columns_script(found),
        ROOT / "transform/models/staging/_sources.yml": sources(found),
        **{ROOT / "hub" / f"{name}.yml": hub_definition(name) for name in HUB},
    }


def of_siblings() -> dict[Path, str]:
    """Return the whole text of the files of the taps beside Clockify's."""
    texts: dict[Path, str] = {}
    for sibling in siblings.SIBLINGS:
        name, tap = sibling.name, sibling.tap
        catalog: list[dict[str, Any]] = said_by(tap, "--discover")["streams"]
        described = siblings.columns(sibling, catalog, table, bigquery_type)
        staging = ROOT / "transform" / "models" / "staging" / name
        texts |= with_part(ROOT / "packages" / tap / "README.md", SETTINGS, settings_table(tap))
        texts |= with_part(ROOT / "docs" / f"{name}.md", COLUMNS, described)
        texts[staging / f"_{name}_sources.yml"] = siblings.sources(sibling, catalog, bigquery_type)
    return texts


def with_part(path: Path, marks: tuple[str, str], part: str) -> dict[Path, str]:
    """Return a file with a current part."""
    return {path: replaced(path.read_text(encoding="utf-8"), marks, part)}


def replaced(text: str, marks: tuple[str, str], part: str) -> str:
    """Replace the text between two marks."""
    begin, end = marks
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{part}\n{end}{after}"


def stale() -> list[str]:
    """List the files that are stale."""
    return [
        str(path.relative_to(ROOT))
        for path, text in contents().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> None:
    """Write the files, or check them."""
    if "--check" in sys.argv[1:]:
        if found := stale():
            sys.exit(f"Stale: {', '.join(found)}. Run: python docs/generate.py")
        return
    for path, text in contents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
