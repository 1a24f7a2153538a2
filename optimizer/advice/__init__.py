"""Answers about a plan. In: a problem, a plan, a visit. Out: its best positions (`best_insertion`), why it is left out
(`reasons`), why it is not with somebody else and the smallest change that would help (`explain`). `route_pricing` and
`bounds` are compiled, on the arrays of `pricing_arrays`. `solve`, `replan` and callers outside the optimizer use it.
"""
