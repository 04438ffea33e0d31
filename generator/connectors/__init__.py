"""The connectors: a file a publisher behind the one interface that `base` declares.

To add one, write a file here with a `CONNECTOR` and add its line to `NAMES`; CONTRIBUTING.md says which test to copy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Connector

NAMES = ("worldbank", "comtrade", "imf", "uis", "sdmx", "file", "sql")
"""What a sidecar may name under [connector]: the modules of this package that speak to a publisher."""


def connector(name: str) -> Connector:
    """Return the connector of a name that is in NAMES."""
    found: Connector = import_module(f".{name}", __name__).CONNECTOR
    return found
