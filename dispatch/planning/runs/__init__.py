"""Planning runs.

In: an area, a date and options. Out: a stored draft, or a run that says why there is none. A run solves the day in a
child process that can be ended early, called off or killed; `lifecycle` keeps its state. HTTP, the jobs and the command
line call it. `drafts` stores its repairs with it, too.
"""
