"""Prose: Markdown in which every number is a call.

Place in the pipeline: step 4 Write. In: `data/<topic>/text.<lang>.md` and the titles of topic.toml;
out: a `Script` (safe HTML with calls in it, see calls.py), `Phrase`s, and every problem at once, each
with its line. Markdown is CommonMark 0.31 (https://spec.commonmark.org/0.31.2/) without raw HTML,
images and code blocks. A call is taken out before Markdown sees it and put back as escaped text
after, so what a fact holds is never read as Markdown or HTML.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from .calls import CALLS, PLACED
from .language import Words
from .model import Place, Topic
from .page import Call, Passage, Phrase, Script, ScriptSection
from .prose import TYPED, Known, refuse_typed, strange
from .reading import Findings, did_you_mean

if TYPE_CHECKING:
    from jinja2 import Environment
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from .model import Finding

# Each call becomes one character of a plane reserved for private use while Markdown works.
_FIRST_TOKEN = 0xF0000
_DASH = re.compile(r" ([\u2013\u2014]) ")
_TOKEN = re.compile("[\U000f0000-\U000ffffd]")
_CODE = re.compile(
    r"\{\{(?P<call>(?:(?!\{\{).)*?)\}\}|\{%(?:(?!\{%).)*?%\}|\{#(?P<remark>(?:(?!\{#).)*?)#\}|\{\{|\}\}|\{%|%\}|\{#|#\}",
    re.DOTALL,
)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--|<![A-Za-z]|<\?")
# A call that stands in the text as it was typed: `{ value("gdp", "latest") }`, or without any braces.
_BARE = re.compile(r"\{?\s*\b(?:" + "|".join(CALLS) + r")\(\s*[\"'\u201c\u2018][^)\n]*\)?\s*\}?")
_TABLE = re.compile(r"(?:\|.*\||\|?\s*:?-{3,}:?(?:\s*\|\s*:?-{3,}:?)+\s*\|?)\Z")
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)


@dataclass
class _Draft:
    """A source text whose calls are replaced by tokens, with the calls and the problems found so far."""

    file: str
    known: Known
    at: Place | None = None
    """Where a title stands, which has no lines of its own."""
    calls: list[Call] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)

    def place(self, line: int) -> Place:
        return self.at or Place(self.file, line)

    def parts(self, text: str) -> tuple[str | Call, ...]:
        """Return text cut at its tokens, each with its call."""
        pieces: list[str | Call] = []
        start = 0
        for match in _TOKEN.finditer(text):
            pieces += [text[start : match.start()], self.call(match[0])]
            start = match.end()
        return tuple(piece for piece in (*pieces, text[start:]) if piece != "")

    def call(self, token: str) -> Call:
        return self.calls[ord(token) - _FIRST_TOKEN]

    def refuse(self, line: int, rule: str, found: str, *, expected: str, cure: str) -> None:
        self.findings.add(self.place(line), rule, found, expected=expected, cure=cure)


# --- the door of the room -------------------------------------------------------------------------


def parse(source: str, file: str, known: Known | None = None) -> tuple[Script, tuple[Finding, ...]]:
    """Return a text file as summary points and sections, with every problem in it.

    `known` serves as advice where somebody typed a number, and holds the names that may stand.
    """
    draft = _Draft(file, known or Known())
    if not source.strip():
        cure = "Write it, or as a further language take a copy of another one's."
        draft.refuse(0, "file.empty", "an empty file", expected="summary points and sections", cure=cure)
        return Script((), (), Place(file)), tuple(draft.findings)
    tokens = _markdown().parse(_take_out_calls(draft, source))
    _inspect(draft, tokens)
    groups = _sections(tokens)
    summary = _summary(draft, groups[0][1])
    slugs: set[str] = set()
    sections = tuple(_section(draft, heading, body, slugs) for heading, body in groups[1:] if heading)
    _refuse_lost(draft, Script(summary, sections))
    return Script(summary, sections, Place(file)), tuple(sorted(draft.findings, key=lambda found: found.place))


def parse_inline(
    source: str, place: Place, known: Known | None = None, *, aside: bool = False
) -> tuple[Phrase, tuple[Finding, ...]]:
    """Return a title as plain text with calls, with every problem in it.

    With `aside`, its calls may name facts that are set aside: a remark says why they are.
    """
    draft = _Draft(place.file, known or Known(), place)
    text = _take_out_calls(draft, source)
    _refuse_bare(draft, text, 0)
    draft.findings.extend(refuse_typed(text, place, draft.known))
    for call in draft.calls:
        if call.name in PLACED:
            draft.refuse(0, "text.placed", f"{call.name}() in a title", expected="text", cure="Use figure().")
    draft.calls = [replace(call, aside=aside) for call in draft.calls]
    return Phrase(draft.parts(text)), tuple(replace(found, place=place) for found in draft.findings)


@dataclass(frozen=True, slots=True)
class Remark:
    """A reason or note beside the data that a page prints with its calls answered."""

    text: str
    place: Place
    aside: bool = False
    """Whether it may speak of facts that are set aside."""


def parse_titles(
    topic: Topic,
    words: Words,
    known: Known | None = None,
    *,
    remarks: Iterable[Remark] = (),
    lines: Mapping[tuple[str, str], Place] | None = None,
) -> tuple[Mapping[str, Phrase], tuple[Finding, ...]]:
    """Return every title, label and note of topic.toml, and every remark, by its text in the file, translated.

    `lines` are the places of texts by file and text, where they are known more exactly than by what they belong to.
    """
    phrases: dict[str, Phrase] = {}
    findings: list[Finding] = []
    for each in (*(Remark(*title) for title in _titles(topic, words.language)), *remarks):
        if each.text and each.text not in phrases:
            place = (lines or {}).get((each.place.file, each.text), each.place)
            said = words.gettext(each.text)
            phrase, problems = parse_inline(said, place, known, aside=each.aside)
            phrases[each.text] = phrase
            # What a translator typed is told at the line of the catalogue.
            findings += [found for found in problems if said == each.text or found.rule not in TYPED]
    return phrases, tuple(findings)


def _titles(topic: Topic, language: str) -> Iterable[tuple[str, Place]]:
    yield from ((text, topic.place) for text in (topic.title, topic.subtitle, topic.bottom_line))
    yield from ((figure.label, figure.place) for figure in topic.key_figures)
    for chart in topic.charts:
        yield from ((text, chart.place) for text in (chart.title, chart.subtitle, *chart.notes))
        yield from ((line.label, line.place) for line in chart.lines)
        yield from ((event.label, event.place) for event in chart.events)
    for table in topic.tables:
        yield from ((text, table.place) for text in (table.title, *table.notes))
        yield from ((column.label, column.place) for column in table.columns)
    yield from ((gap.reason, gap.place) for gap in topic.gaps if gap.language == language)


# --- calls ----------------------------------------------------------------------------------------


def _take_out_calls(draft: _Draft, source: str) -> str:
    """Return the text with each call as one private character; lines stay where they are."""
    _refuse_strange(draft, source)
    # A dash between words belongs to what stands before it: no line begins with one.
    clean = _DASH.sub("\u00a0\\1 ", _TOKEN.sub("\ufffd", source))

    def exchange(match: re.Match[str]) -> str:
        line = clean.count("\n", 0, match.start()) + 1
        breaks = "\n" * match[0].count("\n")
        if match["remark"] is not None:
            return breaks
        call = _read_call(draft, match, line)
        if call is None:
            return breaks
        draft.calls.append(call)
        return chr(_FIRST_TOKEN + len(draft.calls) - 1) + breaks

    return _CODE.sub(exchange, clean)


def _read_call(draft: _Draft, match: re.Match[str], line: int) -> Call | None:
    shown = " ".join(match[0].split())
    if match["call"] is None:
        if match[0] in ("{{", "}}", "{%", "%}", "{#", "#}"):
            cure = "Close it, or remove it."
            draft.refuse(line, "text.braces", f"'{shown}' without its other half", expected="{{ … }}", cure=cure)
        else:
            cure = "Write the text without it; only calls in {{ }} are read."
            draft.refuse(line, "text.statement", f"'{shown}'", expected="text and calls", cure=cure)
        return None
    name, args, problem = _call_of(match[0])
    if problem:
        expected = 'one call with texts in quotes, such as {{ fact("id") }}'
        draft.refuse(line, "text.expression", f"'{shown}' is {problem}", expected=expected, cure="Write a call.")
        return None
    return _known_call(draft, Call(name, args, draft.place(line)), line)


def _call_of(source: str) -> tuple[str, tuple[str, ...], str]:
    """Return a call's name and arguments, or what the code in braces is instead."""
    from jinja2 import TemplateSyntaxError, nodes

    try:
        body = _jinja().parse(source).body
    except TemplateSyntaxError as error:
        return "", (), f"not understood ({error.message})"
    output = body[0].nodes if len(body) == 1 and isinstance(body[0], nodes.Output) else []
    node = output[0] if len(output) == 1 else None
    if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name):
        return "", (), "no plain call"
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        return "", (), "a call with named arguments"
    values = [arg.value for arg in node.args if isinstance(arg, nodes.Const) and isinstance(arg.value, str)]
    if len(values) < len(node.args):
        return "", (), "a call whose arguments are no texts in quotes"
    return node.node.name, tuple(values), ""


