"""The web program with one more address, where something goes wrong that nobody thought of."""

from __future__ import annotations

from litestar import Litestar, get

from dispatch.app import create_app


@get("/api/unthought-of", sync_to_thread=False)
def unthought_of() -> None:
    """Raises."""
    raise ZeroDivisionError("nobody thought of this")


def create_failing_app() -> Litestar:
    """For granian."""
    app = create_app()
    app.register(unthought_of)
    return app
