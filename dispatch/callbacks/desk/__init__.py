"""The call-back desk (回访台): one queue of calls that are due, each held by one agent at a time.

In come orders that were completed or cancelled (a trigger enters them) and what agents do. Out goes who is called next,
when somebody who was not reached is tried again, and how the day goes.
"""
