"""Planning: who goes where when.

The rooms, from below: what all share stands at the root (`models`, `repository`, `access`, `own_part`, `plan_summary`,
`statuses`; who publishes is one of `access.PLANNERS`, for the whole area);
`day` reads a day; `runs` makes drafts of it; `board` prices and makes moves on it; `drafts` applies, repairs and
discards; `dispatching` gives new orders an owner. `jobs` is the background work. Import contracts keep the order.
"""
