"""Compiled: first routes by regret. Each time the visit goes in that has the most to lose by waiting.

A visit is inserted where it adds least, as in construction by cheapest insertion; what differs is who comes first:

- by regret (Potvin & Rousseau, European Journal of Operational Research 1993): whose second-best route is much dearer
  than its best one, and who saves much at all. It leaves room for scarce skills.
- by yield: who saves most for the time it takes, work and detour together. On a day with more work than people it
  leaves out what costs the most time for the least drop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.problem.flatten import SERVICE
from optimizer.search.arrays import P_SECOND, P_WORK
from optimizer.search.compiled import inline, jit
from optimizer.search.insertion_cost import search_route
from optimizer.search.propagate import insert, propagate

REGRET, YIELD = range(2)
"""Who comes first."""


class Offers(NamedTuple):
    """What every waiting visit would cost in every route. T technicians, V visits.

    A price of inf is one of at least the second-best price when it was asked, or of a route that does not fit.
    """

    prices: npt.NDArray[np.float64]  # V × T
    positions: npt.NDArray[np.int16]  # V × T
    first: npt.NDArray[np.int64]  # V: the route with the lowest price, -1 for none
    second: npt.NDArray[np.float64]  # V: the second-lowest price, at most the cost of leaving out
    waiting: npt.NDArray[np.uint8]  # V: 1 while it is in no route and some route may take it


def no_offers(technicians: int, waiting: npt.NDArray[np.uint8]) -> Offers:
    """Nothing asked yet. `waiting` marks the visits that are to be inserted."""
    visits = len(waiting)
    return Offers(
        np.full((visits, technicians), np.inf),
        np.full((visits, technicians), -1, dtype=np.int16),
        np.full(visits, -1, dtype=np.int64),
        np.zeros(visits),
        waiting,
    )


@inline
def ask(a, s, o, t, v, bound, seed):  # type: ignore[no-untyped-def]
    """Price `v` in route `t`."""
    price, position = search_route(a, s, t, v, bound, 0.0, seed)
    o.prices[v, t] = price if position >= 0 else np.inf
    o.positions[v, t] = position


@inline
def choose(a, o, v):  # type: ignore[no-untyped-def]
    """Find the best route of `v` and its second-best price. Without a route it does not wait any more."""
    first, lowest, second = np.int64(-1), np.inf, a.drop[v]
    for t in range(o.prices.shape[1]):
        price = o.prices[v, t]
        if price < lowest:
            second = min(second, lowest)
            lowest, first = price, np.int64(t)
        elif price < second:
            second = price
    o.first[v], o.second[v] = first, second
    if first < 0:
        o.waiting[v] = 0


@jit
def ask_everywhere(a, s, o, seed):  # type: ignore[no-untyped-def]
    """Price every waiting visit in every route, up to the cost of leaving it out."""
    for v in range(len(o.waiting)):
        if o.waiting[v] == 1:
            for t in range(len(s.lengths)):
                ask(a, s, o, t, v, a.drop[v], seed)
            choose(a, o, v)


@jit
def insert_some(a, s, o, order, most, seed):  # type: ignore[no-untyped-def]
    """Insert up to `most` visits, who comes first by `order` (REGRET, YIELD). Answers how many."""
    for done in range(most):
        chosen, highest = -1, -np.inf
        for v in range(len(o.waiting)):
            if o.waiting[v] == 0:
                continue
            price = o.prices[v, o.first[v]]
            saved = a.drop[v] - price
            if order == REGRET:
                score = o.second[v] - price + saved
            else:
                t = o.first[v]
                work = (a.prices[t, P_SECOND] + a.prices[t, P_WORK]) * a.visit[v, SERVICE]
                score = saved / max(1e-9, work + price)
            if score > highest:
                chosen, highest = v, score
        if chosen < 0:
            return done
        t = o.first[chosen]
        position = np.int64(o.positions[chosen, t])
        o.waiting[chosen] = 0
        insert(a, s, t, chosen, position)
        propagate(a, s, t, position + 1)
        for v in range(len(o.waiting)):
            if o.waiting[v] == 1:
                known = o.prices[v, t]
                if known <= o.second[v]:
                    ask(a, s, o, t, v, a.drop[v], seed)
                    choose(a, o, v)
                else:
                    ask(a, s, o, t, v, o.second[v], seed)
                    if o.prices[v, t] < o.second[v]:
                        choose(a, o, v)
    return most
