"""Complaints (投诉台账) and supervisions (督办): who owns them, until when, who is to blame, and what was put right.

In: the desk, the console, a call back that says so. Out: the ledger, warnings upward, lines in the order's story, and
the complaints behind the indicator.
"""
