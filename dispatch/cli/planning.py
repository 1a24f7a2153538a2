"""`plan`: a day's routes from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click

from dispatch.cli import main
from dispatch.cli.runtime import Runtime, command, live_day, progress, show


def summary_lines(result: dict[str, Any]) -> list[str]:
    """A plan on one screen: what is planned, what is not and why, what it costs."""
    lines = [
        f"{result['planned']} of {result['orders']} orders planned, {len(result['violations'])} violations, "
        f"{result['travelSeconds'] / 3600:.1f} h driving on {result['travel']['source']} times, "
        f"{result['wallSeconds']:.1f} s, weighed by {result['policy']['code']}.",
    ]
    ortools = result["ortools"]
    lines.append(
        f"OR-Tools: {ortools['groups']} groups, cost {ortools['costBefore']:,.0f} → {ortools['costAfter']:,.0f} "
        f"in {ortools['seconds']:.1f} s."
    )
    reasons: dict[str, int] = {}
    for left in result["unplanned"]:
        reasons[left["reason"]] = reasons.get(left["reason"], 0) + 1
    lines += [f"  not planned: {count} × {reason}" for reason, count in sorted(reasons.items(), key=lambda kv: -kv[1])]
    lines.append(f"Plan {result['planId']} is {result['status']}.")
    return lines


def write_json(path: Path | None, make: Callable[[], Any]) -> None:
    """Write a document where a path was given."""
    if path is not None:
        path.write_text(json.dumps(make()) + "\n", encoding="utf-8")


@command(main, "plan", roads=True)
@click.argument("code")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The service day; the area's today if left out.")
@click.option(
    "--seconds",
    type=click.FloatRange(1, 3600),
    default=30,
    envvar="GRID_DISPATCH_PLAN_SECONDS",
    show_default=True,
    help="Time to search; or $GRID_DISPATCH_PLAN_SECONDS.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed searches the same way.")
@click.option("--policy", metavar="NAME", help="What weighs the plan; `balanced`, or another policy of the area.")
@click.option("--publish", is_flag=True, help="Publish the draft: visits appear on phones.")
@click.option("--allow-straight-line", is_flag=True, help="Plan without roads, on straight lines × detour (marked).")
@click.option("--save-problem", type=click.Path(path_type=Path), help="Write the problem (VROOM's JSON, with matrix).")
@click.option("--save-solution", type=click.Path(path_type=Path), help="Write the plan (VROOM's JSON).")
async def plan(
    runtime: Runtime, code: str, day: datetime | None, seconds: float, seed: int, policy: str | None, publish: bool,
    allow_straight_line: bool, save_problem: Path | None, save_solution: Path | None,
) -> None:  # fmt: skip
    """Plan a day: every order of it is planned, or left out with its reason. In a trial area the clock is moved to a
    day that is past, so that the plan can be lived.
    """
    from dispatch.planning.drafts.applying import publish_plan
    from dispatch.planning.runs.options import PlanOptions
    from dispatch.planning.runs.planning import plan_day
    from kit.actor import SYSTEM
    from optimizer.files.vroom import plan_to_vroom, problem_to_vroom

    area = await runtime.area(code)
    wanted: date | None = day.date() if day else None
    if wanted is not None:
        area = await live_day(runtime, area, wanted)
    with progress(f"Planning {area.name}") as advance:
        planned = await plan_day(
            runtime.database, area, wanted,
            PlanOptions(seconds=seconds, seed=seed, policy=policy, allow_straight_line=allow_straight_line),
            roads=runtime.roads,
            on_progress=lambda step: advance(f"{step.phase}, cost {step.cost:,.0f}", min(step.elapsed / seconds, 1.0)),
        )  # fmt: skip
    write_json(save_problem, lambda: problem_to_vroom(planned.problem))
    write_json(save_solution, lambda: plan_to_vroom(planned.problem, planned.proposal))
    result = {"planId": planned.plan_id, "status": "draft", **msgspec.to_builtins(planned.summary)}
    if publish:
        async with runtime.database.transaction() as session:
            published = await publish_plan(session, SYSTEM, planned.plan_id)
        result["status"] = published.plan.status.value
    show(runtime, result, lambda: summary_lines(result))
