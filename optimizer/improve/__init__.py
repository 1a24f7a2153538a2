"""OR-Tools on groups of neighbours. In: the routes of the search. Out: the same routes, changed where the judge finds
OR-Tools' answer feasible and cheaper, and a report. `decompose` cuts the day into groups, `routing_model` is the
OR-Tools model of one group, `improve` runs the groups while time allows. Only `solve` and `child` call it.
"""
