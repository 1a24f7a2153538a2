"""Automatic dispatch.

In: new orders, and the area's clock. Out: owners, and whatever else falls due by then: acceptance, suspensions,
warnings. `owner_choice` is the rule alone. The jobs, the trial clock over HTTP and the demo call it.
"""
