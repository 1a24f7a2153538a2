"""Outages (大面积故障) as objects of their own: suspected → confirmed → restored → closed, or dismissed.

In: reports as they come (`detection`, from planning before it chooses owners), and what people decide (`service`).
Out: muted orders, one crew order, notices to everybody concerned, and reliability figures.
"""
