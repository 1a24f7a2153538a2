"""Points pay and contract settlement (计件、结算): what each order earns, on which contract's statement, to the cent.

In: the facts of a month, its scores, the grid contracts. Out: statements whose totals are the sums of their lines.
`points` and `statements` are pure; `drafting` reads and stores, `acting` issues, disputes and settles.
"""
