"""Orders (工单): from the report to the archive.

In come reports (`reporting.report`, and `intake` for whole files) and acts on orders (`service.apply`). Out go orders
as pages show them (`listing`), events, and announcements to the feed. An act passes `guards` (may it be done now), gets
its `event_data`, becomes an event, changes the state (`states.evolve`) and then other tables (`side_effects`). Rooms
above change an order only through `service`, and read it through `models` and `repository`.
"""
