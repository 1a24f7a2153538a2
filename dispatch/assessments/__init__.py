"""Assessment (考核): what a month was worth, of technicians, teams and grids.

In: events of orders, calls and the rules of the month. Out: facts (`facts`), indicators with the orders behind them,
score cards (`scoring`, `cards`), and the ledger in which every point is a line (`ledger`). `appeals` and `inspections`
are what people say to it.
"""
