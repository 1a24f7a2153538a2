"""How orders come in: reports with their checks, whole files by a mapping, places, and what looks like the same."""
