"""What we ask of PostgreSQL itself: the private server (`embedded`, with its files and programs), files kept in the
database, and the planner's statistics. In: a folder or a session; out: a running server, an address, a blob's hash.
Every room may call it; it knows no table but its own.
"""
