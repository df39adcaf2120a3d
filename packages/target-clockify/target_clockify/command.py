"""The command ``target-clockify``: a Singer target, and ``--init`` and ``--setup``."""

from __future__ import annotations

import io
import os
import select
import sys
from typing import IO, TYPE_CHECKING, Any

import click
from clockify_client.errors import ClockifyError
from clockify_client.interruption import handled_signals
from singer_sdk.exceptions import InvalidInputLine, SingerSDKError
from typing_extensions import override

from target_clockify.report import print_summary
from target_clockify.setup import set_up
from target_clockify.target import TargetClockify

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_LINE_SECONDS = 20.0
"""How long ``--init`` waits for the tap's first line."""


class Command(TargetClockify):
    """Keeps the time of one workspace equal to a selection of another's."""

    @override
    @classmethod
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        command.params += [
            click.Option(
                ["--init", "is_first"],
                is_flag=True,
                help="Show what the first run would adopt and make, and write the first ledger.",
            ),
            click.Option(
                ["--setup", "sets_up"],
                is_flag=True,
                help="Ask for keys, workspaces, clients and people, and print the configuration.",
            ),
        ]
        return command

    @override
    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, ValueError) as error:
            raise click.BadParameter(
                f"the settings cannot be read ({type(error).__name__}). It must be the path of a"
                " JSON file, or ENV."
            ) from error

    @override
    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        file_input: IO[str] | None = None,
        is_first: bool = False,
        sets_up: bool = False,
    ) -> None:
        """Run from the command line; errors that a user can cause are logged as sentences."""
        if about:
            cls.print_about(about_format)
            return
        with handled_signals() as handler:
            try:
                if sets_up:
                    set_up(cls._preview)
                    return
                target = cls(
                    config=config.config if config else None,
                    parse_env_config=bool(config and config.parse_env),
                )
                handler.also_stops(lambda: target.stop(handler.number))
                if is_first:
                    target.start_ledger(file_input)
                else:
                    # As `listen` does, without its line in the log.
                    target.process_lines(file_input)
                    target.process_endofpipe()
            except (ClockifyError, SingerSDKError, InvalidInputLine) as error:
                handler.check(cls.logger)
                cls.logger.error("%s", error)  # noqa: TRY400 - no traceback for a user's mistake
                sys.exit(1)

    @classmethod
    def _preview(cls, config: dict[str, Any], lines: Sequence[str]) -> None:
        target = cls(config=config)
        target.process_lines(io.StringIO("".join(lines)))
        target.process_endofpipe()

    def start_ledger(self, file_input: IO[str] | None) -> None:
        """Read what the tap sends, if it sends something, and write the first ledger.

        Args:
            file_input: The input; None for stdin.

        Raises:
            ClockifyError: There is a ledger, or the destination cannot be read.
        """
        if file_input is not None or _has_input():
            self.process_lines(file_input)
            self.check_input()
        self._run = self.new_run()
        print_summary(self._run.start_ledger().summary)


def _has_input() -> bool:
    """Return whether stdin has a line, or will soon have one."""
    if sys.stdin is None or sys.stdin.isatty():
        return False
    if os.name == "nt":
        return True
    try:
        ready, _, _ = select.select([sys.stdin], [], [], FIRST_LINE_SECONDS)
    except (OSError, ValueError):
        return False
    if not ready:
        return False
    return bool(sys.stdin.buffer.peek(1))  # type: ignore[union-attr]


def main() -> None:
    """Run the command ``target-clockify``."""
    Command.cli()


if __name__ == "__main__":
    main()
