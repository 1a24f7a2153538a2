"""Where an order is. In: its point or its address; out: a point in a grid, or a place on the worklist with the reason;
and what is wrong with a whole file's points. Reports, imports and the worklist's operations call it.
"""
