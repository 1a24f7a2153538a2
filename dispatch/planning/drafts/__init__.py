"""Drafts: what becomes of a stored plan.

In: a draft. Out: its differences to the day (`diff`), the day after it was applied whole or in part (`applying`), or
before it was published (`discarding`). `repairs` makes drafts of a day after something happened. HTTP, the jobs and the
command line call it.
"""
