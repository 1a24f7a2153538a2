"""Files of orders as rows. In: a file and its mapping; out: one order's values a row, or the reason why a row cannot
be one. Pure but for reading the file; `intake.importing` stores what comes out.
"""
