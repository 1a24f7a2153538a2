"""Who owns an order, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from dispatch.planning.dispatching.owner_choice import Candidate, Choice, Need, choose

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
A, B, C, D = (UUID(int=n) for n in range(1, 5))
HERE, THERE, FAR = (116.40, 39.90), (116.41, 39.90), (116.60, 39.90)
NEED = Need(skill="fibre", skill_level=2, point=HERE, technician_a_id=A, technician_b_id=B)


def somebody(who: UUID, **fields: object) -> Candidate:
    return replace(Candidate(who, NOW - timedelta(hours=1), {"fibre": 2}, near=(THERE,)), **fields)  # type: ignore[arg-type]


def chosen(*people: Candidate, need: Need = NEED, without: frozenset[UUID] = frozenset()) -> Choice:
    return choose(need, {person.id: person for person in people}, NOW, without=without)


def test_the_grids_a_technician_owns_the_order():
    assert chosen(somebody(A), somebody(B), somebody(C)) == Choice(A, "a_technician")


def test_b_steps_in_when_a_is_off_shift_and_it_is_said_why():
    assert chosen(somebody(A, ready_at=None), somebody(B)) == Choice(B, "b_technician", "not_on_shift")


def test_somebody_below_the_level_asked_for_does_not_count_as_skilled():
    assert chosen(somebody(A, skills={"fibre": 1}), somebody(B)) == Choice(B, "b_technician", "no_skill")


def test_at_the_load_cap_the_next_one_takes_over():
    assert chosen(somebody(A, load=12), somebody(B, load=11)) == Choice(B, "b_technician", "full")


def test_on_leave_the_substitute_stands_in_before_b():
    on_leave = somebody(A, ready_at=None, on_leave=True, substitute_id=C)
    assert chosen(on_leave, somebody(B), somebody(C)).technician_id == C


def test_a_substitute_who_is_away_too_has_a_substitute():
    chain = (
        somebody(A, ready_at=None, on_leave=True, substitute_id=C),
        somebody(C, ready_at=None, on_leave=True, substitute_id=D),
    )
    assert chosen(*chain, somebody(B), somebody(D)).technician_id == D


def test_a_ring_of_substitutes_on_leave_ends_at_b():
    ring = (
        somebody(A, ready_at=None, on_leave=True, substitute_id=C),
        somebody(C, ready_at=None, on_leave=True, substitute_id=A),
    )
    assert chosen(*ring, somebody(B)) == Choice(B, "b_technician", "not_on_shift")


def test_the_cheapest_capable_neighbour_is_the_nearest_that_is_not_busier_than_the_way_is_long():
    near, far = somebody(C, near=(HERE,)), somebody(D, near=(FAR,))
    assert chosen(near, far).technician_id == C
    assert chosen(replace(near, load=11), replace(far, near=(THERE,))).technician_id == D


def test_equal_neighbours_are_decided_by_load_and_then_by_id():
    assert chosen(somebody(D), somebody(C)).technician_id == C


def test_a_neighbour_of_another_contractor_stays_out():
    need = replace(NEED, contractor="North")
    assert chosen(somebody(C, contractor="South"), need=need) == Choice(None, "pool", "not_on_shift")
    assert chosen(somebody(C, contractor="North"), need=need).technician_id == C


def test_nobody_capable_leaves_the_order_in_the_pool():
    assert chosen(somebody(C, skills={})).technician_id is None


def test_who_had_their_chance_is_not_asked_again():
    assert chosen(somebody(A), somebody(B), without=frozenset({A})) == Choice(B, "b_technician", "had_their_chance")


def test_at_night_the_shifts_that_come_next_count_but_not_tomorrows_late_ones():
    early = somebody(B, ready_at=NOW + timedelta(hours=6))
    late = somebody(A, ready_at=NOW + timedelta(hours=13))
    assert chosen(early, late) == Choice(B, "b_technician", "not_on_shift")
    assert chosen(replace(late, ready_at=NOW + timedelta(hours=7)), early).technician_id == A
