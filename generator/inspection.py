"""The whole workspace looked through: every problem at once, and the lock of what was checked.

Place in the pipeline: steps 1 Read to 4 Write for every topic and language, without drawing or printing;
`briefing check` shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from typing import Any, Self

from . import evidence, parity, template
from .binding import draw_up_any
from .brief import in_layouts
from .catalogues import OWN_WORDS
from .causes import hold_back
from .context import Imprint
from .draft import WORDS_MISSING, Draft, report_words, words_of
from .errors import ArchiveError, BriefingError, RenderError
from .holdings import connected
from .knowledge import Knowledge, Proof, read_up
from .model import Finding, Place
from .operation import read_operation
from .orders import PROGRAM, code_digest, versions, wanted
from .page import Script
from .reading import Findings
from .recipients import Offered, read_distribution
from .review import FILE as REVIEW
from .review import remind
from .sandbox import Child, Limits
from .schedules import Known, read_schedules
from .survey import count_open
from .topics import briefings, combined_name, parts_of
from .verdicts import Verdict, decoded, encoded
from .vocabulary import FILE as VOCABULARY
from .workspace import LOCK, Workspace, digest, shipped_templates

_UNWRITTEN = "template.write"
"""The rule of templates that could not be filled."""


def look_through(
    workspace: Workspace, today: date, *, record: bool = True
) -> tuple[tuple[Finding, ...], dict[str, int]]:
    """Return every finding of a workspace, by place, and the counts that sum it up.

    With `record` what was checked is written into the lock.
    """
    knowledge = read_up(workspace, workspace.topics(), today=today)
    dependencies = _dependencies(workspace, knowledge)
    knowledge = knowledge.proven(partial(_recall, workspace, dependencies))
    findings = Findings(knowledge.findings)
    templates = workspace.templates("briefing", findings)
    findings.extend(_lint(workspace, templates, knowledge))
    if not knowledge.topics:
        findings.add(
            Place("data"),
            "workspace.topics",
            "no topic that can be read",
            expected="a folder with topic.toml and facts.csv",
            cure="Make one; docs/workspace.md shows how.",
        )
    metrics = tuple(metric.id for metric in knowledge.vocabulary.metrics)
    read_operation(workspace, findings)
    series = {name: connector for name, (_, connector) in connected(workspace).items()}
    known_names = Known(briefings(workspace), knowledge.settings.languages, metrics, series)
    read_schedules(workspace, known_names, findings)
    offered = Offered(workspace.topics(), knowledge.settings.languages, combined_name(workspace))
    read_distribution(workspace, offered, findings)
    findings.extend(count_open(workspace, knowledge, code_digest()))
    if workspace.has(REVIEW):
        findings.extend(remind(workspace.text(REVIEW, Findings()) or ""))
    _look_at_pages(workspace, knowledge, templates, findings, dependencies)
    findings.extend(_translated(workspace, knowledge))
    findings.extend(knowledge.names.notes(_names_place(workspace)))
    unique = tuple(sorted(hold_back(findings), key=lambda finding: (finding.place, finding.rule)))
    if record:
        _keep_lock(workspace, knowledge)
    return unique, _counts(knowledge, unique)


def _lint(workspace: Workspace, templates: dict[str, bytes], knowledge: Knowledge) -> tuple[Finding, ...]:
    """Return what is wrong with the templates; those with nothing wrong, and no name, are not read again.

    Where something is wrong, the advice depends on every fact.
    """
    names, units = knowledge.vocabulary.names, knowledge.vocabulary.units
    program = repr((code_digest(), versions(), knowledge.settings.languages, names, units))
    verdict = Verdict(workspace.state / "cache" / "templates", "briefing", digest({**templates, "\0": program}))
    if verdict.kept(bool):
        return ()
    # What the program brings along a workspace may leave unused.
    given = Workspace(shipped_templates().parent).templates("briefing", Findings())
    own = [name for name, data in templates.items() if given.get(name) != data]
    known = replace(knowledge.known(*knowledge.topics), names=knowledge.names.apart())
    found = template.lint(templates, [name for name in given if name not in own], known)
    verdict.keep(not found and not known.names.uses)
    knowledge.names.join(known.names.uses)
    return found


def _recall(workspace: Workspace, dependencies: Mapping[str, str], topic: str, prove: Callable[[], Proof]) -> Proof:
    """Return the proof of a topic's numbers, made anew only where something changed that it depends on."""
    verdict = Verdict(workspace.state / "cache" / "numbers", topic, dependencies.get(topic, ""))
    proof = verdict.kept(lambda said: (frozenset(said["refused"]), decoded(said["told"])))
    if proof is None:
        proof = prove()
        verdict.keep({"refused": sorted(proof[0]), "told": encoded(proof[1])})
    return proof


