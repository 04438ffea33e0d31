"""Pictures of the reference briefings: made from the PDFs, compared with those in docs/pictures.

`make pictures` makes them anew. Pictures are compared by the means of small blocks, each at the place near by where it
fits best: another rasteriser or hinting makes no difference, and a moved block, a lost chart or another colour does.
Measured on twelve pages: Poppler's picture beside PDFium's, or one moved by a pixel, has at most 0.1 % of blocks that
differ; a chart moved by 2 mm at least 1.2 %.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pypdfium2
from PIL import Image, ImageChops, ImageFilter

from generator import pipeline
from generator.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "pictures"
LEFT = ROOT / ".briefing" / "pictures"
"""Where a comparison that fails leaves its pictures."""
LANGUAGES = ("en", "zh", "ru", "be")
DOTS = 72
"""Pixels an inch: a page of A4 has 595 x 842."""
COLOURS = 64
BLOCK = 6
"""Pixels of a block's side, 2 mm."""
NOTICED = 20
"""Levels of 255 by which a block's mean in one colour must differ to count."""
TOLERATED = 0.002
"""The part of a page's blocks that may differ: twice as much as was ever measured for the same page."""


@dataclass(frozen=True)
class View:
    """A page that is shown: the first one of a briefing, or the one with the most figures, which has a table."""

    topic: str
    language: str
    tables: bool = False

    @property
    def name(self) -> str:
        """The picture's file name."""
        return f"{self.topic}-{self.language}{'-tables' if self.tables else ''}.png"


VIEWS = (
    *(View(topic, "en") for topic in ("economy", "industrial-park", "education", "partnership")),
    *(View("economy", language) for language in LANGUAGES[1:]),
    *(View("economy", language, tables=True) for language in LANGUAGES),
)


def build(folder: Path) -> Path:
    """Build the briefings that are shown, of this repository, in a folder, and return the folder of their editions."""
    for name in ("data", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("sources"))
    shutil.copy(ROOT / "briefing.toml", folder)
    workspace = Workspace(folder)
    shown: dict[tuple[str, ...], list[str]] = {}
    for topic in dict.fromkeys(view.topic for view in VIEWS):
        languages = tuple(dict.fromkeys(view.language for view in VIEWS if view.topic == topic))
        shown.setdefault(languages, []).append(topic)
    for languages, topics in shown.items():
        for outcome in pipeline.build(workspace, pipeline.Request(tuple(topics), languages)):
            assert outcome.state == "built", (outcome.topic, outcome.error, list(map(str, outcome.findings)))
    return workspace.reports


def render(view: View, reports: Path) -> Image.Image:
    """Return the picture of a view."""
    (path,) = reports.glob(f"{view.topic}/*/*{view.language}.pdf")
    with pypdfium2.PdfDocument(path) as pdf:
        return pdf[_page(view, path) - 1].render(scale=DOTS / 72).to_pil().convert("RGB")


def _page(view: View, path: Path) -> int:
    if not view.tables:
        return 1
    trace = json.loads((path.parent / "trace.json").read_text("utf-8"))
    kinds = [each["kind"] for each in trace["traces"]]
    pages = (page for page, _, number, *_ in trace["numerals"][view.language] if kinds[number] in ("fact", "observation"))
    return Counter(pages).most_common(1)[0][0]


# --- comparing ------------------------------------------------------------------------------------


def differences(expected: Image.Image, actual: Image.Image) -> np.ndarray:
    """Return for each block of a picture whether it differs, wherever it is looked for a pixel around its place."""
    if expected.size != actual.size:
        return np.ones((1, 1), dtype=bool)
    wanted, found = _blocks(_blurred(expected)), _blurred(actual)
    near = (_blocks(ImageChops.offset(found, x, y)) for x in (-1, 0, 1) for y in (-1, 0, 1))
    apart = np.min([np.abs(blocks - wanted).max(axis=2) for blocks in near], axis=0)
    return apart[1:-1, 1:-1] > NOTICED  # what is moved out on one side comes in on the other


def _blurred(picture: Image.Image) -> Image.Image:
    return picture.convert("RGB").filter(ImageFilter.GaussianBlur(BLOCK / 3))


def _blocks(picture: Image.Image) -> np.ndarray:
    size = (picture.width // BLOCK, picture.height // BLOCK)
    return np.asarray(picture.resize(size, Image.Resampling.BOX), dtype=float)


def alike(expected: Image.Image, actual: Image.Image) -> bool:
    """Return whether a reader would take two pictures for the same."""
    return bool(differences(expected, actual).mean() <= TOLERATED)


def leave(name: str, expected: Image.Image, actual: Image.Image, folder: Path = LEFT) -> str:
    """Write a picture beside the expected one and one of their difference, and return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    marked = differences(expected, actual)
    mask = Image.fromarray(np.uint8(marked) * 160).resize(actual.size, Image.Resampling.NEAREST)
    shown = Image.composite(Image.new("RGB", actual.size, "red"), actual.convert("L").convert("RGB"), mask)
    for kind, picture in (("expected", expected), ("actual", actual), ("difference", shown)):
        picture.save(folder / f"{Path(name).stem}.{kind}.png")
    return f"{marked.mean():.1%} of {name} differs; see {folder}/{Path(name).stem}.difference.png. `make pictures` makes them anew."


def make() -> None:
    """Make every picture anew that would not pass for the old one."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.png"):
        if path.name not in {view.name for view in VIEWS}:
            path.unlink()
    with TemporaryDirectory() as folder:
        reports = build(Path(folder))
        for view in VIEWS:
            target, picture = FOLDER / view.name, render(view, reports)
            if target.exists() and alike(Image.open(target), picture):
                continue
            picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
            print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(make())
