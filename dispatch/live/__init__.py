"""Live updates to open pages: `kit.live` keeps what changed, `controllers` sends it on as a stream that says what to
fetch, and `streams` counts the open ones and ends those whose reader may no longer read.
"""