def _dependencies(workspace: Workspace, knowledge: Knowledge) -> Mapping[str, str]:
    """Return by briefing the digest of all that its findings depend on; none where its files cannot be read.

    That is what its pages may be made from; of the lock, which changes with every fact, how its own facts were checked.
    """
    try:
        wants = wanted(workspace, knowledge.briefings, (), None, latest=date.max) if knowledge.briefings else []
    except BriefingError:
        return {}
    digests = {}
    for name in knowledge.briefings:
        parts = parts_of(knowledge.volume, name)
        inputs = {f"{want.language} {file}": sum_ for want in wants if want.topic == name
                  for file, sum_ in want.inputs.items() if file != LOCK}  # fmt: skip
        facts = {fact.id for topic in knowledge.topics if topic.id in parts for fact in topic.facts}
        checked = [row for row in knowledge.checked if row.fact in facts]
        ageing = [knowledge.ageing[part] for part in parts if part in knowledge.ageing]
        aged = [(each.questions, sorted(each.latest), sorted(each.dated)) for each in ageing]
        digests[name] = digest({**inputs, "checked": repr(checked), "aged": repr(aged)})
    return digests


@dataclass(frozen=True, slots=True)
class _Looks:
    """What was seen when a briefing's pages were drawn up in every language, and written."""

    drawn: tuple[Finding, ...]
    written: tuple[Finding, ...] | None
    """None where the templates were not filled, because something was wrong elsewhere."""
    missing: Mapping[str, Sequence[str]]
    """By language the words that are not translated."""
    uses: Mapping[str, Sequence[Place]]
    """Where each name that holds digits is used."""

    @classmethod
    def read(cls, said: Any) -> Self:  # noqa: ANN401 - JSON
        """Return what was kept; KeyError or TypeError where it is damaged."""
        written = said["written"]
        uses = {name: [Place(*place) for place in places] for name, places in said["uses"].items()}
        return cls(decoded(said["drawn"]), None if written is None else decoded(written), said["missing"], uses)

    @property
    def said(self) -> dict[str, Any]:
        """The same as JSON."""
        written = None if self.written is None else encoded(self.written)
        uses = {name: [(place.file, place.line) for place in places] for name, places in self.uses.items()}
        return {"drawn": encoded(self.drawn), "written": written, "missing": self.missing, "uses": uses}


def _look_at_pages(
    workspace: Workspace,
    knowledge: Knowledge,
    templates: dict[str, bytes],
    findings: Findings,
    dependencies: Mapping[str, str],
) -> None:
    """Draw up every page in every language, and compare what its languages say."""
    languages = knowledge.settings.languages
    untranslated = {language: dict[str, None]() for language in languages}
    with ExitStack() as opened:
        desk = _Desk(workspace, knowledge, templates, opened)
        for name in knowledge.briefings:
            verdict = Verdict(workspace.state / "cache" / "looks", name, dependencies.get(name, ""))
            looks = verdict.kept(_Looks.read)
            if looks is None or (looks.written is None and not findings.errors):
                looks = desk.look(name, write=not findings.errors)
                # A template that could not be filled may be so for want of time or memory.
                if not any(found.rule == _UNWRITTEN for found in looks.written or ()):
                    verdict.keep(looks.said)
            findings.extend((*looks.drawn, *(() if findings.errors else looks.written or ())))
            for language, msgids in looks.missing.items():
                untranslated[language] |= dict.fromkeys(msgids)
            knowledge.names.join(looks.uses)
    for language, missing in untranslated.items():
        report_words(languages, words_of(workspace, language, knowledge, Findings()), tuple(missing), findings)


