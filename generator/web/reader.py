"""The pages of an edition: its sheets with every number a link, what stands behind a number, its record.

Place in the pipeline: a part of the door `web`. In: what the archive keeps; out: HTML that works without script, and
pictures. Nothing of an edition changes, so its pictures may be kept for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from .. import archive
from ..exhibit import Exhibit, Number, Printing, printing_name, printings, show_edition
from ..model import Edition
from ..testimony import testify
from ..topics import briefings
from ..traces import FURNITURE
from . import files
from .answers import Id, TheCaller, TheDoor
from .door import Door
from .editions import edition_href, find_edition
from .gallery import SMALL, WIDE
from .overview import newest_for, title_of
from .problems import absent
from .shell import YEAR

router = APIRouter(include_in_schema=False, default_response_class=Response)
_ASIDE, _ABOVE = 62.0, 20.0
"""Millimetres of a page that are shown on each side of a number, and above and below it."""
_SILENT = {*FURNITURE, "counter", "name", "standard"}
"""Kinds of numerals behind which nothing stands but the page or a name."""


@dataclass(frozen=True, slots=True)
class Place:
    """A numeral on a sheet: its number among the edition's in this language, and left, top, width and height in mm."""

    index: int
    number: Number
    area: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page: width and height in millimetres, and the numerals on it that lead somewhere."""

    width: float
    height: float
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """One PDF of an edition: a language in a layout."""

    exhibit: Exhibit
    printing: Printing
    numbers: tuple[Number, ...]
    leaves: tuple[Leaf, ...]

    @property
    def base(self) -> str:
        """The address of its first page."""
        return f"/editions/{self.exhibit.edition.topic}/{self.exhibit.edition.id}/{self.printing.name}"

    @property
    def language(self) -> str:
        """Its language."""
        return self.printing.language

    @property
    def tongues(self) -> list[Printing]:
        """The PDFs of the edition in its layout, one a language; the full one where a language has no other."""
        every = printings(self.exhibit.edition)
        same = (every.get(printing_name(tag, self.printing.layout)) for tag in self.exhibit.edition.languages)
        return [found or every[tag] for tag, found in zip(self.exhibit.edition.languages, same, strict=True)]

    @property
    def layouts(self) -> list[Printing]:
        """The PDFs of its language, one a layout."""
        return [each for each in printings(self.exhibit.edition).values() if each.language == self.language]

    @property
    def pdf(self) -> str:
        """The address of its PDF."""
        return f"{edition_href(self.exhibit.edition.topic, self.exhibit.edition.id)}/pdf/{self.language}"

    @property
    def query(self) -> str:
        """What the address of its PDF ends with."""
        return "" if self.printing.layout == "full" else f"?layout={self.printing.layout}"


def printing_of(edition: Edition, name: str) -> Printing:
    """Return a PDF of an edition by its name, `en` or `en-brief`; Problem where it has none of the name."""
    found = printings(edition).get(name)
    if found is None:
        raise absent()
    return found


def open_book(door: Door, edition: Edition, name: str) -> Book:
    """Return a PDF of an edition, each numeral at its place; Problem where it is not as it was kept."""
    printing = printing_of(edition, name)
    file = _kept(door, edition, printing)
    exhibit = show_edition(door.workspace(), f"{edition.topic}/{edition.id}")
    numbers = tuple(each for each in exhibit.numbers if each.printing == printing.name)
    wanted = [(each.page, each.numeral, each.area) for each in numbers]
    areas = door.gallery.locate(file.data, file.sha256, wanted)
    places = [Place(index, *pair) for index, pair in enumerate(zip(numbers, areas, strict=True))]
    leaves = tuple(
        Leaf(*size, tuple(each for each in places if each.number.page == page and each.area and leads(each.number)))
        for page, size in enumerate(door.gallery.measure(file.data, file.sha256), 1)
    )
    return Book(exhibit, printing, numbers, leaves)


def _kept(door: Door, edition: Edition, printing: Printing) -> files.File:
    """Return a PDF as it was kept."""
    return files.kept_pdf(door.workspace().reports, edition, printing.language, brief=printing.layout == "brief")


def leads(number: Number) -> bool:
    """Whether something stands behind a numeral that can be shown."""
    return number.kind not in _SILENT


@router.get("/editions/{topic}/{edition}")
def open_edition(request: Request, door: TheDoor, caller: TheCaller, topic: Id, edition: Id) -> Response:
    """Lead to the edition in the reader's language, or in its first."""
    found = find_edition(door, caller, topic, edition)
    spoken = door.shell.language(request)
    language = spoken if spoken in found.languages else found.languages[0]
    return RedirectResponse(f"/editions/{topic}/{edition}/{language}", 303)


