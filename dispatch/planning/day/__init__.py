"""A day as the planner sees it.

In: an area, a local date and a moment. Out: its open orders and people as values (`snapshot`), the optimizer's problem
made of them (`problem_builder`), the travel times (`loading`), and plan stops at their instants (`timed_stops`). All
other rooms of planning call it. It changes nothing but the sick leave that a repair enters.
"""
