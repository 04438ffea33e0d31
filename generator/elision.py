"""Elision: a word that is shortened before a vowel, millions de mètres and millions d’euros.

Place in the pipeline: base; a part of `language`. In: a text and a catalogue's rule; out: the text.
"""

from __future__ import annotations


def elided(text: str, follower: str, rule: str) -> str:
    """Return the text with the word before `follower`, at its end, shortened; `rule` is "de d’=aeiouy", "" for none."""
    words, _, letters = rule.partition("=")
    whole, _, short = words.partition(" ")
    if short and follower and follower[0].casefold() in letters and text.endswith(f" {whole} {follower}"):
        return text.removesuffix(f"{whole} {follower}") + short + follower
    return text