@router.get("/editions/{topic}/{edition}/record")
def show_record(request: Request, door: TheDoor, caller: TheCaller, topic: Id, edition: Id) -> Response:
    """Show what an edition was made from."""
    found = find_edition(door, caller, topic, edition)
    record = archive.read_record(door.workspace().reports, topic, edition)
    damage = archive.damage(door.workspace().reports, found)
    values = {
        "edition": found, "record": record, "damage": damage, "api": edition_href(topic, edition),
        "printings": printings(found),
    }  # fmt: skip
    return door.shell.page(request, "record.html", values)


@router.get("/editions/{topic}/{edition}/{language}")
def read(
    request: Request, door: TheDoor, caller: TheCaller, topic: Id, edition: Id, language: Id
) -> Response:
    """Show an edition's pages, every number a link to what stands behind it; `en-brief` is the brief in English."""
    found = find_edition(door, caller, topic, edition)
    book = open_book(door, found, language)
    title = title_of(door, topic, book.language)
    values = {
        "edition": found, "book": book, "title": title, "current": newest_for(door, topic, book.language) or found,
        "home": topic in briefings(door.workspace()),
    }  # fmt: skip
    return door.shell.page(request, "edition.html", values)


@router.get("/editions/{topic}/{edition}/{language}/pages/{page}.png")
def picture(
    door: TheDoor, caller: TheCaller, topic: Id, edition: Id, language: Id, page: Annotated[int, Path(ge=1, le=10**6)],
    small: bool = False,  # noqa: FBT002 - a word of the address
) -> Response:  # fmt: skip
    """Send a page of an edition as a picture."""
    found = find_edition(door, caller, topic, edition)
    printing = printing_of(found, language)
    sha256 = printing.sha256
    if page > printing.pages:
        raise absent()
    png = door.gallery.picture(lambda: _kept(door, found, printing).data, sha256, page, SMALL if small else WIDE)
    headers = {"cache-control": f"private, max-age={YEAR}, immutable", "etag": f'"{sha256}-{page}-{int(small)}"'}
    return Response(png, media_type="image/png", headers=headers)


@router.get("/editions/{topic}/{edition}/{language}/numbers/{index}")
def explain(
    request: Request, door: TheDoor, caller: TheCaller, topic: Id, edition: Id, language: Id,
    index: Annotated[int, Path(ge=0, le=10**7)],
) -> Response:  # fmt: skip
    """Show what stands behind a number; `?part=evidence` gives that alone, without the page around it."""
    found = find_edition(door, caller, topic, edition)
    book = open_book(door, found, language)
    if index >= len(book.numbers) or not leads(book.numbers[index]):
        raise absent()
    number = book.numbers[index]
    leaf = book.leaves[number.page - 1]
    place = next((each for each in leaf.places if each.index == index), None)
    values = {
        "edition": found, "book": book, "leaf": leaf, "place": place, "strip": _strip(leaf, place),
        "testimony": testify(door.workspace(), door.shelf.knowledge(), topic, number, door.shelf.draft),
    }  # fmt: skip
    alone = request.query_params.get("part") == "evidence"
    return door.shell.page(request, "evidence.html" if alone else "number.html", values)


def _strip(leaf: Leaf, place: Place | None) -> tuple[float, ...]:
    """Return left, top, width and height, in millimetres, of the part of a page that shows a number."""
    if place is None:
        return 0.0, 0.0, leaf.width, leaf.height
    left = min(max(0.0, place.area[0] - _ASIDE), leaf.width - 2 * _ASIDE)
    top = min(max(0.0, place.area[1] - _ABOVE), leaf.height - 2 * _ABOVE)
    return left, top, 2 * _ASIDE, 2 * _ABOVE
