"""`grid-dispatch`: the program on the command line, one file a subject.

A file here defines its commands and imports nothing heavy. A command imports the rooms it needs when it runs, so that
`locate` does not wait for the planner, and the help waits for neither.
"""

from __future__ import annotations

import importlib
from typing import Any

import rich_click as click

from dispatch.cli.unexpected import never_a_traceback

click.rich_click.TEXT_MARKUP = "rich"
click.rich_click.SHOW_ARGUMENTS = True

COMMANDS = {
    "optimizing": ("solve", "evaluate"),
    "serving": ("up", "down", "demo"),
    "city": ("city", "grids", "contracts", "locate"),
    "people": ("admin", "technicians"),
    "ordering": ("orders", "verify"),
    "planning": ("plan",),
    "trial": ("simulate",),
    "assessing": ("assess", "recount"),
    "maintenance": ("backup", "restore", "mend"),
}
"""The commands of each file."""


class CommandsByFile(click.RichGroup):
    """Loads the file of the command that was asked for, and all files only to list their commands."""

    def invoke(self, ctx: click.Context) -> Any:
        with never_a_traceback(ctx.args):
            return super().invoke(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for file, names in COMMANDS.items():
            if cmd_name in names:
                importlib.import_module(f"dispatch.cli.{file}")
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        for file in COMMANDS:
            importlib.import_module(f"dispatch.cli.{file}")
        return super().list_commands(ctx)


@click.group(cls=CommandsByFile, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="grid-dispatch")
def main() -> None:
    """Closed-loop field maintenance by grid: report, dispatch, repair, call back, assess.

    Every command works beside a running `up` and without one. All that it writes lies under .data/ (or
    $GRID_DISPATCH_HOME); with DATABASE_URL it uses a PostgreSQL of yours.
    """
