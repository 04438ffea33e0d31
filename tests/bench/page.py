"""What the two scripts that we are compared with share: filling the page's own templates, without any check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2


def read(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the page's context and the charts' data, prepared by bench.py."""
    return json.loads((folder / "context.json").read_text("utf-8")), json.loads((folder / "plots.json").read_text("utf-8"))


def fill(folder: Path, context: dict[str, Any]) -> str:
    """Return the page's HTML."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder / "templates"))
    environment.filters.update(
        around=lambda _text: ["", "", ""], fill=lambda text, *_: text, asset=str, css_number=str, css_colour=str,
        safe_url=str,
    )  # fmt: skip
    environment.globals["_"] = str
    return environment.get_template("page.html").render(context)
