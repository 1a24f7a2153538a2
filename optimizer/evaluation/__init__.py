"""What a plan is worth. In: a problem and a plan, or sequences of visits. Out: the violations and the cost by term
(`evaluate`, the one judge; `unnamed_breaks` looks whether breaks fit that a plan does not name), the times of a route
with its breaks placed (`timetable`), the price of a change (`delta`), and a part of a problem as a problem of its own
(`subproblem`) or numbered anew (`locality`). Every room above may call it. The
judge shares nothing with the code that makes plans; nothing here needs numba or OR-Tools.
"""
