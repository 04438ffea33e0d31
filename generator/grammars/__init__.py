"""How languages write quantities: a file a language, data only.

Place in the pipeline: base; read by `lexicon`. A further language is one more file and its line here.
"""

from collections.abc import Mapping

from . import be, en, ru, zh
from .grammar import BUILT_IN_UNITS, CURRENCIES, Grammar

__all__ = ["BUILT_IN_UNITS", "CURRENCIES", "GRAMMARS", "Grammar"]

GRAMMARS: Mapping[str, Grammar] = {"en": en.GRAMMAR, "zh": zh.GRAMMAR, "ru": ru.GRAMMAR, "be": be.GRAMMAR}