@dataclass
class _Desk:
    """Where pages are drawn up to be looked at; the child that fills templates starts when the first one needs it."""

    workspace: Workspace
    knowledge: Knowledge
    templates: dict[str, bytes]
    opened: ExitStack

    @cached_property
    def child(self) -> Child:
        """The child that fills the templates."""
        settings = self.knowledge.settings
        limits = Limits(seconds=settings.seconds, megabytes=settings.megabytes)
        return self.opened.enter_context(Child(("generator.template",), state=self.workspace.state, limits=limits))

    def look(self, name: str, *, write: bool) -> _Looks:
        """Return what is seen of a briefing in all languages; its templates are filled only where nothing is wrong."""
        knowledge = replace(self.knowledge, names=self.knowledge.names.apart())
        drawn, written = Findings(), Findings()
        scripts, missing = dict[str, Script](), dict[str, list[str]]()
        for language in knowledge.settings.languages:
            draft = draw_up_any(self.workspace, knowledge, name, language, blank_imprint(knowledge))
            # What catalogues lack is told once a file, not once a page.
            drawn.extend(found for found in draft.findings if found.rule not in WORDS_MISSING)
            for page in in_layouts(draft) if write else ():
                # One fault is not told twice.
                if not (drawn.errors or written.errors):
                    self._write(page, written)
            missing[language] = list(draft.words.missing)
            if _was_read(draft):
                scripts[language] = draft.material.script
        topic = next((topic for topic in knowledge.topics if topic.id == name), None)
        # The texts of a combined briefing are compared where they belong: in its topics.
        if topic:
            drawn.extend(parity.compare(topic, scripts, knowledge.settings.languages))
        return _Looks(tuple(drawn), tuple(written) if write else None, missing, knowledge.names.uses)

    def _write(self, draft: Draft, findings: Findings) -> None:
        """Fill the templates as a build would."""
        try:
            page = self.child.run("generator.template:write", draft.composed.context, self.templates, draft.words)
            findings.extend(template.look_through(page, self.templates, draft.composed.traces, draft.names))
        except RenderError as error:
            findings.add(
                Place(error.where or "templates/briefing"),
                _UNWRITTEN,
                error.message,
                expected="a template that can be filled",
                cure=error.hint or "Correct the template.",
            )


def _names_place(workspace: Workspace) -> Place:
    """Return where the vocabulary declares its names."""
    table = workspace.table(VOCABULARY, Findings())
    return table.place("names") if table else Place(VOCABULARY)


def blank_imprint(knowledge: Knowledge) -> Imprint:
    """Return the imprint of an edition that is only looked at."""
    settings = knowledge.settings
    said = (settings.issuer, settings.tagline, settings.contact)
    return Imprint("2000-01-01.1", 1, "2000-01-01", "", PROGRAM, *said)


def _was_read(draft: Draft) -> bool:
    """Return whether the text of a page was there and could be read: only then is it compared with others."""
    file = draft.material.script.place.file
    broken = any(found.severity == "error" and found.place.file == file for found in draft.findings)
    return not broken and draft.language in dict(draft.topic.texts)


def _translated(workspace: Workspace, knowledge: Knowledge) -> Iterator[Finding]:
    """Yield each translation of the workspace's words that does not call what it translates."""
    for language in knowledge.settings.languages[1:]:
        _, own = workspace.catalogues(language, Findings())
        place = Place(f"templates/locales/{language}/LC_MESSAGES/{OWN_WORDS}")
        yield from parity.compare_translations(own, place) if own is not None else ()


def _keep_lock(workspace: Workspace, knowledge: Knowledge) -> None:
    """Write the lock if a fact was checked now; what could not be looked at keeps its entry."""
    facts = [fact for topic in knowledge.topics for fact in topic.facts]
    if not any(checked.state == "now" for checked in knowledge.checked):
        return
    data = evidence.write_lock(knowledge.checked, facts)
    path = workspace.root / LOCK
    if not path.is_file() or path.read_bytes() != data:
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            hint = "Give yourself the right to write in data/: the lock records what was checked."
            raise ArchiveError(f"cannot write: {error.strerror}", where=str(path), hint=hint) from error


def _counts(knowledge: Knowledge, findings: tuple[Finding, ...]) -> dict[str, int]:
    severity = Counter(finding.severity for finding in findings)
    state = Counter(checked.state for checked in knowledge.checked)
    return {
        "errors": severity["error"],
        "warnings": severity["warning"],
        "notes": severity["note"],
        "topics": len(knowledge.topics),
        "facts": sum(len(topic.facts) for topic in knowledge.topics),
        "checked in their documents": state["now"],
        "checked earlier (lock)": state["locked"],
        "derived": state["derived"],
        "without a document": state["unchecked"],
    }
