"""What may be done to an order, and what follows (`domain.md` §3, §4). In: an act, the state and the limits in force;
out: the next state, due times, who must act next, or a refusal. No SQL; `orders.service` applies it.
"""
