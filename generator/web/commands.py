"""The commands of the web door: `briefing serve`, `briefing token`, `briefing preview`.

Place in the pipeline: a part of the doors `cli` and `web`. They are imported with every command, so nothing heavy is
imported before one of them runs.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from ..answering import Json, open_workspace, print_lines, say, show_rows
from ..errors import UsageError, WorkspaceError
from ..reading import Findings, did_you_mean
from ..topics import briefings
from ..turns import Form, LogOption, journal
from ..workspace import Workspace

if TYPE_CHECKING:
    from .settings import Serving
    from .tokens import Tokens


app = typer.Typer()
tokens_app = typer.Typer(no_args_is_help=True, help="Tokens with which others may use what `briefing serve` serves.")
app.add_typer(tokens_app, name="token")


@app.command()
def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen; default: 127.0.0.1.")] = "",
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0: any that is free; default: 8321.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that build; 0: one a processor.")] = 0,
    log: LogOption = Form.TEXT,
    no_schedules: Annotated[  # noqa: FBT002
        bool, typer.Option("--no-schedules", help="Leave what is due to `briefing worker` or cron.")
    ] = False,
) -> None:
    """Serve the workspace's pages and HTTP API, and keep its schedules, until stopped."""
    workspace = open_workspace()
    serving = _serving(workspace)
    serving = replace(serving, host=host or serving.host, port=serving.port if port is None else port)
    with journal(log):
        write = _write if log is Form.JSON else None
        _server().serve(workspace, replace(serving, workers=workers, schedules=not no_schedules), _tell, write)


@app.command()
def preview(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="A folder of data/; none: the first.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free; default: 8322.")] = 8322,
) -> None:
    """Show a topic's pages in a browser, drawn anew on each save; nothing is kept."""
    workspace = open_workspace()
    known = briefings(workspace)
    if topic and topic not in known:
        raise UsageError(f"no topic '{topic}'", where="data", hint=did_you_mean(topic, known))
    server = _server()
    server.preview(workspace, server.Serving(port=port), topic, _tell)


@tokens_app.command("new")
def new_token(
    name: Annotated[str, typer.Argument(help="Whose it is; the log shows it.")],
    role: Annotated[str, typer.Option(metavar="ROLE", help="viewer (reads) or editor (builds, reviews).")] = "viewer",
    topic: Annotated[list[str] | None, typer.Option(metavar="TOPIC", help="Sees these only; none: all.")] = None,
) -> None:
    """Make a token and print it, this once."""
    import secrets

    workspace, topics = open_workspace(), tuple(topic or ())
    for each in topics:
        if each not in workspace.topics():
            raise UsageError(f"no topic '{each}'", where="data", hint=did_you_mean(each, workspace.topics()))
    day = str(date.today())  # noqa: DTZ011 the reader's own calendar
    chance = (secrets.token_hex, secrets.token_urlsafe)
    print_lines([_tokens(workspace).make(name, role, topics, day, chance)])
    say("Keep it: it is shown this once. Send it as `Authorization: Bearer …`, or sign in with it at /login.")


@tokens_app.command("list")
def list_tokens(as_json: Json = False) -> None:  # noqa: FBT002
    """List the tokens: name, role, topics, day."""
    rows = [
        {"name": each.name, "role": each.role, "topics": " ".join(each.topics) or "all", "created": each.created}
        for each in _tokens(open_workspace()).read()
    ]
    show_rows(rows, as_json=as_json)


@tokens_app.command("revoke")
def revoke_token(name: Annotated[str, typer.Argument(help="Whose it was.")]) -> None:
    """Take a token back: it opens nothing from now on."""
    _tokens(open_workspace()).revoke(name)
    print_lines([f"{name}: revoked"])


def _tokens(workspace: Workspace) -> Tokens:
    from .tokens import Tokens

    return Tokens(workspace.state)


def _serving(workspace: Workspace) -> Serving:
    from .settings import read_serving

    findings = Findings()
    serving = read_serving(workspace, findings)
    if findings.errors:
        raise WorkspaceError(findings)
    return serving


def _write(line: str) -> None:
    """Write a line of the access log into the journal."""
    logging.getLogger("briefing.web").info("%s", line)


def _tell(address: str) -> None:
    print_lines([address])


def _server() -> ModuleType:
    try:
        from . import server
    except ModuleNotFoundError as error:
        hint = "pip install 'briefing-generator[serve]'; `make briefing` installs it too."
        raise UsageError(f"'{error.name}' is not installed, which serving needs", hint=hint) from error
    return server
