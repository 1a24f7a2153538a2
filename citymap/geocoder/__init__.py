"""Words into points, offline. In: an address as somebody wrote or said it; out: ranked places, each with its
confidence. `addresses` is the door; intake and the console's search call it.
"""
