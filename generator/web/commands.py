"""The commands of the web door: `briefing serve`, `briefing preview`.

Place in the pipeline: a part of the doors `cli` and `web`. They are imported with every command, so nothing heavy is
imported before one of them runs.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from ..answering import open_workspace, print_lines
from ..errors import UsageError, WorkspaceError
from ..reading import Findings, did_you_mean
from ..turns import Form, LogOption, journal
from ..workspace import Workspace

if TYPE_CHECKING:
    from .settings import Serving


app = typer.Typer()


@app.command()
def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen; default: 127.0.0.1.")] = "",
    port: Annotated[int, typer.Option(max=65535, help="0: any that is free; default: 8321.")] = -1,
    workers: Annotated[int, typer.Option(min=0, help="Processes that build; 0: one a processor.")] = 0,
    log: LogOption = Form.TEXT,
    no_schedules: Annotated[  # noqa: FBT002
        bool, typer.Option("--no-schedules", help="Leave what is due to `briefing worker` or cron.")
    ] = False,
) -> None:
    """Serve the workspace's pages and HTTP API, and keep its schedules, until stopped."""
    workspace = open_workspace()
    serving = _serving(workspace)
    serving = replace(serving, host=host or serving.host, port=serving.port if port < 0 else port)
    with journal(log):
        write = _write if log is Form.JSON else None
        _server().serve(workspace, replace(serving, workers=workers, schedules=not no_schedules), _tell, write)


@app.command()
def preview(
    topic: Annotated[str, typer.Argument(metavar="[TOPIC]", help="A folder of data/; none: the first.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free; default: 8322.")] = 8322,
) -> None:
    """Show a topic's pages in a browser, drawn anew on each save; nothing is kept."""
    workspace = open_workspace()
    known = workspace.topics()
    if topic and topic not in known:
        raise UsageError(f"no topic '{topic}'", where="data", hint=did_you_mean(topic, known))
    server = _server()
    server.preview(workspace, server.Serving(port=port), topic, _tell)


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