@cache
def _jinja() -> Environment:
    from jinja2 import Environment

    # Only parsed, never rendered: nothing here can run, and nothing is HTML yet.
    return Environment(autoescape=True)


def _known_call(draft: _Draft, call: Call, line: int) -> Call | None:
    if call.name not in CALLS:
        cure = f"Correct it. {did_you_mean(call.name, CALLS)}"
        draft.refuse(line, "text.call", f"no call '{call.name}'", expected="a call of docs/workspace.md", cure=cure)
        return None
    least, most = CALLS[call.name]
    if not least <= len(call.args) <= most:
        expected = f"{least}" if least == most else f"{least} or {most}"
        found = f"{call.name}() with {len(call.args)} arguments"
        draft.refuse(line, "text.arguments", found, expected=expected, cure="Correct the call.")
        return None
    if call.name == "name":
        if not any(letter.isalpha() for letter in call.args[0]):
            cure = "Make it a fact and call fact()."
            draft.refuse(line, "text.name", f"'{call.args[0]}' as a name", expected="a name with letters", cure=cure)
            return None
        draft.known.names.use(" ".join(call.args[0].split()), draft.place(line))
    return call


def _refuse_strange(draft: _Draft, source: str) -> None:
    for number, line in enumerate(source.split("\n"), 1):
        for column, name in strange(line):
            expected = "printable text without control, private or direction-changing characters"
            draft.refuse(number, "text.character", f"{name} in column {column}", expected=expected, cure="Remove it.")


