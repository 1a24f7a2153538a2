"""The events of orders, which nobody changes: what they carry, how rows become records, what keeps them append-only,
and the check that rows equal their events. In: rows; out: records and faults found. `orders.service` and `verify`
call it.
"""
