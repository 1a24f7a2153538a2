"""What subscribers say when they are called back (回访声音): reasons, words, quotes, and what matters to them.

In: answered calls with their notes, and facts of their orders. Out: counts, and sentences in which nobody can be known.
"""
