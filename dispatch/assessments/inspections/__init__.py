"""The inspector's list (质检): completion reports that nobody has looked at, those with a sign against them first.

In: completed orders, and the checks that people and `missing_files` made. Out: pages of reports. It changes nothing.
"""
