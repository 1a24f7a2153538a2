"""The optimizer beside other planners. `rows` measures and prints, `peers` runs each of them and judges its answer,
`public` does so on published instances.
"""
