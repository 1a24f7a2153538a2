"""The ledger of the assessment (考核台账): every point of every published score as a line that is never changed.

In: the score cards of a month and what people ruled. Out: lines, their sums, and whether a month is closed.
"""
