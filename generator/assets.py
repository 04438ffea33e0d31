"""The files that a page may fetch: what kind each is, and whether it is fit to print.

Place in the pipeline: base; used by step 5 (Print) before the printer decodes a file. Only PNG and JPEG
(Pillow reads them), SVG, style sheets and fonts are known. Entity expansion and external entities need a
document type with an internal subset (https://www.w3.org/TR/xml/#sec-prolog-dtd), which no chart needs.
"""

from __future__ import annotations

import re
import warnings
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from xml.parsers import expat

from .model import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

MEDIA_TYPES = {
    ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
    ".woff2": "font/woff2", ".woff": "font/woff", ".otf": "font/otf", ".ttf": "font/ttf",
}
MAX_PIXELS = 40_000_000
"""A page at 600 dpi has 35 million; 400 million take gigabytes and are dropped by the printer in silence."""
_PIXELS = re.compile(r"\((\d+) pixels\)")


def media_type(name: str) -> str:
    """Return the media type that a file's name stands for; "" for a kind that no page may fetch."""
    return MEDIA_TYPES.get(PurePosixPath(name).suffix.lower(), "")


def check_asset(name: str, data: bytes) -> Finding | None:
    """Return what is wrong with a file, or None: it may be served to the printer."""
    kind = media_type(name)
    if not kind:
        known = ", ".join(MEDIA_TYPES)
        return _finding(name, "kind", "a file of unknown kind", f"one of {known}", "Convert the file.")
    if not data:
        return _finding(name, "empty", "an empty file", "a file with content", "Make the file again.")
    check = _CHECKS.get(kind)
    return check(name, data) if check else None


def _finding(name: str, rule: str, found: str, expected: str, cure: str) -> Finding:
    return Finding(Place(name), f"assets.{rule}", found, expected, cure)


class _Prolog(Exception):  # noqa: N818 - no error: the way out of the parser at the first element
    """The end of an SVG's prolog."""


def _check_svg(name: str, data: bytes) -> Finding | None:
    seen: list[str] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda _name, system, _public, internal: seen.append(_doctype(system, internal))
    parser.StartElementHandler = _leave_prolog
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes it by position
    except _Prolog as root:
        if root.args[0].rpartition(":")[2] != "svg":
            found = f"<{root.args[0]}> as its first element"
            return _finding(name, "svg", found, "<svg>", "Export the drawing as SVG.")
    except expat.ExpatError as error:
        return _finding(name, "svg", f"XML that cannot be read ({error})", "an SVG", "Export the drawing again.")
    if any(seen):
        return _finding(name, "dtd", f"a document type {seen[0]}", "an SVG without one", "Remove <!DOCTYPE …>.")
    return None


def _doctype(system: str | None, internal: int) -> str:
    """Return what is wrong with a document type; "" for the bare line that drawing programs write."""
    if internal:
        return "with declarations of its own"
    return "" if system is None or system.startswith("http://www.w3.org/") else f"from {system}"


def _leave_prolog(tag: str, _attributes: object) -> None:
    raise _Prolog(tag)


def _check_raster(name: str, data: bytes) -> Finding | None:
    from PIL import Image, UnidentifiedImageError

    kind = media_type(name).rpartition("/")[2].upper()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _check_pixels(name, data, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        pixels = _PIXELS.search(str(error))
        return _too_many(name, int(pixels[1]) if pixels else 0)
    except UnidentifiedImageError:
        return _finding(name, "image", f"no {kind} image", f"{kind} data, as the name says", "Export the image again.")
    except (OSError, ValueError, SyntaxError, EOFError, Warning) as error:
        return _finding(name, "image", f"a damaged image ({error})", "a whole image", "Export the image again.")


def _check_pixels(name: str, data: bytes, kind: str) -> Finding | None:
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(data), formats=[kind]) as image:
        if image.width * image.height > MAX_PIXELS:
            return _too_many(name, image.width * image.height)
        if image.mode in ("CMYK", "I;16", "I", "F"):
            cure = "Save it with 8 bits a channel in RGB or grey."
            return _finding(name, "image-mode", f"an image in mode {image.mode}", "RGB or grey", cure)
        if getattr(image, "n_frames", 1) > 1:
            return _finding(name, "image-moves", "an animation", "a still image", "Save one picture of it.")
        _load_whole(image)
    return None


def _load_whole(image: Image) -> None:
    """Decode the image; a cut one raises, although the printer has told Pillow to be lenient."""
    from PIL import ImageFile

    lenient = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        image.load()
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def _too_many(name: str, pixels: int) -> Finding:
    found = f"an image of {pixels:,} pixels"
    return _finding(name, "image-size", found, f"at most {MAX_PIXELS:,} pixels", "Scale the image down.")


_CHECKS: dict[str, Callable[[str, bytes], Finding | None]] = {
    "image/svg+xml": _check_svg, "image/png": _check_raster, "image/jpeg": _check_raster,
}
