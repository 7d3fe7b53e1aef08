"""What the images' function is made of: apart from the others', whose packages are without Pillow."""

from collections.abc import Mapping

from parley.media.pillow import PillowImages
from workers import wiring


def images(environ: Mapping[str, str]) -> wiring.Uploads:
    """The function of uploaded images, for AWS."""
    return wiring.uploads(environ, PillowImages())
