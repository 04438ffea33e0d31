"""Words as they are compared whatever their form: invest, investment, investors; инвестиции, инвестиций.

Place in the pipeline: a part of `ingest`. In: text in any language; out: its words, those of one family under one name.
No dictionary is needed: words of a family begin alike, and Chinese is compared by pairs of characters
(character bigrams, https://nlp.stanford.edu/IR-book/html/htmledition/k-gram-indexes-for-wildcard-queries-1.html).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from .anchors import HAN

_TOKEN = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]+")
_SHORTEST = 2
"""Letters of a word that says something."""
_HEAD = 4
_SHARED = 0.55
"""How much of the longer of two words must be their common beginning, as a ratio, for one family."""


def words_of(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words of a text, in small letters, with start and end; of Chinese each pair of characters."""
    for match in _TOKEN.finditer(text):
        word = match[0]
        if re.match(f"[{HAN}]", word):
            for at, (one, other) in enumerate(pairwise(word), match.start()):
                yield one + other, at, at + 2
        elif len(word) >= _SHORTEST:
            yield word.casefold(), match.start(), match.end()


_KINDRED = (
    """growth grow grew grown growing increase increased increasing rise rose rising risen up surge surged soared
    soaring jumped expanded higher fell fall fallen falling decrease decreased decline declined drop dropped lower
    reduced down рост роста вырос выросла выросло выросли увеличение увеличился увеличилась увеличилось увеличились
    увеличившись прирост снизился снизилась снизилось снизились снижение упал упала упало упали сокращение сократился
    сократилась росту вырас вырасла выраслі павелічэнне павялічыўся павялічылася павялічыліся знізіўся знізілася
    зніжэнне 增长 同比 环比 上升 增加 提高 下降 减少 降低 增幅 增速""",
    "share proportion percentage accounts accounted доля доли удельный складала 占比 比重 份额 所占",
    "trade turnover товарооборот товарооборота торговля торговли тавараабарот тавараабароту гандаль 贸易",
    "export exports exported экспорт экспорта экспарт экспарту 出口",
    "import imports imported импорт импорта імпарт імпарту 进口",
    "investment investments invested инвестиции инвестиций інвестыцыі інвестыцый 投资",
)
"""Words of statistics that say the same in the languages whose numbers are read, and where no beginning is shared."""


COMMON = frozenset(("growth", "share"))
"""Families that say in what way something is measured, and not what."""


class Families:
    """The families of the words that a workspace uses: each word has the name of the shortest one like it."""

    def __init__(self, words: Iterable[str], kindred: Iterable[Sequence[str]] = ()) -> None:
        """Sort the words into families; each of `kindred` is one whatever its words look like."""
        self._heads: dict[str, list[str]] = defaultdict(list)
        self._kindred: dict[str, str] = {}
        for family in (*(words.split() for words in _KINDRED), *kindred):
            for word in family:
                self._kindred.setdefault(word, family[0])
        for word in sorted(set(words), key=lambda word: (len(word), word)):
            if self.name(word) == word:
                self._heads[word[:_HEAD]].append(word)

    def name(self, word: str) -> str:
        """Return the name of a word's family: the word itself where it is alone."""
        if word in self._kindred:
            return self._kindred[word]
        near = (head for head in self._heads.get(word[:_HEAD], ()) if _akin(head, word))
        return max(near, key=len, default=word)


def _akin(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    shared = next((at for at, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    return shared >= _HEAD and shared >= _SHARED * len(longer)