def _refuse_lost(draft: _Draft, script: Script) -> None:
    """Refuse calls that Markdown swallowed: in an address of a link, or in a title of one."""
    passages = [*script.summary, *(block for section in script.sections for block in section.blocks)]
    kept = [part for passage in passages for part in ([passage] if isinstance(passage, Call) else passage.parts)]
    kept += [part for section in script.sections for part in section.title.parts]
    known = {id(part) for part in kept}
    if draft.findings.errors:
        return
    for call in draft.calls:
        if id(call) not in known:
            expected, cure = "a call in running text", "Move the call into a sentence."
            draft.refuse(call.place.line, "text.lost", f"{call.name}() in an address", expected=expected, cure=cure)


# --- Markdown -------------------------------------------------------------------------------------


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Indented and fenced code would print a sentence in a typewriter face because of a stray space.
    reader = MarkdownIt("commonmark", {"html": False}).disable(["code", "fence"])
    reader.validateLink = lambda url: bool(_ADDRESS.match(url))  # type: ignore[method-assign]
    return reader


def _inspect(draft: _Draft, tokens: list[Token]) -> None:
    """Note what Markdown allows and a briefing does not: digits, HTML, images, skipped headings."""
    level = 0
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type == "heading_open":
            depth = int(token.tag[1])
            if depth > min(level + 1, 3):
                found, expected = (
                    f"a heading of depth {depth} after depth {level}",
                    "# before ##, ## before ###, no deeper",
                )
                draft.refuse(line, "text.heading", found, expected=expected, cure="Use fewer # signs.")
            level = depth
        if token.type == "ordered_list_open" and token.attrGet("start") is not None:
            found, cure = f"a list that begins with {token.attrGet('start')}", "Begin it with 1, or use hyphens."
            draft.refuse(line, "text.number", found, expected="a list whose numbers count its points", cure=cure)
        if token.type == "inline":
            _inspect_inline(draft, token, line)
    _tighten(draft, tokens)


