"""How each fault type is completed, as versioned data. In: an area and a fault type. Out: what to choose, read, check.

`definition` is the form and its check, `seeds` what every installation starts with, `service` finds and adds versions.
"""
