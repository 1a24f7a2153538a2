"""Where things fail: the outages of a month, faults by hour and place, and addresses that report again and again.

In: outages, orders and who may see which grids. Out: counts by the area's own days and hours, and their files.
"""
