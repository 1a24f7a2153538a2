"""What a report may be besides itself: a duplicate, a repeat, one voice of an outage. In: a report or an order; out:
those it may belong to, with the reason. Shown before saving, and for open orders by their queue.
"""
