"""Tables as people keep them. In: CSV or a workbook; out: rows of text, or a file that Excel opens without running a
cell. Every room that reads or writes files for people calls it.
"""
