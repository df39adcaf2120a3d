"""Change the tap in small ways, and show the changes that no test notices.

A ROOM is a package or a module of the tap, or one of the client, such as clockify_client.http.
Changes are made in copies of the work tree only. The tests of the room run first, then those of
whole runs, then the others, until one fails. The same seed picks the same changes of the same code.
The operators are those of Cosmic Ray.
"""

from __future__ import annotations

import ast
import difflib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

import click
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
CLIENT = "packages/clockify-client"
UNCOPIED = shutil.ignore_patterns(".git", "*venv", ".meltano", ".sandbox", ".*_cache", "dist")
SIDE_BY_SIDE = 2
PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-n0", "--timeout=120", "-mnot bigquery")
LEFT_OUT = re.compile(
    r"[\w.]*logger\.\w+\(.*|def __(repr|str)__\(.*|[A-Z_]+ = [-.\d]+|if TYPE_CHECKING:.*",
    re.DOTALL,
)
"""Statements of which no mutants are made: logging, texts for debugging, limits, type imports."""
OPERATORS = re.compile(
    "core/(AddNot|NumberReplacer|ExceptionReplacer|ZeroIterationForLoop"
    "|Replace(AndWithOr|OrWithAnd|TrueWithFalse|FalseWithTrue|BreakWithContinue|ContinueWithBreak"
    "|UnaryOperator_(Delete_Not|USub_UAdd)"
    "|ComparisonOperator_(Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is)"
    "|BinaryOperator_(Add_Sub|Sub_Add|Mul_FloorDiv|Div_Mul|FloorDiv_Mul|Mod_FloorDiv"
    "|LShift_RShift|RShift_LShift|BitOr_BitAnd|BitAnd_BitOr)))"
)
"""One replacement of each operator: a test that notices ``-`` for ``+`` notices ``*`` as well."""


class Mutant(NamedTuple):
    """A module of a room, and what a small change makes of it."""

    room: str
    module: str
    source: str
    code: str


def paths_of(room: str) -> tuple[str, str]:
    """Return where the code of a room is, and its tests."""
    if room.startswith("clockify_client."):
        return f"{CLIENT}/{room.replace('.', '/')}", f"{CLIENT}/tests"
    return f"tap_clockify/{room}", f"tests/{room}"


def mutants(room: str) -> Iterator[Mutant]:
    """Form all mutants of a room, always in the same order."""
    base = ROOT / paths_of(room)[0]
    names = sorted(filter(OPERATORS.fullmatch, operator_names()))
    for path in sorted(base.rglob("*.py")) or [base.with_suffix(".py")]:
        source = path.read_text("utf-8")
        nodes = list(ast_nodes(get_ast(source)))
        spans = list(left_out(ast.parse(source)))
        for operator in (get_operator(name)() for name in names):
            places = [place for node in nodes for place, _ in operator.mutation_positions(node)]
            for number, place in enumerate(places):
                if any(start <= place < end for start, end in spans):
                    continue
                # Cosmic Ray multiplies at the star of ``f(*, a)``, and trips over ``except a.b``.
                with suppress(SyntaxError, AttributeError):
                    code = mutate_code(source, operator, number)
                    ast.parse(code)
                    yield Mutant(room, str(path.relative_to(ROOT)), source, code)


def left_out(module: ast.Module) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Find where annotations and other parts that tests need not notice begin and end."""
    for node in ast.walk(module):
        found = getattr(node, "annotation", None) or getattr(node, "returns", None)
        if isinstance(node, ast.stmt) and LEFT_OUT.fullmatch(ast.unparse(node)):
            found = node
        if found:
            yield (found.lineno, found.col_offset), (found.end_lineno, found.end_col_offset)


def tried(mutant: Mutant, trees: SimpleQueue[Path], limit: float | None = None) -> str:
    """Run the tests on a mutant, in a copy that no other mutant uses, and say what became of it."""
    tree = trees.get()
    module = tree / mutant.module
    own = paths_of(mutant.room)[1]
    first = [name for name in (own, "tests/runs") if (tree / name).is_dir()]
    rest = ["tests", CLIENT, *(f"--ignore={name}" for name in first)]
    # Processes that tests start import the tap and the client from the copy, too.
    path = os.pathsep.join((str(tree), str(tree / CLIENT)))
    env = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1" if limit else ""}
    try:
        module.write_text(mutant.code, "utf-8")
        for tests in (*([name] for name in first), rest):
            command = [*PYTEST, "-pno:cacheprovider", f"--basetemp={tree}-files", *tests]
            output = subprocess.PIPE if limit else None
            run = subprocess.run(  # noqa: S603 - our own tests
                command, cwd=tree, env=env, timeout=limit, stdout=output, check=False
            )
            if run.returncode:
                hung = b"from pytest-timeout" in (run.stdout or b"")
                return "timed out" if hung else "killed"
    except subprocess.TimeoutExpired:
        return "timed out"
    finally:
        module.write_text(mutant.source, "utf-8")
        trees.put(tree)
    return "survived"


@click.command(help=__doc__)
@click.argument("rooms", nargs=-1, required=True, metavar="ROOM...")
@click.option("--sample", default=20, show_default=True, help="Mutants of each room; 0 tries all.")
@click.option("--seed", default=1, show_default=True, help="Picks the mutants.")
def main(rooms: tuple[str, ...], sample: int, seed: int) -> None:
    """Try mutants of each room, and count how many the tests notice."""
    known = {room: list(mutants(room)) for room in rooms}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        tree = shutil.copytree(ROOT, Path(folder, "0"), ignore=UNCOPIED)
        trees.put(tree)
        began = time.monotonic()
        unchanged = known[rooms[0]][0]
        if tried(unchanged._replace(code=unchanged.source), trees) != "survived":
            raise click.ClickException("The tests fail already without a change.")
        limit = 4 * (time.monotonic() - began)
        for number in range(1, SIDE_BY_SIDE):
            trees.put(shutil.copytree(tree, Path(folder, str(number))))
        for room in rooms:
            size = min(sample or len(known[room]), len(known[room]))
            chosen = random.Random(f"{seed} {room}").sample(known[room], size)  # noqa: S311
            fates = Counter[str]()
            trials = pool.map(tried, chosen, repeat(trees), repeat(limit))
            for mutant, fate in zip(chosen, trials, strict=True):
                fates[fate] += 1
                if fate != "killed":
                    before, after = (text.splitlines(keepends=True) for text in mutant[2:])
                    diff = difflib.unified_diff(before, after, mutant.module, mutant.module, n=2)
                    click.echo(f"{fate}:\n{''.join(diff)}")
            counts = ", ".join(
                f"{fates[fate]} {fate}" for fate in ("killed", "survived", "timed out")
            )
            click.echo(f"{room}: {size} of {len(known[room])} mutants tried, {counts}.\n")


if __name__ == "__main__":
    main()
