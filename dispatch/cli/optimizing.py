"""`solve`, `evaluate`: the optimizer on files, without database, city or map. JSON on stdout, words on stderr.

Nothing here imports the rest of the product: the commands start as fast as the optimizer does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import rich_click as click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from dispatch.cli import main
from optimizer.problem import ProblemError, Weights
from optimizer.problem.objective import POLICIES, VIOLATIONS

if TYPE_CHECKING:
    from optimizer.evaluation.evaluate import Evaluation
    from optimizer.files.vroom_read import VroomFile
    from optimizer.problem import Plan, Progress

WRONG_INPUT, FAILED, RULES_BROKEN, INTERRUPTED = 2, 1, 4, 130
"""Exit codes; the first two are VROOM's."""
STDIN = "-"
LISTED = 20
"""So many violations and warnings are said in words; all stand in the JSON."""

err = Console(stderr=True, highlight=False)

_files = click.Path(dir_okay=False, allow_dash=True, path_type=str)
_policy = click.option(
    "--policy", metavar="NAME", help=f"Weigh costs by a named policy: {', '.join(POLICIES)}. Instead of the file's own."
)


@main.command("solve")
@click.argument("problem", type=_files, default=STDIN)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the answer here.")
@click.option("--seconds", type=click.FloatRange(0.1, 86_400), default=30, show_default=True, help="Time to search.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed searches the same way.")
@click.option("--workers", type=click.IntRange(1, 256), default=2, show_default=True, help="Cores to use.")
@_policy
def solve(problem: str, output: Path | None, seconds: float, seed: int, workers: int, policy: str | None) -> None:
    """Plan the day in a file: VROOM's JSON, or a Solomon, Homberger or ORTEC instance; - reads standard input.

    Answers VROOM's JSON. Ctrl-C ends the search early and writes the best plan so far; a second one writes nothing.
    Exit codes: 0 planned, 1 the solver failed, 2 the input is wrong, 130 stopped without a plan.
    """
    with saying_what_failed(output):
        begun = time.monotonic()
        file = read_file(problem, policy)
        initial = _begin_with(file)
        loaded = time.monotonic()
        # Loaded here: numba and OR-Tools take a second that reading a wrong file need not.
        from optimizer.child import run_in_child
        from optimizer.files.vroom_write import answer
        from optimizer.problem import StopRule

        with showing(seconds, file) as tell, interrupts() as enough:
            result = run_in_child(
                file.problem, StopRule(seconds=seconds), seed, workers, tell, initial=initial, enough=enough
            )
        solved = time.monotonic()
        document = answer(file, result.plan, result.evaluation)
        document["summary"]["computing_times"] = {
            "loading": round(1000 * (loaded - begun)),
            "solving": round(1000 * (solved - loaded)),
            "routing": 0,
        }
        write(document, output)
        if err.is_terminal:
            err.print(_outcome(file, document, f"in {solved - begun:.1f} s"))


@main.command("evaluate")
@click.argument("problem", type=_files)
@click.argument("solution", type=_files, required=False)
@_policy
def evaluate(problem: str, solution: str | None, policy: str | None) -> None:
    """Judge a plan somebody made: every rule it breaks and what it costs.

    SOLUTION is VROOM's JSON or a list of routes (`Route #1: 3 1 2`); left out, the `steps` of the problem's vehicles
    are judged. Exit codes: 0 it keeps every rule, 4 it does not, 2 the input is wrong.
    """
    with saying_what_failed(None):
        from optimizer.evaluation.evaluate import evaluate as judge
        from optimizer.files.vroom_write import answer

        file = read_file(problem, policy)
        plan = _plan_of(file, solution)
        evaluation = judge(file.problem, plan, unfinished=True)
        document = answer(file, plan, evaluation)
        write(document, None)
        if err.is_terminal:
            err.print(_outcome(file, document, ""))
            _say_violations(evaluation)
    sys.exit(0 if evaluation.feasible else RULES_BROKEN)


def read_file(name: str, policy: str | None = None) -> VroomFile:
    """The problem in a file, weighed by a policy if one is named. Raises ProblemError with the place of what is wrong;
    says on stderr what nothing will read.
    """
    from optimizer.files.instances import read_text
    from optimizer.files.vroom_read import read_problem

    file = read_problem(read_text(text_of(name)), None if policy is None else weights_of(policy))
    for warning in file.warnings[:LISTED]:
        err.print(f"[yellow]![/yellow] {escape(warning)}", soft_wrap=True)
    return file


def weights_of(policy: str) -> Weights:
    """The weights of a shipped policy."""
    if policy not in POLICIES:
        raise ProblemError("--policy", f"there is no policy {policy!r}; known are {', '.join(POLICIES)}")
    return POLICIES[policy]


