"""The head of a table: the lines that name its columns, and what is a period among the names.

Place in the pipeline: a part of the connector `file`; it runs in a limited child. In: the lines that a sidecar says the
head has; out: a name a column. A head of two lines is how offices print groups of columns: the group stands above the
first of its columns, merged with the cells beside it, which a file holds as empty ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..errors import OutsideError
from ..reading import Table
from .cells import BETWEEN, Form

_UNNAMED = "column "
_LINES = 5
"""Lines that a head may have."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first and the last line of a head, from 1."""

    first: int = 1
    last: int = 1

    def __str__(self) -> str:
        """Return which lines they are: 3, or 3 to 4."""
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


def take_head(table: Table) -> Head:
    """Take which line, or lines, name the columns."""
    value = table.raw("head")
    lines = [1] if value is None else value if isinstance(value, list) else [value]
    whole = all(isinstance(line, int) and not isinstance(line, bool) and line > 0 for line in lines)
    if whole and 0 < len(lines) <= _LINES and all(after == line + 1 for line, after in pairwise(lines)):
        return Head(lines[0], lines[-1])
    expected = f"the number of a line, or those of two to {_LINES} that follow each other: [3, 4]"
    table.refuse("head", f"{value!r}", expected=expected, cure="Count the lines from the top of the file, from 1.")
    return Head()


def named(lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the columns' names; a column without one is called by its number, as the first one often has to be."""
    width = max(map(len, lines))
    rows = [[cell.strip() for cell in (*line, *[""] * (width - len(line)))] for line in lines]
    for number, row in enumerate(rows[:-1]):
        for column in range(1, width):
            # A cell to the right of a group's name is empty because it was merged with it.
            if not row[column] and any(below[column] for below in rows[number + 1 :]):
                row[column] = row[column - 1]
    names = tuple(BETWEEN.join(filter(None, (row[column] for row in rows))) for column in range(width))
    return tuple(name or f"{_UNNAMED}{number}" for number, name in enumerate(names, 1))


def period_columns(form: Form, names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a wide table that are periods: all that are not said to be something else."""
    others = {*(form.labels or ()), *(name for name, _ in form.where)}
    found = tuple(name for name in names if name not in others)
    if not found:
        raise OutsideError("no column is left for the periods", hint="Take those that are out of `labels`.")
    return found


def is_nothing(name: str, value: object) -> bool:
    """Whether a wide table has nothing in a cell: the column behind the last comma has no name and no value."""
    return name.startswith(_UNNAMED) and name[len(_UNNAMED) :].isdecimal() and value in (None, "")
