"""The judge of the benchmark: what another planner leaves out is counted, whether or not it says why."""

from benchmarks.planners.peers import Answer, judged
from optimizer.files.generated import generate_day


def test_a_plan_that_leaves_visits_out_without_a_reason_is_judged_and_its_drops_are_counted() -> None:
    problem = generate_day(12, 3, 1)
    nothing = judged(problem, Answer({person.id: [] for person in problem.technicians}, 1.0, ""))
    assert (nothing.dropped, nothing.cut) == (12, 0)
    assert nothing.cost >= sum(visit.drop_cost or 0 for visit in problem.visits)
