"""Pages as they were laid out: what stands on each, and where.

Place in the pipeline: base. Step 5 Print measures them from the printer's boxes, step 6 Inspect judges them. Lengths
are CSS pixels, 96 an inch, from the left and upper edge of the paper.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MILLIMETRE = 96 / 25.4
"""Pixels in a millimetre."""


@dataclass(frozen=True, slots=True)
class Frame:
    """An area of a page by its edges."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From the left to the right edge."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From the upper to the lower edge."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds a text or picture: the places where it may stand, and what it belongs to."""

    body: Frame | None
    """Where the page has its content; None for what its author has placed freely."""
    cell: Frame | None = None
    """The cell of a table."""
    clip: Frame | None = None
    """What is seen of it: boxes around it hide what overflows."""
    heading: int = 0
    """The heading, 0 for none: the same number for each of its lines."""
    row: int = 0
    """The row of a table, 0 for none: the same number on each page that has a part of it."""
    running: bool = False
    """Whether it stands in a margin or below the text, as page numbers and footnotes do."""
    behind: bool = False
    """Whether it was laid behind the page on purpose."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A picture, or a stretch of text on one line, from the height of capitals to the ends of descenders."""

    frame: Frame
    words: str
    """The text, or the picture's file name."""
    setting: Setting
    picture: bool = False
    pixels: tuple[int, int] = (0, 0)
    """Width and height of a picture made of pixels; (0, 0) for drawings and text."""
    dots: float = 0
    """Pixels an inch as it is printed; 0 for drawings and text."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One page: its paper, the area of its content, and the pieces in the order of the document."""

    paper: Frame
    body: Frame
    pieces: tuple[Piece, ...] = ()
    ended: bool = False
    """Whether its author began another page after it on purpose."""
    flow: tuple[Piece, ...] = field(default=(), compare=False)
    """The pieces that follow each other: neither running nor placed freely."""

    @property
    def filled(self) -> float:
        """How far down its content goes, as a part of the area: 1 is a full page."""
        if not self.flow or not self.body.height:
            return 0.0
        return max(0.0, (max(piece.frame.bottom for piece in self.flow) - self.body.top) / self.body.height)