def _tighten(draft: _Draft, tokens: list[Token]) -> None:
    """Make every list a tight one: paragraphs inside an item print with gaps, and break PDF/UA's list tags."""
    items: list[int] = []
    for token in tokens:
        if token.type == "list_item_open":
            items.append(0)
        elif token.type == "list_item_close":
            items.pop()
        elif items and token.type == "paragraph_open":
            items[-1] += 1
            if items[-1] > 1:
                cure = "Join the paragraphs, or make them points of their own."
                line = token.map[0] + 1 if token.map else 0
                found, expected = "a point of several paragraphs", "one paragraph a point"
                draft.refuse(line, "text.list", found, expected=expected, cure=cure)
        if items and token.type in ("paragraph_open", "paragraph_close"):
            token.hidden = True


def _inspect_inline(draft: _Draft, token: Token, line: int) -> None:
    lines = _spoken_lines(token, line)
    whole = "\n".join(text for text, _ in lines)
    for match in _TAG.finditer(whole):
        at, shown = line + whole.count("\n", 0, match.start()), " ".join(match[0].split())
        draft.refuse(at, "text.html", f"'{shown}'", expected="text without HTML", cure="Use Markdown.")
    _refuse_grids(draft, lines)
    draft.findings.extend(refuse_typed(whole, draft.place(line), draft.known))
    for text, at in lines:
        _refuse_bare(draft, text, at)
        if "](" in text:
            found = f"a link to something else than https, http or mailto: '{text.strip()[:60]}'"
            cure = "Give the full address; as it is, it is printed as text."
            draft.findings.add(
                draft.place(at), "text.link", found, expected="https, http or mailto", cure=cure, severity="warning"
            )
    for child in token.children or ():
        if child.type == "image":
            cure = 'Remove it; charts are placed by {{ chart("id") }}.'
            draft.refuse(line, "text.image", f"an image '{child.attrGet('src')}'", expected="text", cure=cure)


def _spoken_lines(token: Token, line: int) -> list[tuple[str, int]]:
    """Return the text of an inline token, line by line, as the reader will see it."""
    lines = [""]
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            lines.append("")
        elif child.type in ("text", "code_inline", "text_special"):
            lines[-1] += child.content
    return [(text, line + number) for number, text in enumerate(lines)]


def _refuse_bare(draft: _Draft, text: str, line: int) -> None:
    """Refuse a call that is printed as it was typed, because it does not stand in two pairs of braces."""
    for match in _BARE.finditer(text):
        found = f"'{match[0].strip()}' outside {{{{ }}}}"
        call = match[0].strip().strip("{} ")
        cure = f"Write {{{{ {call} }}}}; as it is, it is printed as text."
        draft.refuse(line, "text.bare", found, expected="a call in two pairs of braces", cure=cure)


def _refuse_grids(draft: _Draft, lines: list[tuple[str, int]]) -> None:
    """Refuse a table drawn with bars and hyphens once, at its first line: CommonMark has none."""
    if any(_TABLE.match(text.strip()) for text, _ in lines):
        cure = 'Declare it under [[tables]] in topic.toml and place it by {{ table("id") }}; it is printed as text.'
        draft.refuse(lines[0][1], "text.table", "a table drawn with | and -", expected="text and calls", cure=cure)


def _sections(tokens: list[Token]) -> list[tuple[Token | None, list[Token]]]:
    """Return the tokens before the first heading, then those under each `#` heading with its title."""
    groups: list[tuple[Token | None, list[Token]]] = [(None, [])]
    heading = False
    for token in tokens:
        if token.type == "heading_open" and token.tag == "h1":
            heading = True
        elif heading and token.type == "inline":
            groups.append((token, []))
        elif heading and token.type == "heading_close":
            heading = False
        else:
            groups[-1][1].append(token)
    return groups


