"""What managers read: one overview of a month, and its export. Read-only but for the log of exports.

In: score cards and orders. Out: numbers that are the cards' own, never averages of averages; days by the area's clock.
"""
