"""The whole workspace looked through: every problem at once, and the lock of what was checked.

Place in the pipeline: steps 1 Read to 4 Write for every topic and language, without drawing or printing;
`briefing check` shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from . import evidence, parity, template
from .binding import draw_up_any
from .brief import in_layouts
from .catalogues import OWN_WORDS
from .causes import hold_back
from .context import Imprint
from .draft import WORDS_MISSING, Draft, report_words
from .errors import ArchiveError, RenderError
from .holdings import connected
from .knowledge import Knowledge, learn
from .language import Words
from .model import Finding, Place
from .operation import read_operation
from .orders import PROGRAM, code_digest
from .page import Script
from .reading import Findings
from .recipients import Offered, read_distribution
from .review import FILE as REVIEW
from .review import remind
from .sandbox import Child, Limits
from .schedules import Known, read_schedules
from .survey import count_open
from .topics import briefings, combined_name
from .vocabulary import FILE as VOCABULARY
from .workspace import LOCK, Workspace, shipped_templates


def look_through(
    workspace: Workspace, today: date, *, record: bool = True
) -> tuple[tuple[Finding, ...], dict[str, int]]:
    """Return every finding of a workspace, by place, and the counts that sum it up.

    With `record` what was checked is written into the lock.
    """
    knowledge = learn(workspace, workspace.topics(), today=today)
    findings = Findings(knowledge.findings)
    templates = workspace.templates("briefing", findings)
    # What the program brings along a workspace may leave unused.
    given = Workspace(shipped_templates().parent).templates("briefing", Findings())
    own = [name for name, data in templates.items() if given.get(name) != data]
    known = knowledge.known(*knowledge.topics)
    findings.extend(template.lint(templates, [name for name in given if name not in own], known))
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
    _look_at_pages(workspace, knowledge, templates, findings)
    findings.extend(_translated(workspace, knowledge))
    findings.extend(knowledge.names.notes(_names_place(workspace)))
    unique = tuple(sorted(hold_back(findings), key=lambda finding: (finding.place, finding.rule)))
    if record:
        _keep_lock(workspace, knowledge)
    return unique, _counts(knowledge, unique)


def _look_at_pages(
    workspace: Workspace, knowledge: Knowledge, templates: dict[str, bytes], findings: Findings
) -> None:
    """Draw up every page in every language, and compare what its languages say."""
    limits = Limits(seconds=knowledge.settings.seconds, megabytes=knowledge.settings.megabytes)
    asked: dict[str, list[Words]] = {language: [] for language in knowledge.settings.languages}
    topics = {topic.id: topic for topic in knowledge.topics}
    with Child(("generator.template",), state=workspace.state, limits=limits) as child:
        for name in knowledge.briefings:
            scripts = dict[str, Script]()
            for language, pages in asked.items():
                draft = draw_up_any(workspace, knowledge, name, language, blank_imprint(knowledge))
                # What catalogues lack is told once a file, not once a page.
                findings.extend(found for found in draft.findings if found.rule not in WORDS_MISSING)
                pages.append(draft.words)
                for page in in_layouts(draft):
                    _write(child, page, templates, findings)
                if _was_read(draft):
                    scripts[language] = draft.material.script
            # The texts of a combined briefing are compared where they belong: in its topics.
            if name in topics:
                findings.extend(parity.compare(topics[name], scripts, knowledge.settings.languages))
    for pages in asked.values():
        report_words(knowledge.settings.languages, pages, findings)


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


def _write(child: Child, draft: Draft, templates: dict[str, bytes], findings: Findings) -> None:
    """Fill the templates as a build would; only where nothing else is wrong, lest one fault be told twice."""
    if findings.errors:
        return
    try:
        page = child.run("generator.template:write", draft.composed.context, templates, draft.words)
        findings.extend(template.look_through(page, templates, draft.composed.traces, draft.names))
    except RenderError as error:
        findings.add(
            Place(error.where or "templates/briefing"),
            "template.write",
            error.message,
            expected="a template that can be filled",
            cure=error.hint or "Correct the template.",
        )


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
