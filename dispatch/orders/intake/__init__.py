"""How orders come in: reports with their checks, whole files by a mapping, places, and what looks like the same.

A file: `uploads` takes it, `importing` runs over it, `mapping` and `import_row` read a row, `places` finds where it is,
and `batches` makes orders of the rows, many by one statement and with the events that `service` would have written.
"""
