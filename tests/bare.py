"""Values of a page without the signs of their numerals, as a reader sees them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from generator.traces import plain


def bare(value: Any) -> Any:
    """Return a value with every text in it unsigned."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, tuple):
        return tuple(map(bare, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: bare(getattr(value, field.name)) for field in fields(value)})
    return value
