"""The command line: parse, call, show.

Place in the pipeline: a door. Standard output carries the answer and nothing else; steps, problems and
errors go to standard error. Exit codes: 0 done, 1 problems in the workspace, 2 wrong use, 3 a part of the
outside world failed, 130 interrupted.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import typer.core
from click import HelpFormatter

from . import dispatch, pipeline, turns
from .accounts import edition_json, edition_line, finding_json, outcome_json, outcome_lines
from .answering import (
    Json,
    Run,
    Topics,
    answer,
    open_output,
    open_workspace,
    print_json,
    print_lines,
    say,
    show_findings,
    show_rows,
    telling,
)
from .causes import hold_back
from .errors import BriefingError, UsageError, WorkspaceError
from .model import Finding
from .orders import PROGRAM
from .pipeline import Request
from .web import commands as serving


class _Commands(typer.core.TyperGroup):
    """The commands, each listed with the whole of its first sentence: Click would cut it after 45 letters."""

    def format_commands(self, ctx: typer.Context, formatter: HelpFormatter) -> None:  # type: ignore[override]
        """Write the list of commands."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(limit=1000)) for name, each in commands if each])

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run a command; an interrupt is told here, because Typer would end the process without a word."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            say("briefing: interrupted; the same command can be given again")
            raise typer.Exit(130) from None
        except Exception as error:
            _tell_where_it_stands(error)
            raise


def _tell_where_it_stands(error: Exception) -> None:
    """Say of an option of every command, given behind one, where it stands; Typer has no public name for its error."""
    if getattr(error, "option_name", "") in ("-C", "--workspace"):
        context = error.ctx  # type: ignore[attr-defined]
        command = context.command_path.removeprefix(context.find_root().command_path).strip()
        error.message = f"{error.option_name} stands before the command: briefing -C DIR {command} …"  # type: ignore[attr-defined]
        error.possibilities = None  # type: ignore[attr-defined]


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Briefing PDFs in which every number leads to its source.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(turns.app)
app.add_typer(dispatch.app)
app.add_typer(serving.app)
Folder = Annotated[
    Path | None,
    typer.Option("--workspace", "-C", metavar="DIR", help="A folder of the workspace; default: the current one."),
]


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    workspace: Folder = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,  # noqa: FBT002
) -> None:
    if version:
        print_lines([PROGRAM])
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise typer.Exit(2)
    Run.folder = workspace


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet, or empty.")],
) -> None:
    """Make a new workspace: small, complete, with invented sample data; it checks and builds at once."""
    from .starter import start_workspace

    start_workspace(folder)
    print_lines([f"{folder}: a workspace about an invented port, in two languages", ""])
    print_lines([f"cd {shlex.quote(str(folder))}", "briefing check", "briefing build", "briefing serve"])