def _summary(draft: _Draft, tokens: list[Token]) -> tuple[Passage, ...]:
    if not tokens:
        cure = "Write three to five points, each begun by a hyphen."
        draft.refuse(0, "text.summary", "no summary", expected="a list before the first heading", cure=cure)
    depth = 0
    points: list[Passage] = []
    for token in tokens:
        depth += token.nesting
        line = token.map[0] + 1 if token.map else 0
        if token.nesting >= 0 and token.type != "inline" and _breaks_list(token, depth):
            cure = "Make it a point of the list, or put it under a heading."
            expected = "one list of short points before the first heading"
            draft.refuse(line, "text.summary", "something else than a list", expected=expected, cure=cure)
        _refuse_inline_placed(draft, token)
        if token.type == "inline" and depth == 3:
            points.append(Passage(draft.parts(_render([token]))))
    return tuple(points)


def _breaks_list(token: Token, depth: int) -> bool:
    allowed = {1: ("bullet_list_open",), 2: ("list_item_open",), 3: ("paragraph_open",)}
    return token.type not in allowed.get(depth, ())


def _render(tokens: list[Token]) -> str:
    reader = _markdown()
    return str(reader.renderer.render(tokens, reader.options, {}))


def _section(draft: _Draft, heading: Token, body: list[Token], slugs: set[str]) -> ScriptSection:
    _refuse_inline_placed(draft, heading)
    title = "".join(text for text, _ in _spoken_lines(heading, 0))
    place = draft.place(heading.map[0] + 1 if heading.map else 0)
    return ScriptSection(_slug(_TOKEN.sub("", title), slugs), Phrase(draft.parts(title)), _blocks(draft, body), place)


def _slug(title: str, taken: set[str]) -> str:
    """Return an id in ASCII, unique among those taken: `section-trade`, `section-2` for a title without Latin."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = "section-" + re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    slug, number = stem.rstrip("-"), len(taken) + 1
    if slug == "section" or slug in taken:
        slug = f"{slug}-{number}"
    taken.add(slug)
    return slug


def _blocks(draft: _Draft, tokens: list[Token]) -> tuple[Passage | Call, ...]:
    blocks: list[Passage | Call] = []
    waiting: list[Token] = []

    def close() -> None:
        html = _render(waiting).strip()
        if html:
            blocks.append(Passage(draft.parts(html)))
        waiting.clear()

    index = 0
    while index < len(tokens):
        placed = _placed(draft, tokens[index : index + 2])
        if placed:
            close()
            blocks.append(placed)
            index += 3
            continue
        _refuse_inline_placed(draft, tokens[index])
        waiting.append(_lowered(tokens[index]))
        index += 1
    close()
    return tuple(blocks)


def _placed(draft: _Draft, pair: list[Token]) -> Call | None:
    """Return the call that is all of a top-level paragraph, if it places a chart or a table."""
    if len(pair) < 2 or pair[0].type != "paragraph_open" or pair[0].level:
        return None
    content = pair[1].content.strip()
    call = draft.call(content) if _TOKEN.fullmatch(content) else None
    return call if call and call.name in PLACED else None


def _refuse_inline_placed(draft: _Draft, token: Token) -> None:
    for match in _TOKEN.finditer(token.content if token.type == "inline" else ""):
        call = draft.call(match[0])
        if call.name in PLACED:
            cure = f'Put it between empty lines, or write {{{{ figure("{call.args[0]}") }}}}.'
            found = f"{call.name}() inside a sentence or a list"
            draft.refuse(call.place.line, "text.placed", found, expected="a paragraph of its own", cure=cure)


def _lowered(token: Token) -> Token:
    """Return a heading one level down: the page's title is its h1, a section's its h2."""
    if token.type in ("heading_open", "heading_close"):
        return token.copy(tag=f"h{int(token.tag[1]) + 1}")
    return token
