"""The demo: a fictional city through the same import as any other, with its past, and a day that is always alive."""
