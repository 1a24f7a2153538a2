"""Notices (通知): what subscribers are told, exactly once, through channels that may fail.

In come a kind, its values, a recipient and a key (`outbox.write`, in the transaction that causes it). Out go texts
through the area's channels (`sending`), receipts come back (`receipts`). The room knows recipients and keys, no orders:
it keeps an order's id as a foreign key and nothing else of it.
"""