def text_of(name: str) -> str:
    """A file's text, or that of standard input for `-`."""
    try:
        content = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        return content.decode("utf-8")
    except OSError as error:
        raise ProblemError(name, f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ProblemError(name, f"is not text in UTF-8 (byte {error.start})") from error


def _begin_with(file: VroomFile) -> Plan | None:
    """The plan of the vehicles' own `steps`, where the search shall begin. Raises ProblemError where it breaks a rule,
    as VROOM does.
    """
    from optimizer.evaluation.evaluate import evaluate as judge
    from optimizer.files.vroom_plan import plan_of_steps

    plan = plan_of_steps(file)
    if plan is None:
        return None
    for violation in judge(file.problem, plan, unfinished=True).violations:
        names = list(file.vehicles)
        index = names.index(violation.technician_id) if violation.technician_id in names else 0
        said = VIOLATIONS[violation.code].say("en", dict(violation.detail) | {"visit": violation.visit_id})
        job = "" if violation.visit_id is None else f" (job {violation.visit_id})"
        raise ProblemError(f"vehicles[{index}].steps", f"cannot be where the search begins: {said}{job}")
    return plan


def _plan_of(file: VroomFile, solution: str | None) -> Plan:
    from optimizer.files.instances import read_text
    from optimizer.files.vroom_plan import plan_of_steps, read_plan

    if solution is not None:
        try:
            return read_plan(file, read_text(text_of(solution), solution=True))
        except ProblemError as error:
            raise ProblemError(f"{solution}: {error.path}" if error.path else solution, error.message) from error
    plan = plan_of_steps(file)
    if plan is None:
        raise ProblemError("", "there is no plan to judge: name a solution, or give the vehicles `steps`")
    return plan


def write(document: Mapping[str, Any], output: Path | None) -> None:
    """The answer on stdout, or whole in a file or not at all."""
    text = json.dumps(document, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    partial = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(output)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise ProblemError(str(output), f"cannot be written: {error.strerror or error}") from error


@contextmanager
def saying_what_failed(output: Path | None) -> Iterator[None]:
    """Turn what went wrong into one sentence on stderr, VROOM's error object on stdout, and an exit code."""
    try:
        yield
    except ProblemError as error:
        _fail(WRONG_INPUT, str(error), output)
    except KeyboardInterrupt:
        err.print("Stopped; nothing was written.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
    except RuntimeError:  # SolveFailed: the child died
        _fail(FAILED, "The optimizer ended with an error, and nothing was written.", output)


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Answers whether Ctrl-C was pressed; pressed again, it interrupts as usual."""
    pressed = False

    def press(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        err.print("Ending with the best plan so far; Ctrl-C again ends without one.")

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # a background job of a shell has nothing to do with the keyboard
        signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _fail(code: int, sentence: str, output: Path | None) -> NoReturn:
    err.print(f"[red]✗[/red] {escape(sentence)}", soft_wrap=True)
    if output is None:
        with suppress(BrokenPipeError):
            sys.stdout.write(json.dumps({"code": code, "error": sentence}, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    sys.exit(code)


@contextmanager
def showing(seconds: float, file: VroomFile) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal, nothing elsewhere."""
    with Bars(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
        console=err, transient=True, disable=not err.is_terminal,
    ) as bars:  # fmt: skip
        task = bars.add_task("Starting", total=seconds)

        def tell(progress: Progress) -> None:
            cost = f", cost {progress.cost / file.scale:,.0f}"
            left_out = progress.visits - progress.planned
            if file.lexicographic and left_out:  # the price of a drop is ours alone
                cost = f", {left_out} left out"
            words = f"{progress.phase}: {progress.planned} of {progress.visits} jobs{cost}"
            bars.update(task, description=words, completed=min(progress.elapsed, seconds))

        yield tell


def _outcome(file: VroomFile, document: Mapping[str, Any], when: str) -> str:
    summary = document["summary"]
    planned = len(file.jobs) - summary["unassigned"]
    broken = len(summary["violations"])
    rules = f"[red]{broken} rules broken[/red]" if broken else "every rule kept"
    objective = f" (objective {summary['objective']:,})" if "objective" in summary else ""
    cost = f"cost {summary['cost']:,}{objective}"
    return f"{planned} of {len(file.jobs)} jobs in {summary['routes']} routes, {cost}, {rules} {when}".rstrip() + "."


def _say_violations(evaluation: Evaluation) -> None:
    for item in evaluation.violations[:LISTED]:
        where = " ".join(
            f"{word} {name}" for word, name in (("vehicle", item.technician_id), ("job", item.visit_id)) if name
        )
        said = VIOLATIONS[item.code].say("en", dict(item.detail) | {"visit": item.visit_id})
        err.print(f"[red]✗[/red] {escape(f'{where}: {said}' if where else said)}", soft_wrap=True)
    if len(evaluation.violations) > LISTED:
        err.print(f"… and {len(evaluation.violations) - LISTED} more.")
