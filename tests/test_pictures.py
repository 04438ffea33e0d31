"""Pictures: the reference briefings look as their pictures in docs/pictures, which the README shows."""

from __future__ import annotations

import re
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pictures
import pypdfium2
import pytest
from conftest import ROOT
from pictures import FOLDER, LANGUAGES, VIEWS, View, alike, differences, leave, render
from PIL import Image, ImageChops, ImageDraw, ImageFilter

SHOWN = [view.name for view in VIEWS]


def expected(name: str) -> Image.Image:
    with Image.open(FOLDER / name) as picture:
        return picture.convert("RGB")


# --- the comparison bites, and does not bite without a reason -------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_is_like_itself_a_little_blurred_or_moved_or_lighter(name: str) -> None:
    picture = expected(name)

    assert alike(picture, picture)
    assert alike(picture, picture.filter(ImageFilter.GaussianBlur(0.6)))
    assert alike(picture, ImageChops.offset(picture, 1, 1))
    assert alike(picture, picture.point(lambda level: min(255, level + 6)))
    assert alike(picture, picture.resize((picture.width * 2, picture.height * 2)).resize(picture.size))


@pytest.mark.parametrize("name", SHOWN)
def test_a_block_moved_by_two_millimetres_is_seen(name: str) -> None:
    picture, area = expected(name), (50, 330, 550, 520)
    moved = picture.copy()
    moved.paste("white", area)
    moved.paste(picture.crop(area), (area[0], area[1] + 6))

    assert not alike(picture, moved)


@pytest.mark.parametrize("name", [view.name for view in VIEWS if not view.tables])
def test_a_lost_chart_and_another_colour_are_seen(name: str) -> None:
    picture = expected(name)
    lost, red = picture.copy(), picture.copy()
    ImageDraw.Draw(lost).rectangle((50, 380, 550, 560), fill="white")
    band = (0, 0, picture.width, 90)
    red.paste(Image.merge("RGB", [picture.split()[channel] for channel in (1, 2, 0)]).crop(band), band)

    assert not alike(picture, lost)
    assert not alike(picture, red)


@pytest.mark.parametrize("name", SHOWN)
def test_two_lines_of_text_that_are_gone_are_seen(name: str) -> None:
    picture = expected(name)
    darkness = 255 - np.asarray(picture.convert("L"), dtype=float)[150:].mean(axis=1)
    top = 150 + int(np.convolve(darkness, np.ones(26), "valid").argmax())
    lost = picture.copy()
    ImageDraw.Draw(lost).rectangle((0, top, picture.width, top + 26), fill="white")

    assert not alike(picture, lost)


@pytest.mark.slow
def test_pages_of_other_topics_and_languages_are_not_alike() -> None:
    shown = [expected(name) for name in SHOWN]

    assert [(a, b) for a in range(len(shown)) for b in range(a) if alike(shown[a], shown[b])] == []


def test_another_size_is_another_picture() -> None:
    picture = expected(SHOWN[0])

    assert differences(picture, picture.resize((300, 400))).all()


def test_what_differs_is_left_beside_what_was_expected(tmp_path: Path) -> None:
    picture = expected(SHOWN[0])
    other = picture.copy()
    ImageDraw.Draw(other).rectangle((100, 100, 300, 300), fill="blue")

    said = leave(SHOWN[0], picture, other, tmp_path / "left")

    stem = Path(SHOWN[0]).stem
    assert {path.name for path in (tmp_path / "left").iterdir()} == {f"{stem}.{kind}.png" for kind in ("expected", "actual", "difference")}
    assert re.search(rf"\d+\.\d% of {SHOWN[0]} differs; see .*{stem}\.difference\.png\. `make pictures`", said)
    with Image.open(tmp_path / f"left/{stem}.difference.png") as shown:
        red, green, blue = shown.convert("RGB").getpixel((200, 200))
    assert red > max(green, blue) + 50


# --- the gallery ----------------------------------------------------------------------------------


def test_the_readme_shows_every_first_page_and_every_language() -> None:
    text = (ROOT / "README.md").read_text("utf-8")

    shown = set(re.findall(r"docs/pictures/([\w-]+\.png)", text))
    assert shown == {view.name for view in VIEWS if not view.tables}
    topics = {path.parent.name for path in ROOT.glob("data/*/topic.toml")}
    assert {view.topic for view in VIEWS if view.name in shown} == topics
    assert {view.language for view in VIEWS if view.name in shown} == set(LANGUAGES)


def test_pictures_are_small_and_there_is_none_that_nobody_shows() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(SHOWN)
    assert [name for name in SHOWN if (FOLDER / name).stat().st_size > 100_000] == []


# --- the pages ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pictures.build(tmp_path_factory.mktemp("pictures"))


@pytest.mark.slow
def test_the_briefings_look_as_their_pictures(reports: Path) -> None:
    made = {view.name: render(view, reports) for view in VIEWS}

    said = [leave(name, expected(name), picture) for name, picture in made.items() if not alike(expected(name), picture)]
    assert said == []


@pytest.mark.slow
def test_another_rasteriser_makes_no_difference(reports: Path) -> None:
    for view in (VIEWS[0], View("economy", "zh")):
        (path,) = reports.glob(f"{view.topic}/*/*{view.language}.pdf")
        run = subprocess.run(["pdftoppm", "-r", str(pictures.DOTS), "-l", "1", "-png", str(path)], capture_output=True, check=True)
        with Image.open(BytesIO(run.stdout)) as other, pypdfium2.PdfDocument(path) as pdf:
            ours = pdf[0].render(scale=pictures.DOTS / 72).to_pil()
            assert alike(ours, other.resize(ours.size)), view.name
