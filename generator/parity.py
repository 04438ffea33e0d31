"""Parity: a topic says the same in each of its languages, or names what it leaves out.

Place in the pipeline: part of step 4 Write; `inspection` asks for it. In: a topic's texts as scripts by language, and
the catalogues of the workspace's own words; out: a finding for each call, heading or summary point that one language
has and another has not, and a note for each gap that is declared. Facts, rulings and charts are the same in every
language by construction; what is compared here is what people write.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .catalogues import translations
from .gaps import GapSpec, Said
from .model import Finding, Place, Topic
from .page import Call, Passage, Phrase, Script, ScriptSection
from .reading import did_you_mean

_CALL = re.compile(r"\{\{\s*(\w+)\s*\((.*?)\)\s*\}\}", re.DOTALL)
_ARGUMENT = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_HEADING = re.compile(r"<h([2-6])\b")


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A script with the places of its calls, by what they call."""

    script: Script
    calls: Mapping[Said, Sequence[Call]]

    @classmethod
    def of(cls, script: Script) -> _Spoken:
        calls: dict[Said, list[Call]] = {}
        for call in _calls(script):
            calls.setdefault((call.name, call.args), []).append(call)
        return cls(script, calls)

    def count(self, said: Said) -> int:
        return len(self.calls.get(said, ()))

    def lines(self, said: Said) -> str:
        return _listed(call.place.line for call in self.calls.get(said, ()))


def compare(topic: Topic, scripts: Mapping[str, Script], languages: Sequence[str]) -> Iterator[Finding]:
    """Yield what the texts of a topic do not share with that of the workspace's first language.

    `scripts` are those that could be read; a gap that is declared is a note, and one that does not fit is told.
    """
    first = languages[0]
    for gap in topic.gaps:
        yield from _misplaced(gap, languages)
    if first not in scripts:
        return
    for language in languages[1:]:
        gaps = tuple(gap for gap in topic.gaps if gap.language == language)
        whole = next((gap for gap in gaps if gap.whole), None)
        if language in dict(topic.texts) and whole is not None:
            yield _unused(whole, f"there is a text in '{language}'")
        if language in scripts and whole is None:
            yield from _compare(scripts[first], scripts[language], gaps)
        yield from (_note(gap) for gap in gaps)


def compare_translations(catalogue: bytes, place: Place) -> Iterator[Finding]:
    """Yield each translation of the workspace's own words that calls something else than what it translates.

    A text that is not translated yet calls nothing wrong: `locale.untranslated` tells of it.
    """
    for line, msgid, said in translations(catalogue):
        wanted, found = _called(msgid), _called(said)
        if said and wanted != found:
            differences = [f"lacks {_shown(call)}" for call in wanted - found]
            differences += [f"adds {_shown(call)}" for call in found - wanted]
            yield _told(
                replace(place, line=line),
                "parity.translation",
                f"the translation of '{_short(msgid)}' {', '.join(differences)}",
                "the calls of the text that it translates",
                "Correct the translation: only its words may differ.",
            )


# --- one text against another ---------------------------------------------------------------------


def _compare(first: Script, other: Script, gaps: Sequence[GapSpec]) -> Iterator[Finding]:
    full, spoken = first, _Spoken.of(other)
    for gap in (gap for gap in gaps if gap.section):
        titles = [_title(section) for section in full.sections]
        if gap.section not in titles:
            yield _no_section(gap, titles)
        elif len(other.sections) >= len(full.sections):
            yield _unused(gap, f"{other.place.file} has as many sections as {full.place.file}")
        else:
            kept = tuple(section for section in first.sections if _title(section) != gap.section)
            first = replace(first, sections=kept)
    wanted = _Spoken.of(first)
    left_out = Counter(call for gap in gaps for call in gap.calls)
    for gap in gaps:
        for call in gap.calls:
            if spoken.count(call) >= wanted.count(call):
                yield _unused(gap, f"{other.place.file} lacks no {_shown(call)}")
    yield from _headings(first, other)
    for said in dict.fromkeys((*wanted.calls, *spoken.calls)):
        missing = wanted.count(said) - spoken.count(said)
        if missing > 0 and left_out[said] < missing:
            yield _missing(said, wanted, spoken)
        elif missing < 0:
            yield _additional(said, wanted, spoken)


