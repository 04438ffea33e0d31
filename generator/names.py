"""Names that hold digits, such as 5G: the one way in which a person may type a numeral, and every use is told.

Place in the pipeline: base. In: the names that `data/vocabulary.toml` declares, and texts as people typed them;
out: the texts with their names blanked out, so that what is left may hold no numeral, and a note a name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy

from .model import Finding, Place

STANDARDS = ("sha256", "SHA-256", "PDF/A-3a", "PDF/UA-1")
"""Names of standards that the program's own words may say."""
# A letter or digit of a script that parts words by spaces; beside Chinese a name needs no space.
_INSIDE = r"[^\W\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_SHOWN = 3


class Names:
    """The names of a workspace; `hide` blanks them out in a text and remembers where it did."""

    def __init__(self, declared: Iterable[str] = (), ids: Iterable[str] = ()) -> None:
        """Keep the declared names, and ids (of sources) that a reader never sees as they are typed."""
        self.declared = tuple(dict.fromkeys(declared))
        self.uses: dict[str, list[Place]] = {}
        """Where each name was found."""
        self._pattern = whole_words((*self.declared, *STANDARDS))
        self._ids = whole_words(ids)

    def hide(self, text: str, place: Place) -> str:
        """Return the text with as many blanks in place of each name, and remember the names' use."""

        def blank(match: re.Match[str]) -> str:
            self.use(" ".join(match[0].split()), place)
            return re.sub(r"\S", " ", match[0])

        return self._ids.sub(lambda match: " " * len(match[0]), self._pattern.sub(blank, text))

    def use(self, name: str, place: Place) -> None:
        """Remember that a name stands at a place, by declaration or by the call `name("…")`."""
        if name not in STANDARDS and place not in self.uses.setdefault(name, []):
            self.uses[name].append(place)

    def apart(self) -> Names:
        """Return the same names with no use of them yet, for a part whose uses are kept by themselves."""
        other = copy(self)
        other.uses = {}
        return other

    def join(self, uses: Mapping[str, Iterable[Place]]) -> None:
        """Remember uses that were found apart."""
        for name, places in uses.items():
            for place in places:
                self.use(name, place)

    def notes(self, file: Place) -> Iterator[Finding]:
        """Yield a note for each name that was used, and one for each declared in `file` that was not."""
        for name, places in sorted(self.uses.items()):
            places.sort()
            more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
            where = ", ".join(map(str, places[:_SHOWN])) + more
            found = f"the name '{name}'" + (f" in {len(places)} places: {where}" if len(places) > 1 else "")
            expected = "a name: the digits in it count nothing"
            yield Finding(places[0], "name.used", found, expected, "Take it out if it is none.", "note")
        for name in self.declared:
            if name not in self.uses:
                cure = "Take it out, or look whether it is spelt as in the texts."
                yield Finding(file, "name.unused", f"the name '{name}'", "a text that uses it", cure, "note")


def whole_words(names: Collection[str] | Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of the names as a whole word, the longest first, white space loose."""
    known = sorted({" ".join(name.split()) for name in names if name.strip()}, key=lambda name: (-len(name), name))
    either = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in known)
    return re.compile(rf"(?<!{_INSIDE})(?:{either})(?!{_INSIDE})" if either else r"(?!)")
