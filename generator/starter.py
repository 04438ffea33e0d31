"""A new workspace: small, complete, invented, and ready to build.

Place in the pipeline: before it; `briefing init` shows what is made here. In: a folder that is not there or empty; out:
the workspace of `templates/start`, with two documents that its figures are checked in, and two languages.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .errors import ArchiveError, UsageError
from .workspace import SETTINGS, Workspace, shipped_templates

_START = "start"
_HIDDEN = {"gitignore": ".gitignore"}
"""Files that would hide themselves from us if they stood under their own names."""


def start_workspace(folder: Path) -> Workspace:
    """Make a workspace in `folder` and return it; UsageError where something stands there already.

    The folder is there whole or not at all: it is written beside its place and renamed.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        held = f"{SETTINGS} stands in it" if (folder / SETTINGS).is_file() else "it is not empty"
        held = held if folder.is_dir() else "it is a file"
        raise UsageError(f"a new workspace needs a new folder; {held}", where=str(folder), hint="Name another one.")
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(shipped_templates() / _START, part)
        for name, hidden in _HIDDEN.items():
            (part / name).rename(part / hidden)
        part.rename(folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        hint = "Name a folder where you may write."
        raise ArchiveError(f"cannot write: {error.strerror}", where=str(folder), hint=hint) from error
    return Workspace(folder)
