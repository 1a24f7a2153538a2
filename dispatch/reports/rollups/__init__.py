"""Roll-ups that the manager's pages stand on, kept from events.

In: events, through triggers, in the transaction of the event. Out: what happened by grid and local day (`days`). What a
trigger adds is counted at once (`GridDayChange`); a job folds it into the rows that are read. Nothing is in a roll-up
that the events do not say: `rebuild` makes all of it anew, `check` compares.
"""
