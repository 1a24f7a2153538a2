"""A month over the real city with technicians whose skill is known, judged by the product: is what it says true?

In: a seed and an area with grids. `city` makes that area, `month` draws skills and writes the month's events, `judging`
asks the product for ranks, intervals, flags and proposals and holds them against the skills.
"""
