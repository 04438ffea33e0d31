"""The gist of an edition: its title, bottom line and key figures in a language, as plain words.

Place in the pipeline: step 7 Keep; the record of an edition holds it, so that a letter (step 8) says what the PDF says
whatever has become of the workspace since. In: a draft; out: values that become JSON.
"""

from __future__ import annotations

from typing import Any

from .calls import Answers
from .draft import Draft
from .numbering import number_figures
from .page import KeyFigure
from .traces import plain


def make_gist(draft: Draft) -> dict[str, Any]:
    """Return title, bottom line and key figures of a page, without source marks."""
    material, context = draft.material, draft.composed.context
    numbers = number_figures(draft.topic, material.script)
    # Asked anew: what is answered on the page is counted there.
    answers = Answers(draft.topic.facts, draft.topic.series, draft.words, figures=numbers, phrases=material.titles)
    return {
        "issuer": plain(context.issuer),
        "title": plain(context.title),
        "date": plain(context.date),
        "accent": context.accent,
        "bottom_line": plain(answers.say(draft.topic.bottom_line)),
        "figures": [_figure(each) for each in context.key_figures],
    }


def _figure(figure: KeyFigure) -> dict[str, str]:
    value = " ".join(filter(None, (figure.before, figure.value, figure.after)))
    said = {"label": figure.label, "value": value, "period": figure.period, "change": figure.change}
    return {name: plain(text) for name, text in said.items()}
