"""The road engine and the one process of a host that owns it. In: an extract, or points; out: road data, travel times
and routes. `client` is the door for everybody else; only `server` loads OSRM, which holds the GIL.
"""
