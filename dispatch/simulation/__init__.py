"""Simulation of whole days of an area, for trials and tests of the whole product.

In come the address of a running product, tokens, a first day and a number of days. It acts through the public HTTP API
alone, as phones (`technician`) and consoles (`call_centre`) do, and writes a journal of what happened (`journal`,
`docs/journal.md`), from which every figure of the product can be computed a second time.
"""
