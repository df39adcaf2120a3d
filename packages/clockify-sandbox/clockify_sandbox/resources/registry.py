"""All kinds of object that are declared, in the order in which an agency gets them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from clockify_sandbox.resources.base import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

FAMILIES = (
    "people",
    "workspace",
    "holidays",
    "time_off",
    "scheduling",
    "expenses",
    "approvals",
    "invoices",
    "audit",
    "attendance",
)


@cache
def resources() -> Mapping[str, Resource]:
    """Collect the declarations of all families, by kind.

    The modules are loaded at the first call: they answer requests, and what answers requests needs
    this list.
    """
    modules = [import_module(f"clockify_sandbox.resources.{name}") for name in FAMILIES]
    found = (each for module in modules for each in vars(module).values())
    return {each.kind: each for each in found if isinstance(each, Resource)}
