"""Urgent work offered with its price. In: an order and the board of the day. Out: an offer, and what was answered."""
