"""The channels: a file a way to deliver, behind the one interface that `base` declares.

To add one, write a file here with a `KIND` and add its line to `NAMES`; CONTRIBUTING.md says which test to copy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Kind

NAMES = ("email", "feed", "memory", "storage", "webhook")
"""What `kind` of a table [channels.<name>] may be: the modules of this package that deliver."""


def kind_of(name: str) -> Kind:
    """Return the kind of channel of a name that is in NAMES."""
    found: Kind = import_module(f".{name}", __name__).KIND
    return found
