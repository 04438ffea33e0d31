"""The commands of the engine: `briefing run` and `briefing worker`.

Place in the pipeline: a door, a part of the command line. In: what was typed; out: `timetable`'s answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .answering import Json, open_workspace, print_json, print_lines, say, telling

if TYPE_CHECKING:
    from .timetable import Shown

app = typer.Typer()


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the next five slots and why; do nothing.")] = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Take one turn: make what the schedules say is due, then end. For cron."""
    from . import timetable

    if dry_run:
        print_either(timetable.preview(open_workspace()), as_json=as_json)
        return
    with telling() as tell:
        shown = timetable.run(open_workspace(), tell)
    print_either(shown, as_json=as_json)
    if shown.failed:
        raise typer.Exit(1)


@app.command()
def worker(
    every: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="Between two turns; default: 60.")] = 60,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Take turns until stopped, and share the work with every other process on the same database."""
    from . import timetable

    with telling() as tell:
        timetable.work(open_workspace(), every, tell, lambda shown: print_either(shown, as_json=as_json))


def print_either(shown: Shown, *, as_json: bool) -> None:
    """Print what a turn came to, for people or for machines."""
    for problem in shown.problems:
        say(problem)
    if as_json:
        print_json(shown.values)
    else:
        print_lines(shown.lines)
