"""`grid-dispatch`: the program on the command line, one file a subject."""

from __future__ import annotations

import importlib
from typing import Any

import rich_click as click

from dispatch.cli.unexpected import never_a_traceback

click.rich_click.TEXT_MARKUP = "rich"
click.rich_click.SHOW_ARGUMENTS = True

FILES = (
    "optimizing", "serving", "city", "people", "ordering", "planning", "trial", "assessing", "maintenance",
)  # fmt: skip


class OnDemand(click.RichGroup):
    """Loads files in order until the command asked for is known: to plan a file takes none of the product behind it."""

    def invoke(self, ctx: click.Context) -> Any:
        with never_a_traceback(ctx.args):
            return super().invoke(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for file in FILES:
            if cmd_name in self.commands:
                break
            importlib.import_module(f"dispatch.cli.{file}")
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        for file in FILES:
            importlib.import_module(f"dispatch.cli.{file}")
        return super().list_commands(ctx)


@click.group(cls=OnDemand, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="grid-dispatch")
def main() -> None:
    """Closed-loop field maintenance by grid: report, dispatch, repair, call back, assess.

    Every command works beside a running `up` and without one. All that it writes lies under .data/ (or
    $GRID_DISPATCH_HOME); with DATABASE_URL it uses a PostgreSQL of yours.
    """
