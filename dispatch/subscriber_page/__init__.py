"""The subscriber's own page, behind a signed link: where the order stands, and what they may do about it.

It is plain HTML with forms, made on the server, so that it reads and works on an old phone and without JavaScript. In
come a token and a form; out goes one page. A link that is altered, guessed, revoked or over says nothing at all.
"""
