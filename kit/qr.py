"""QR codes of addresses: for a terminal and for a page."""

from __future__ import annotations

import io

import segno


def in_terminal(address: str) -> list[str]:
    """Lines of half blocks, dark on light, as phones read them from a terminal."""
    out = io.StringIO()
    segno.make(address, micro=False).terminal(out, compact=True)
    return out.getvalue().splitlines()


def as_svg(address: str) -> str:
    """An SVG image that needs nothing else, to be put into a page as it is."""
    return str(segno.make(address, micro=False, error="m").svg_inline(scale=4, border=4, light="#fff"))
