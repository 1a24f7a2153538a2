"""Next week's load against capacity: what is expected to be reported, how long it takes, and who is there to do it.

In: reports and finished work of the last weeks, rosters. Out: orders and hours by day and grid, with intervals.
"""
