"""A day as the planner sees it.

In: an area, a local date and a moment. Out: its open orders and people as values (`snapshot`), the optimizer's problem
made of them (`problem_builder`, which keeps out what cannot be planned and says what leaving an order out costs), the
travel times (`loading`), plan stops at their instants (`timed_stops`), which policy prices moves (`policy`), and why an
order is left out, in words (`wording`). All other rooms of planning call it. It changes nothing but the sick leave that
a repair enters.
"""
