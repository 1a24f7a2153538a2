"""The search. In: a problem. Out: routes, as sequences of visits, that are cheap and feasible as far as the search can
tell; the judge has the last word. `construct` inserts greedily, `anneal` improves by ruin and recreate on all cores;
below them compiled code: `ruin_recreate`, `regret`, `memory`, `insertion_cost`, `propagate`, `several_breaks`, `costs`,
on the arrays of `state` and `arrays`. `solve` calls it; `improve` reads its routes and arrays, `advice` shares
`compiled`.
"""
