from __future__ import annotations

import pytest
from playwright.async_api import Browser


@pytest.mark.browser
async def test_this_chromium_can_draw_a_map(browser: Browser) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    version = await page.evaluate(
        """() => {
            const gl = document.createElement('canvas').getContext('webgl2');
            return gl && gl.getParameter(gl.VERSION);
        }"""
    )
    await context.close()
    assert version is not None
    assert "WebGL 2" in version