def _headings(first: Script, other: Script) -> Iterator[Finding]:
    """Yield a finding where summary points, sections or the headings below one differ."""
    if len(first.summary) != len(other.summary):
        found = f"{_counted(len(other.summary), 'summary point')}, {len(first.summary)} in {first.place.file}"
        yield _told(other.place, "parity.summary", found, "the same points in every language", _CURE)
    if len(first.sections) != len(other.sections):
        listed = ", ".join(f"'{_title(section)}' (line {section.place.line})" for section in first.sections)
        found = f"{_counted(len(other.sections), 'section')}, {len(first.sections)} in {first.place.file}: {listed}"
        yield _told(other.place, "parity.heading", found, "the same headings in every language", _CURE)
        return
    for mine, theirs in zip(first.sections, other.sections, strict=True):
        if _below(mine) != _below(theirs):
            found = (
                f"{_counted(len(_below(theirs)), 'heading')} under '{_title(theirs)}', {len(_below(mine))} under "
                f"'{_title(mine)}' at {mine.place}"
            )
            yield _told(theirs.place, "parity.heading", found, "the same headings in every language", _CURE)


def _below(section: ScriptSection) -> list[str]:
    """Return the levels of the headings inside a section, in order."""
    said = (part for block in section.blocks if isinstance(block, Passage) for part in block.parts)
    return [level for part in said if isinstance(part, str) for level in _HEADING.findall(part)]


def _missing(said: Said, wanted: _Spoken, spoken: _Spoken) -> Finding:
    home = wanted.script.place.file
    times = "" if spoken.count(said) == 0 else f" more than {_counted(spoken.count(said), 'time')}"
    found = f"no {_shown(said)}{times}, which {home} calls in line {wanted.lines(said)}"
    at = _section_of(said, wanted.script)
    place = spoken.script.place
    if at is not None and len(spoken.script.sections) == len(wanted.script.sections):
        place = spoken.script.sections[at].place
    return _told(place, "parity.missing", found, "the same calls in every language", _CURE)


def _additional(said: Said, wanted: _Spoken, spoken: _Spoken) -> Finding:
    home, there = wanted.script.place.file, wanted.count(said)
    found = f"{_shown(said)}, which {home} does not call"
    if there:
        found = f"{_shown(said)} in line {spoken.lines(said)}; {home} calls it {_counted(there, 'time')}"
    place = spoken.calls[said][-1].place
    return _told(place, "parity.additional", found, "the same calls in every language", "Remove it, or add it there.")


_CURE = "Add it, or declare a gap with its reason: [[gaps]] in topic.toml."


# --- gaps -----------------------------------------------------------------------------------------


def _misplaced(gap: GapSpec, languages: Sequence[str]) -> Iterator[Finding]:
    if gap.language and gap.language not in languages[1:]:
        expected = ", ".join(languages[1:]) or "a second language in briefing.toml: gaps are those of translations"
        cure = f"Correct it. {did_you_mean(gap.language, languages[1:])}" if languages[1:] else "Remove the gap."
        yield _told(gap.place, "parity.gap", f"a gap in '{gap.language}'", expected, cure)


def _no_section(gap: GapSpec, titles: Sequence[str]) -> Finding:
    found = f"a gap for the section '{gap.section}', which is not there"
    cure = f"Correct it. {did_you_mean(gap.section, titles)}"
    return _told(gap.place, "parity.gap", found, "a heading of the text in the first language", cure)


def _unused(gap: GapSpec, found: str) -> Finding:
    return _told(gap.place, "parity.gap", f"a gap that is none: {found}", "a gap that is there", "Remove it.")


def _note(gap: GapSpec) -> Finding:
    what = f"the section '{gap.section}'" if gap.section else ", ".join(map(_shown, gap.calls)) or "the whole text"
    found = f"the text in '{gap.language}' leaves out {what}: {gap.reason}"
    return Finding(gap.place, "parity.gap", found, "the same in every language", "Readers are told why.", "note")


# --- words ----------------------------------------------------------------------------------------


def _calls(script: Script) -> Iterator[Call]:
    passages: list[Passage | Phrase | Call] = [*script.summary]
    for section in script.sections:
        passages += [section.title, *section.blocks]
    for passage in passages:
        parts = (passage,) if isinstance(passage, Call) else passage.parts
        yield from (part for part in parts if isinstance(part, Call))


def _section_of(said: Said, script: Script) -> int | None:
    """Return the section that calls it first; None for the summary."""
    for number, section in enumerate(script.sections):
        if any((call.name, call.args) == said for call in _calls(Script((), (section,)))):
            return number
    return None


def _called(text: str) -> Counter[Said]:
    calls = ((name, tuple(a or b for a, b in _ARGUMENT.findall(args))) for name, args in _CALL.findall(text))
    return Counter(calls)


def _shown(said: Said) -> str:
    arguments = ", ".join(f'"{argument}"' for argument in said[1])
    return f"{{{{ {said[0]}({arguments}) }}}}"


def _title(section: ScriptSection) -> str:
    return "".join(part for part in section.title.parts if isinstance(part, str)).strip()


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(lines: Iterable[int]) -> str:
    return ", ".join(str(line) for line in dict.fromkeys(lines))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _told(place: Place, rule: str, found: str, expected: str, cure: str) -> Finding:
    return Finding(place, rule, found, expected, cure, "warning")
