"""HTTP as every controller shares it: the request's session and caller (`requests`), errors, limits, the gate before
all rooms and what the OpenAPI document says. In: a request; out: an actor and a transaction, or a refusal.
Controllers and `app` call it.
"""
