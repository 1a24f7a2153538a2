"""Phones that are signed out from the console and wiped when they next ask, and phones that lost what they kept."""
