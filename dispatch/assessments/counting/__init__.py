"""From events to counts. In: a month of an area and the rules in force; out: facts of each order, and numerators and
denominators of every indicator. Scoring, the ledger and the reports start from these; nothing is stored here.
"""
