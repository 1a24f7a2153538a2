"""What a month leads to: a star, a card, a task, a bulletin. Proposed by rule, decided by a person.

In: the cards of a month that was published, its rulings, the month's policy. Out: decisions with their evidence, the
story of each, and the bulletin in versions.
"""
