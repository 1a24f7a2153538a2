"""An error nobody foresaw: one sentence with a reference for the person, the traceback in `<home>/logs/cli.log`."""

from __future__ import annotations

import json
import os
import secrets
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from click.exceptions import Abort, ClickException, Exit
from rich.console import Console
from rich.markup import escape

_NOT_ERRORS = (ClickException, Exit, Abort)
"""Click's own ways to end a command; it says them itself."""


@contextmanager
def never_a_traceback(arguments: Sequence[str]) -> Iterator[None]:
    """Turn any error of the block into one sentence and exit 1; with --json among the arguments also into an object."""
    try:
        yield
    except _NOT_ERRORS:
        raise
    except Exception as error:  # noqa: BLE001 - the one place where whatever is left over is said in words
        _say(error, as_json="--json" in arguments)
        sys.exit(1)


def _say(error: Exception, *, as_json: bool) -> None:
    from kit.i18n import language_of, text  # here: nothing of the product is read for a command that ends well

    reference = secrets.token_hex(4)
    language = language_of((os.environ.get("LC_ALL") or os.environ.get("LANG") or "").replace("_", "-"))
    file = _write_down(error, reference)
    code = "cli.unexpected" if file else "cli.unexpected_unwritten"
    sentence = text(code, language, kind=type(error).__name__, reference=reference, file=str(file))
    if as_json:
        body = {"error": {"code": "cli.unexpected", "reference": reference, "detail": sentence}}
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
    Console(stderr=True, highlight=False).print(f"[red]✗[/red] {escape(sentence)}", soft_wrap=True)


def _write_down(error: Exception, reference: str) -> Path | None:
    """Append the traceback to the program's log, without the rows of the database; None where that is impossible."""
    from kit.processes.logs import drop_rows

    told = "".join(traceback.format_exception(error))
    told = drop_rows(None, "", {"exception": told})["exception"]
    try:
        from kit.settings import settings

        folder = settings().data_home / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "cli.log"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as log:
            log.write(f"--- {reference}\n{told}\n")
    except (OSError, ValueError):  # ValueError: the settings themselves cannot be read
        return None
    return file
