"""The board: the day as it is worked by, and what people do to it.

In: a day that is planned. Out: prices of moves, candidates, routes, and the moves themselves, which can be undone.
`assignments` is the only way from a plan or a move to stored visits. HTTP and `drafts` call it.
"""
