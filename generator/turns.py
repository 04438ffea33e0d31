"""The commands of the engine: `briefing run`, `briefing worker` and `briefing status`.

Place in the pipeline: a door, a part of the command line. In: what was typed; out: `timetable`'s answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .answering import Json, open_workspace, print_json, print_lines, say, telling
from .errors import UsageError

if TYPE_CHECKING:
    from .timetable import Shown

app = typer.Typer()


class Form(StrEnum):
    """How the journal is shown."""

    TEXT = "text"
    JSON = "json"


LogOption = Annotated[
    Form, typer.Option("--log", envvar="BRIEFING_LOG", help="Standard error: steps as text, or every event as JSON.")
]


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the next five slots and why; do nothing.")] = False,  # noqa: FBT002
    log: LogOption = Form.TEXT,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Take one turn: make what the schedules say is due, then end. For cron."""
    from . import timetable

    if dry_run:
        print_either(timetable.preview(open_workspace()), as_json=as_json)
        return
    with journal(log):
        shown = timetable.run(open_workspace())
    print_either(shown, as_json=as_json, log=log)
    if shown.code:
        raise typer.Exit(shown.code)


@app.command()
def worker(
    every: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="Between two turns; default: 60.")] = 60,
    log: LogOption = Form.TEXT,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Take turns until stopped, and share the work with every other process on the same database."""
    from . import timetable

    with journal(log):
        code = timetable.work(open_workspace(), every, lambda shown: print_either(shown, as_json=as_json, log=log))
    raise typer.Exit(code)


@app.command()
def status(
    metrics: Annotated[bool, typer.Option("--metrics", help="Print it as Prometheus reads it.")] = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Show what is good, what fails and why, what comes next and what waits; exit 1 where somebody has to look."""
    from . import timetable

    if metrics and as_json:
        raise UsageError("--metrics and --json", hint="Give one of them.")
    if metrics:
        print_lines(timetable.status_metrics(open_workspace()).splitlines())
        return
    shown = timetable.status(open_workspace())
    print_either(shown, as_json=as_json)
    if shown.code:
        raise typer.Exit(shown.code)


@contextmanager
def journal(log: Form) -> Iterator[None]:
    """Show the journal while a command runs."""
    import logging

    from .journal import JsonLines, Steps, written_by

    if log is Form.JSON:
        lines = logging.StreamHandler()
        lines.setFormatter(JsonLines())
        written_by(lines)
        yield
        return
    with telling() as tell:
        written_by(Steps(tell))
        yield


def print_either(shown: Shown, *, as_json: bool, log: Form = Form.TEXT) -> None:
    """Print what a turn came to, for people or for machines; a journal in JSON has told the problems already."""
    for problem in shown.problems if log is Form.TEXT else ():
        say(problem)
    if as_json:
        print_json(shown.values)
    else:
        print_lines(shown.lines)
