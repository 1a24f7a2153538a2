"""Callbacks (回访). Every completed or cancelled order is called back.

In comes one attempt with its answer. Out goes what follows: the order is closed, sent out again, or asked again later.
Only a satisfied answer or exhausted attempts close an order (`service`, `attempts`). `desk` says whom to call next.
"""
