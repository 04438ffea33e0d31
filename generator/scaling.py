"""Scale words of a catalogue: millions, 万, and how a unit stands behind them.

Place in the pipeline: base; a part of `language`. In: what a catalogue says of its scale words and its elision; out:
the forms of each, the one that an amount is counted in, and a text with its word shortened.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal


def scale_forms(setting: str) -> dict[int, tuple[str, ...]]:
    """Return the plural forms of each scale word by its power of ten: mil=3 millón/millones=6 mil_millones=9."""
    pairs = (item.rpartition("=") for item in setting.split())
    return {int(power): tuple(word.replace("_", " ").split("/")) for word, _, power in pairs}


def counted_by(power: int, amount: Decimal | None, powers: Iterable[int]) -> int:
    """Return the power of ten that a language counts in where it is asked for `power`: its own, or one that fits."""
    own = tuple(powers)
    if power == 0 or power in own:
        return power
    reach = power if amount is None or amount == 0 else amount.copy_abs().adjusted()
    return max((candidate for candidate in own if candidate <= reach), default=0)


def elided(text: str, follower: str, rule: str) -> str:
    """Return the text with the word before `follower`, at its end, shortened; `rule` is "de d’=aeiouy", "" for none.

    So of "millions de euros" comes "millions d’euros".
    """
    words, _, letters = rule.partition("=")
    whole, _, short = words.partition(" ")
    if short and follower and follower[0].casefold() in letters and text.endswith(f" {whole} {follower}"):
        return text.removesuffix(f"{whole} {follower}") + short + follower
    return text
