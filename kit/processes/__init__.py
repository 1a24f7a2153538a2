"""The processes of one installation and what they need of the machine: the supervisor, free ports, and files that only
their owner reads. In: commands to run; out: running processes. The command line calls it.
"""
