"""`grid-dispatch`: the program on the command line, one file a subject."""

from __future__ import annotations

import importlib

import rich_click as click

click.rich_click.TEXT_MARKUP = "rich"
click.rich_click.SHOW_ARGUMENTS = True


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="grid-dispatch")
def main() -> None:
    """Closed-loop field maintenance by grid: report, dispatch, repair, call back, assess.

    Every command works beside a running `up` and without one. All that it writes lies under .data/ (or
    $GRID_DISPATCH_HOME); with DATABASE_URL it uses a PostgreSQL of yours.
    """


for _file in ("serving", "city", "people", "ordering", "planning", "trial", "assessing", "maintenance"):
    importlib.import_module(f"dispatch.cli.{_file}")
