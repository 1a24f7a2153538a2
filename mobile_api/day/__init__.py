"""What a technician's phone shows of the day. In: orders, visits, rosters, rules. Out: the route, its changes."""