@app.command()
def build(
    topics: Topics = None,
    lang: Annotated[str, typer.Option(metavar="en,zh", help="Languages; default: those of briefing.toml.")] = "",
    as_of: Annotated[str, typer.Option(metavar="DATE", help="Edition date; leaves out what was published later.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings stop the build too.")] = False,  # noqa: FBT002
    force: Annotated[  # noqa: FBT002
        bool, typer.Option("--force", help="Make even an unchanged edition again, without caches, and compare it.")
    ] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes at the same time; 0: one a processor.")] = 0,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Build the briefings whose inputs changed, and keep them in reports/."""
    request = Request(
        topics=tuple(topics or ()),
        languages=tuple(word.strip() for word in lang.split(",") if word.strip()),
        as_of=_day(as_of),
        strict=strict,
        force=force,
        workers=workers,
    )
    with telling() as tell:
        outcomes = pipeline.build(open_workspace(), request, tell=tell)
    told = dict[Finding, None]()
    for outcome in outcomes:
        # A combined briefing has the problems of its topics: each is told once, and what only follows from it is not.
        fresh = [finding for finding in hold_back(outcome.findings) if finding not in told]
        told |= dict.fromkeys(fresh)
        show_findings(fresh)
        if outcome.error:
            say(f"{outcome.topic}: {outcome.error}")
    if as_json:
        print_json([outcome_json(outcome) for outcome in outcomes])
    else:
        print_lines(line for outcome in outcomes for line in outcome_lines(outcome))
    if any(outcome.state == "failed" for outcome in outcomes):
        raise typer.Exit(1)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of {text}: not a date", hint="Write it as 2026-11-22.") from None


@app.command()
def check(
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on warnings too.")] = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """List every problem of the workspace; record what was checked in data/evidence.lock."""
    result = pipeline.check(open_workspace(), today=date.today())  # noqa: DTZ011 the reader's own calendar
    if as_json:
        print_json({"findings": [finding_json(finding) for finding in result.findings], **result.counts})
    else:
        print_lines([*map(str, result.findings), result.summary])
    if result.stops(strict=strict):
        raise typer.Exit(1)


@app.command()
def refresh(
    series: Annotated[
        list[str] | None, typer.Argument(metavar="SERIES", help="Connected series: gdp or economy/gdp; none: all.")
    ] = None,
    dry_run: Annotated[  # noqa: FBT002
        bool, typer.Option("--dry-run", help="Fetch, check and show what would change; write nothing.")
    ] = False,
    accept: Annotated[  # noqa: FBT002
        bool, typer.Option("--accept", help="Write what the checks hold back, for the series named.")
    ] = False,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Fetch series from their publishers, check them, show what changed, and keep it."""
    from . import renewals
    from .inquiry import open_world
    from .refresh import Wishes
    from .refresh import refresh as run

    workspace = open_workspace()
    world = open_world(workspace, date.today(), os.environ)  # noqa: DTZ011 the reader's own calendar
    wishes = Wishes(tuple(series or ()), dry_run=dry_run, accept=accept)
    found = run(workspace, wishes, world, tell=lambda what: say(f"Fetching {what}"))
    for renewal in found:
        show_findings(renewal.findings)
    for complaint in renewals.complaints(found):
        say(complaint)
    if as_json:
        print_json([renewals.as_json(renewal) for renewal in found])
    else:
        print_lines(line for renewal in found for line in renewals.lines(renewal))
    if code := renewals.exit_code(found):
        raise typer.Exit(code)


@app.command()
def facts(topics: Topics = None, as_json: Json = False) -> None:  # noqa: FBT002
    """List the facts with their values, states and sources."""
    from . import lists

    show_rows(lists.list_facts(open_workspace(), tuple(topics or ())), as_json=as_json)


@app.command()
def series(topics: Topics = None, as_json: Json = False) -> None:  # noqa: FBT002
    """List the series with their units, bases, numbers of observations and periods."""
    from . import lists

    show_rows(lists.list_series(open_workspace(), tuple(topics or ())), as_json=as_json)


sources_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
app.add_typer(sources_app, name="sources")


@sources_app.callback()
def sources(context: typer.Context, as_json: Json = False) -> None:  # noqa: FBT002
    """List the sources, whether their documents are at hand, and how many figures they carry."""
    from . import lists

    if context.invoked_subcommand is None:
        show_rows(lists.list_sources(open_workspace()), as_json=as_json)


@sources_app.command("coverage")
def coverage(
    chosen: Annotated[list[str] | None, typer.Argument(metavar="SOURCE", help="Sources; none: all.")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="Show only what is open.")] = False,  # noqa: FBT002
    rows: Annotated[  # noqa: FBT002
        bool, typer.Option("--csv", help="Print rows for data/set-aside.csv, one for each that is open.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 where something is open or unread.")] = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """List every quantity of the documents, and which fact carries it or why none does."""
    from . import listing, lists
    from .survey import table_head

    if rows and as_json:
        raise UsageError("--csv and --json", hint="Give one of them.")
    found = lists.list_coverage(open_workspace(), tuple(chosen or ()), propose=rows)
    show_findings(found.findings)
    if as_json:
        print_json(listing.coverage_json(found, only_open=only_open))
    elif rows:
        print_lines(listing.coverage_rows(found.proposals, table_head(open_workspace())))
    else:
        print_lines(listing.coverage_lines(found, only_open=only_open))
    if strict and not found.complete:
        raise typer.Exit(1)


@app.command()
def ingest(  # noqa: PLR0913, PLR0917 - an option each
    origin: Annotated[str, typer.Argument(metavar="FILE|URL", help="A document: text, HTML, PDF or Word.")] = "",
    accept: Annotated[  # noqa: FBT002
        bool, typer.Option("--accept", help="Move what was reviewed in data/candidates.csv into facts.csv.")
    ] = False,
    id_: Annotated[str, typer.Option("--as", metavar="ID", help="The source's id.")] = "",
    topic: Annotated[str, typer.Option(help="The topic of candidates whose metric does not tell it.")] = "",
    producer: Annotated[str, typer.Option(help="Who published it.")] = "",
    title: Annotated[str, typer.Option(help="Its title.")] = "",
    published: Annotated[str, typer.Option(metavar="DATE", help="When: 2022-01-20, 2022-01 or 2022.")] = "",
    url: Annotated[str, typer.Option(help="Where a file came from.")] = "",
    language: Annotated[str, typer.Option(metavar="LANG", help="Its language, where that cannot be told.")] = "",
    licence: Annotated[str, typer.Option(help="Under which terms it may be used.")] = "",
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Of a text that is not UTF-8: windows-1251.")] = "",
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Add a document as a source and propose what it says for review; --accept takes what was reviewed."""
    from . import decisions, listing
    from .ingestion import ingest as take
    from .provenance import Description

    if accept == bool(origin):
        raise UsageError("name a document, or --accept", hint="briefing ingest FILE; review; briefing ingest --accept.")
    today = date.today()  # noqa: DTZ011 the reader's own calendar
    if accept:
        decided = decisions.accept(open_workspace(), today=today)
        show_findings(decided.findings)
        answer(asdict(decided), listing.decided_lines(decided), as_json=as_json)
        return
    said = Description(id_, producer, title, published, url, language, licence, encoding)
    ingested = take(open_workspace(), origin, said, today=today, topic=topic)
    for note in ingested.notes:
        say(f"{ingested.source.document}: {note}")
    answer(listing.ingested_json(ingested), listing.ingested_lines(ingested), as_json=as_json)


@app.command()
def editions(topics: Topics = None, as_json: Json = False) -> None:  # noqa: FBT002
    """List the editions in the archive, and whether their files are still as they were kept."""
    from . import lists
    from .recalls import recall_of

    workspace = open_workspace()
    kept = lists.list_editions(workspace, tuple(topics or ()))
    recalls = [recall_of(workspace.reports, edition.topic, edition.id) for edition, _ in kept]
    pairs = [(*pair, back) for pair, back in zip(kept, recalls, strict=True)]
    if as_json:
        print_json([edition_json(one) | {"damage": harm, "recall": back and asdict(back)} for one, harm, back in pairs])
    else:
        print_lines(edition_line(one, harm, str(back or "")) for one, harm, back in pairs)
    if any(damage for _, damage in kept):
        raise typer.Exit(1)


@app.command()
def show(
    edition: Annotated[str, typer.Argument(metavar="EDITION", help="economy/2026-11-22.3, or economy: its newest.")],
    numbers: Annotated[bool, typer.Option("--numbers", help="Every numeral, and where it comes from.")] = False,  # noqa: FBT002
    page: Annotated[int | None, typer.Option(min=1, metavar="N", help="Those of this page only.")] = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Show an edition's record in brief, or where every number on its pages comes from."""
    from . import listing
    from .exhibit import show_edition

    exhibit = show_edition(open_workspace(), edition)
    last = max((number.page for number in exhibit.numbers), default=0)
    if page and page > last:
        raise UsageError(f"no page {page}", where=edition, hint=f"The last page with a number is {last}.")
    told = [number for number in exhibit.numbers if page in (None, number.page)]
    if numbers or page:
        show_rows([asdict(each) if as_json else listing.number_row(each) for each in told], as_json=as_json)
    elif as_json:
        print_json({**exhibit.record, "damage": exhibit.damage})
    else:
        print_lines(exhibit.lines)
    if exhibit.damage:
        raise typer.Exit(1)


@app.command()
def diff(
    one: Annotated[str, typer.Argument(metavar="EDITION", help="As for show, or the path of a record.json.")],
    other: Annotated[str, typer.Argument(metavar="EDITION", help="A newer one; none: the one before.")] = "",
    lang: Annotated[str, typer.Option(metavar="LANG", help="The pages of this language, in its words.")] = "",
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Tell what differs between two editions: revised, ruled on anew, from another source, new, withdrawn."""
    from . import contrast
    from .accounts import contrast_json

    found = contrast.diff(open_workspace(), one, other, language=lang)
    answer(contrast_json(found), found.lines, as_json=as_json)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A PDF.")],
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Say whose seal a PDF bears, whether it is whole, which edition it is, and from what it was made."""
    from .verification import verify as look_at

    try:
        workspace = open_workspace()
    except UsageError:
        if Run.folder:
            raise
        workspace = None  # what the file itself holds can be told anywhere
    verdict = look_at(workspace, file)
    if as_json:
        print_json({**asdict(verdict), "ours": verdict.ours, "sealed": verdict.sealed})
    else:
        print_lines([str(verdict)])
    if not verdict.ours or verdict.recalled:
        raise typer.Exit(1)


@app.command()
def words(
    languages: Annotated[list[str] | None, typer.Argument(metavar="LANG", help="None: all but the first.")] = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Bring the catalogues of the workspace's own words up to date, for translators."""
    from .translation import update_words

    rows = [asdict(each) for each in update_words(open_workspace(), tuple(languages or ()))]
    show_rows(rows, as_json=as_json)


@app.command()
def doctor(as_json: Json = False) -> None:  # noqa: FBT002
    """Say what is missing on this machine, and the command that cures it."""
    from .doctor import examine, examine_machine

    try:
        points = examine(open_workspace())
    except UsageError:
        if Run.folder:
            raise
        points = examine_machine()
    if as_json:
        print_json([asdict(point) for point in points])
    else:
        print_lines(str(point) for point in points)
    if any(not point.good for point in points):
        raise typer.Exit(1)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and end the process with its exit code."""
    open_output()
    try:
        app(args=list(arguments) if arguments is not None else None, standalone_mode=True)
    except WorkspaceError as error:
        show_findings(error.findings)
        _end(error.exit_code)
    except BriefingError as error:
        say(f"briefing: {error}")
        _end(error.exit_code)
    _end(0)


def _end(code: int) -> NoReturn:
    sys.exit(code)


if __name__ == "__main__":
    main()
