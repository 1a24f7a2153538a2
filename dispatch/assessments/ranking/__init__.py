"""How much a rank means: intervals of ranks, funnel limits, observed against expected, signs of dishonesty. Pure but
for `signs`, which reads them from events.
"""
