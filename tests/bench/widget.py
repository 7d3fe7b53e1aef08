"""The chat widget's size: all that a page loads once its bubble is opened, minified and gzipped."""

import gzip

from infra.page import build


def measure() -> dict[str, float]:
    """``web.widget_gzip_bytes``, and ``web.widget_bubble_gzip_bytes``: what is loaded before the bubble is opened.

    Where Node is missing they are not there, and it says so.
    """
    try:
        build.need_tools()
    except build.CannotBuild as missing:
        print(f"The widget is not measured: {missing}")
        return {}
    sizes = {name: len(gzip.compress(body, 9)) for name, body in build.widget().items()}
    return {
        "web.widget_gzip_bytes": sum(sizes.values()),
        "web.widget_bubble_gzip_bytes": sizes["elements/widget.js"],
    }
