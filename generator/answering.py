"""What every command does alike: find the workspace, print the answer, show the steps.

Place in the pipeline: a part of the doors `cli` and `turns`. Standard output carries the answer and nothing else.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import OutsideError, UsageError
from .listing import columns
from .model import Finding
from .pipeline import STEPS
from .workspace import Workspace, find_workspace

Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, for machines.")]
Topics = Annotated[list[str] | None, typer.Argument(metavar="TOPIC", help="Folders of data/; none: all.")]


class Run:
    """What the options before the command say."""

    folder: Path | None = None


def open_workspace() -> Workspace:
    """Return the workspace that the command is about."""
    return find_workspace(Run.folder or _here(), os.environ.get("BRIEFING_DOCUMENTS"))


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        hint = "Go to a folder that is there, or name the workspace: --workspace DIR."
        raise UsageError("the current folder is gone", hint=hint) from None


def open_output() -> None:
    """Let standard output take every character: one that the locale's encoding lacks is written as its escape.

    Standard error does so by itself. What was closed before the start (`>&-`) leads nowhere from now on: the next file
    to be opened would have its number, and every child would write into that.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            lowest = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(lowest, True)  # noqa: FBT003 - its own way
            setattr(sys, name, os.fdopen(lowest, mode, encoding="utf-8"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def answer(value: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print an answer, for people or for machines."""
    if as_json:
        print_json(value)
    else:
        print_lines(lines)


def say(text: str) -> None:
    """Say something that is no answer, on standard error."""
    # One write a line: the steps are told by several threads. A log that cannot be written stops no work.
    with suppress(OSError):
        sys.stderr.write(f"{text}\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print an answer in lines."""
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our answer (`| head -1`) has gone: that is its right and no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer would fail once more at the end
        cure = "Free space, or write it elsewhere."
        raise OutsideError(f"the answer cannot be written: {error.strerror}", hint=cure) from error


def print_json(value: object) -> None:
    """Print an answer as JSON, which is UTF-8 (RFC 8259) or else ASCII, whatever the locale's encoding is."""
    escaped = (sys.stdout.encoding or "").lower() not in ("utf-8", "utf8")
    print_lines([json.dumps(value, indent=1, ensure_ascii=escaped, default=str)])


def show_findings(findings: Iterable[Finding]) -> None:
    """Say each problem on a line."""
    for finding in findings:
        say(str(finding))


def show_rows(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows as a table, or as JSON."""
    if as_json:
        print_json(rows)
        return
    if not rows:
        return
    print_lines(columns([[key.upper() for key in rows[0]], *(row.values() for row in rows)]))


@contextmanager
def telling() -> Iterator[Callable[[int, str], None]]:
    """Give what shows the steps: a bar on a terminal, taken away at the end; a line each in a log."""
    if not sys.stderr.isatty():
        yield lambda step, what: say(f"Step {step} - {STEPS[step - 1]}: {what}")
        return
    from .terminal import Bar

    bar = Bar()
    try:
        yield bar
    finally:
        bar.stop()
