"""Everything a workspace knows: steps 1 Read and 2 Check over its files.

Place in the pipeline: called by `pipeline`. In: a workspace; out: `Knowledge` with every problem found on
the way. Needs neither matplotlib nor WeasyPrint.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import PurePosixPath

from . import evidence
from .catalogues import locale_of, meant_language
from .causes import AS_OF, hold_back
from .documents import Library
from .errors import UsageError
from .facts import check_unique, read_facts
from .formula import ingredients
from .holdings import read_all_series
from .marks import citable
from .model import Checked, Conflict, Fact, Finding, Place, Source, Topic, Vocabulary
from .names import Names
from .origins import read_again
from .periods import last_day
from .prose import Known, refuse_printed
from .questions import FILE as ANSWERS
from .questions import Answer, read_answers, settle
from .reading import Findings, Printed
from .sandbox import Limits
from .series import complete, derive
from .signing import read_seal_settings
from .sources import FILE as SOURCES
from .sources import check_dates, check_guessed, read_sources
from .topics import Volume, bind, parts_of, read_topic, read_volume
from .vintages import known_on
from .vocabulary import FILE as VOCABULARY
from .vocabulary import read_vocabulary
from .workspace import LOCK, SETTINGS, Settings, Workspace, fetched_days, read_settings

Proof = tuple[frozenset[str], tuple[Finding, ...]]
"""The facts of a topic whose anchors hold other numbers than they say, and every problem with its numbers."""
Recall = Callable[[str, Callable[[], Proof]], Proof]
"""Told a topic and how its proof is made, returns the proof."""
NEVER = date(1970, 1, 1)
"""The day of what nobody has read or checked."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was read and how it was checked, and every problem found so far."""

    settings: Settings
    vocabulary: Vocabulary
    sources: Mapping[str, Source]
    topics: tuple[Topic, ...]
    checked: tuple[Checked, ...]
    conflicts: Mapping[str, tuple[Conflict, ...]]
    """By topic."""
    ageing: Mapping[str, evidence.Ageing]
    """By topic: what has aged by the edition's date."""
    lock: evidence.Lock
    names: Names
    lines: Mapping[tuple[str, str], Place]
    """Where the texts with calls stand, by file and text."""
    days: Mapping[str, date]
    """By topic: the newest day on which a source of it was read or a fact of it checked; it dates the edition."""
    answers: Mapping[str, tuple[Answer, ...]]
    """By topic: why figures stand that are asked about."""
    printed: tuple[Printed, ...]
    """The texts that pages print as they stand."""
    looking_back: bool
    findings: Findings
    volume: Volume | None = None
    """The combined briefing that the workspace declares."""

    def proven(self, recall: Recall = lambda _topic, prove: prove()) -> Knowledge:
        """Return the same with its numbers checked: in anchors, beside other figures, in texts; sorted by place.

        That takes as long as all that comes before, and changes nothing that a page of a sound workspace shows.
        `recall` gives a topic's proof, where it need not be made again.
        """
        findings, refused = Findings(self.findings), set[str]()
        for topic in self.topics:
            wrong, told = recall(topic.id, partial(self._prove, topic))
            refused |= wrong
            findings.extend(told)
        findings.extend(refuse_printed(self.printed, self.known(*self.topics)))
        checked = tuple(row for row in self.checked if row.fact not in refused)
        ordered = sorted(hold_back(findings), key=lambda finding: finding.place)
        return replace(self, checked=checked, findings=Findings(ordered))

    def _prove(self, topic: Topic) -> Proof:
        own = self.settings.languages[0]
        refused, problems = evidence.check_numbers(topic.facts, self.sources, self.vocabulary, own)
        asked = evidence.ask(topic.facts, topic.series, self.vocabulary, self.sources)
        asked = (*asked, *self.ageing[topic.id].questions)
        told = settle(asked, self.answers[topic.id], f"data/{topic.id}/{ANSWERS}")
        # What an older edition did not know is not asked of it.
        told = tuple(found for found in told if not (self.looking_back and found.severity == "note"))
        return refused, (*problems, *told)

    def known(self, *topics: Topic) -> Known:
        """Return what a typed number in a text of these topics is compared with."""
        facts = tuple(fact for topic in topics for fact in topic.facts)
        series = tuple(item for topic in topics for item in topic.series)
        return Known(facts, series, self.vocabulary.units, self.names, self.settings.languages[0])

    def topic(self, id_: str) -> Topic:
        """Return a topic by its folder's name, or all of a combined briefing as one."""
        if self.volume and id_ == self.volume.name:
            return bind(self.volume, self.topics)
        return next(topic for topic in self.topics if topic.id == id_)

    @property
    def briefings(self) -> tuple[str, ...]:
        """The names of what can be drawn up: the topics, and the combined briefing where all of its topics are read."""
        read = [topic.id for topic in self.topics]
        bound = [self.volume.name] if self.volume and set(self.volume.topics) <= set(read) else []
        return (*read, *bound)

    def size(self, id_: str) -> int:
        """Return how many facts a topic or the combined briefing has, as far as they could be read."""
        parts = parts_of(self.volume, id_)
        return sum(len(topic.facts) for topic in self.topics if topic.id in parts)

    def sources_of(self, topic: Topic) -> Mapping[str, Source]:
        """Return the sources as a topic cites them: read again on the day its series were fetched."""
        return read_again(self.sources, topic.series)

    def errors_of(self, topic: str) -> Findings:
        """Return the findings that concern a topic: its own folder's and those of shared files."""
        mine = tuple(f"data/{part}/" for part in parts_of(self.volume, topic))
        return Findings(
            finding
            for finding in self.findings
            if finding.place.file.startswith(mine) or not finding.place.file.startswith("data/")
            or "/" not in finding.place.file.removeprefix("data/")
        )


Sharing = tuple[object, ...]
"""What all topics share, each the same object as long as its file has the same bytes."""


class Memory:
    """Topics and their proofs as they were taken last, for who learns the same workspace again and again.

    What was made from the same bytes is not made again: after one changed fact one topic is read, not all of them.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._topics: dict[str, tuple[tuple[tuple[str, bytes | None], ...], Sharing, Topic | None, Findings]] = {}
        self._proofs: dict[str, tuple[Sharing, tuple[object, ...], Proof]] = {}

    def topic(
        self, workspace: Workspace, id_: str, sharing: Sharing, read: Callable[[Findings], Topic | None],
        findings: Findings,
    ) -> Topic | None:  # fmt: skip
        """Return a topic, read where its files or what it shares are others than the last time."""
        names = workspace.files(f"data/{id_}")
        files = tuple((name, workspace.read(name, Findings())) for name in names)
        if any(data is None for _, data in files):
            workspace.forget(names)  # why a file cannot be read is told to whoever asks for it first
            return read(findings)
        kept = self._topics.get(id_)
        if kept is None or kept[0] != files or not _are(kept[1], sharing):
            mine = Findings()
            kept = self._topics[id_] = files, sharing, read(mine), mine
        findings.take(kept[3])
        return kept[2]

    def proofs(self, knowledge: Knowledge) -> Recall:
        """Return what gives the proofs of a workspace's topics, as far as nothing that they depend on has changed."""

        def recall(id_: str, prove: Callable[[], Proof]) -> Proof:
            sharing = (knowledge.topic(id_), knowledge.vocabulary, knowledge.sources)
            more = (knowledge.settings.languages[0], knowledge.answers[id_], knowledge.ageing[id_])
            kept = self._proofs.get(id_)
            if kept is None or not _are(kept[0], sharing) or kept[1] != more:
                kept = self._proofs[id_] = sharing, more, prove()
            return kept[2]

        return recall


def _are(those: Sharing, these: Sharing) -> bool:
    """Return whether these are the same objects, not only equal ones: comparing them would take as long as reading."""
    return all(one is other for one, other in zip(those, these, strict=True))


def learn(
    workspace: Workspace, topics: Iterable[str], *, today: date | None = None, as_of: date | None = None
) -> Knowledge:
    """Read and check the workspace as far as `topics` need it; every problem is in the result's findings.

    `today` is written beside a fact that is checked now; without it, `as_of` or the topic's own day is: the clock must
    not reach a page. With `as_of`, what was published later is left out.
    """
    return read_up(workspace, topics, today=today, as_of=as_of).proven()


def learn_again(workspace: Workspace, memory: Memory, *, today: date) -> Knowledge:
    """Return what `learn` does of every topic, and remember it: the next time only what changed is read and proven."""
    read = read_up(workspace, workspace.topics(), today=today, memory=memory)
    return read.proven(memory.proofs(read))


def read_up(
    workspace: Workspace, topics: Iterable[str], *, today: date | None = None, as_of: date | None = None,
    memory: Memory | None = None,
) -> Knowledge:  # fmt: skip
    """Return what `learn` does before its numbers are checked, which `proven` does: a page can be printed meanwhile."""
    findings = Findings()
    settings, vocabulary, sources = read_common(workspace, findings)
    volume = read_volume(workspace, findings)
    topics = tuple(dict.fromkeys(part for topic in topics for part in parts_of(volume, topic)))
    _check_seal(workspace, findings)
    if as_of is None and today is not None:
        # The day of an older edition is before the days on which its sources were read.
        check_dates(sources.values(), today, findings)
    read = []
    for id_ in topics:
        take = partial(_read_topic, workspace, id_, vocabulary, sources, as_of=as_of)
        kept = memory.topic(workspace, id_, (vocabulary, sources), take, findings) if memory else take(findings)
        read.append(kept)
    known = [topic if as_of is None else _known_at(topic, sources, as_of, findings) for topic in read if topic]
    check_unique((fact for topic in known for fact in {fact.id: fact for fact in topic.facts}.values()), findings)
    check_guessed(sources.values(), {fact.source for topic in known for fact in topic.facts}, findings)
    lock = _lock(workspace, findings)
    facts = tuple(fact for topic in known for fact in topic.facts)
    days = {topic.id: as_of or _day(workspace, topic, sources, lock) for topic in known}
    with Library(workspace, Limits(seconds=settings.seconds, megabytes=settings.megabytes)) as library:
        checked, problems = evidence.check_anchors(
            facts, sources, library.open, lock, today.isoformat() if today else ""
        )
    findings.extend(problems)
    if today is None:
        checked = _dated(checked, known, days)
    conflicts = {topic.id: evidence.conflicts(topic.facts, topic.series, vocabulary) for topic in known}
    for group in conflicts.values():
        findings.extend(evidence.check_rulings(group, vocabulary))
    on = days if as_of else _edition_days(known, days, checked)
    ageing = {topic.id: evidence.aged(topic, vocabulary, on[topic.id]) for topic in known}
    if volume and known:
        days[volume.name] = max(days[topic.id] for topic in known)
    answers = {topic.id: _answers(workspace, topic.id, findings) for topic in known}
    return Knowledge(
        settings, vocabulary, sources, tuple(known), checked, conflicts, ageing, lock,
        Names(vocabulary.names, citable(sources)), findings.phrases, days, answers, tuple(findings.printed),
        as_of is not None, findings, volume,
    )  # fmt: skip


def _check_seal(workspace: Workspace, findings: Findings) -> None:
    """Tell what is wrong with `[sign]`; a file that cannot be read at all has been told of."""
    told = Findings()
    read_seal_settings(workspace.table(SETTINGS, told))
    findings.extend(finding for finding in told if finding not in findings)


def read_common(workspace: Workspace, findings: Findings) -> tuple[Settings, Vocabulary, Mapping[str, Source]]:
    """Return what all topics share: settings, vocabulary, sources."""
    settings = read_settings(workspace, findings)
    settings = replace(settings, languages=_languages(workspace, settings.languages, findings) or ("en",))
    sources = _sources(workspace, findings)
    _check_tongues(sources.values(), findings)
    return settings, _vocabulary(workspace, findings), sources


def _languages(workspace: Workspace, named: Iterable[str], findings: Findings) -> tuple[str, ...]:
    """Return the languages that there are; CLDR is asked only here, for a build that changes nothing needs no CLDR."""
    known, told = [], Findings()
    table = workspace.table(SETTINGS, told)
    for language in named:
        try:
            locale_of(language)
        except UsageError as error:
            expected = 'a list such as ["en", "pt-BR"]'
            if table:
                table.refuse("languages", error.message, expected=expected, cure=error.hint, rule="languages")
        else:
            known.append(language)
    findings.extend(finding for finding in told if finding not in findings)
    return tuple(known)


def _check_tongues(sources: Iterable[Source], findings: Findings) -> None:
    """Warn of a source in a language that is none: its numbers would be read by digits only."""
    for source in sources:
        if source.language and (meant := meant_language(source.language)):
            findings.add(
                source.place,
                "sources.language",
                f"language '{source.language}' of '{source.id}' is none that CLDR can name",
                expected='a language by its tag: "en", "zh-Hant"',
                cure=meant,
                severity="warning",
            )


def _day(workspace: Workspace, topic: Topic, sources: Mapping[str, Source], lock: evidence.Lock) -> date:
    """Return the newest day on which a source that the topic cites was read, a series fetched or a fact checked."""
    cited = {fact.source for fact in topic.facts}
    cited |= {row.source for series in topic.series for row in series.observations}
    days = [sources[id_].accessed for id_ in cited if id_ in sources]
    days += [lock.entries[fact.id].on for fact in topic.facts if fact.id in lock.entries]
    days += fetched_days(workspace, f"data/{topic.id}")
    return date.fromisoformat(max((day for day in days if len(day) == len("2000-01-01")), default=NEVER.isoformat()))


def _dated(
    checked: tuple[Checked, ...], topics: Iterable[Topic], days: Mapping[str, date]
) -> tuple[Checked, ...]:
    """Return the checks of now with the day of their topic's edition."""
    home = {fact.id: days[topic.id].isoformat() for topic in topics for fact in topic.facts}
    return tuple(replace(row, on=home[row.fact]) if row.state == "now" and not row.on else row for row in checked)


def _vocabulary(workspace: Workspace, findings: Findings) -> Vocabulary:
    return workspace.taken(VOCABULARY, read_vocabulary, findings) or Vocabulary((), (), (), ())


def _sources(workspace: Workspace, findings: Findings) -> Mapping[str, Source]:
    return workspace.taken(SOURCES, read_sources, findings) or {}


def _lock(workspace: Workspace, findings: Findings) -> evidence.Lock:
    data = workspace.read(LOCK, findings) if workspace.has(LOCK) else None
    return evidence.read_lock(data or b"")


def _read_topic(
    workspace: Workspace,
    id_: str,
    vocabulary: Vocabulary,
    sources: Mapping[str, Source],
    findings: Findings,
    *,
    as_of: date | None,
) -> Topic | None:
    folder = f"data/{id_}"
    _refuse_strangers(workspace, folder, findings)
    table = workspace.table(f"{folder}/topic.toml", findings)
    text = workspace.text(f"{folder}/facts.csv", findings)
    facts = read_facts(text, f"{folder}/facts.csv", vocabulary, sources, findings) if text is not None else ()
    facts, problems = evidence.derive(facts)
    findings.extend(problems)
    series = read_all_series(workspace, folder, vocabulary, sources, findings)
    series = tuple(each if as_of is None else known_on(each, as_of) for each in series)
    by_id = {fact.id: fact for fact in facts}
    series = derive(tuple(complete(each, by_id, findings) for each in series), findings)
    texts = _read_texts(workspace, folder, findings)
    return read_topic(id_, table, facts, series, texts) if table else None


def _edition_days(
    topics: Iterable[Topic], days: Mapping[str, date], checked: Iterable[Checked]
) -> Mapping[str, date]:
    """Return the dates that editions made now would bear: facts that are checked now are in the lock by then."""
    home = {fact.id: topic.id for topic in topics for fact in topic.facts}
    newest = dict(days)
    for row in checked:
        if row.on:
            newest[home[row.fact]] = max(newest[home[row.fact]], date.fromisoformat(row.on))
    return newest


def _answers(workspace: Workspace, topic: str, findings: Findings) -> tuple[Answer, ...]:
    file = f"data/{topic}/{ANSWERS}"
    table = workspace.table(file, findings) if workspace.has(file) else None
    return read_answers(table) if table else ()


def _refuse_strangers(workspace: Workspace, folder: str, findings: Findings) -> None:
    """Refuse files that are not read here: a workbook must not be missed silently, nor a pickle opened."""
    for name in workspace.files(folder):
        path = PurePosixPath(name)
        if path.suffix not in {".csv", ".toml", ".md"}:
            findings.add(
                Place(name),
                "topic.stranger",
                f"a {path.suffix or 'nameless'} file, which is not read",
                expected="topic.toml, facts.csv, text.<lang>.md, series/*.csv and series/*.toml",
                cure="Export it as CSV, or move it out of the topic.",
            )


def _read_texts(workspace: Workspace, folder: str, findings: Findings) -> tuple[tuple[str, str], ...]:
    found = []
    for name in workspace.files(folder, ".md"):
        parts = PurePosixPath(name).name.split(".")
        if len(parts) == 3 and parts[0] == "text":
            text = workspace.text(name, findings)
            if text is not None:
                found.append((parts[1], text))
    return tuple(found)


def _known_at(topic: Topic, sources: Mapping[str, Source], as_of: date, findings: Findings) -> Topic:
    """Return the topic without what was not known on that day, with a note on what was left out.

    What is computed goes with its inputs: a derived fact with one that is left out, a derived series' value likewise.
    """
    unknown = {id_ for id_, source in sources.items() if not _was_known(source, as_of)}
    facts = _without(topic.facts, unknown)
    kept = {fact.id for fact in facts}
    plain = tuple(
        replace(item, observations=() if item.formula else tuple(
            row for row in item.observations
            if (row.fact in kept if row.fact else row.known or row.source not in unknown)
        ))
        for item in topic.series
    )  # fmt: skip
    # What is wrong with a formula was told when the whole topic was read.
    series = derive(plain, Findings())
    left = len(topic.facts) - len(facts) + sum(
        len(before.observations) - len(after.observations) for before, after in zip(topic.series, series, strict=True)
    )
    if left:
        findings.add(
            topic.place,
            AS_OF,
            f"{left} facts and observations were not known on {as_of}",
            expected="what had been published by then, and what is computed from it",
            cure="They are left out; the text must not use them.",
            severity="note",
        )
    return replace(topic, facts=facts, series=series)


def _was_known(source: Source, as_of: date) -> bool:
    """Return whether a publication was out: its whole date has passed, or it was read where it bears none."""
    out = last_day(source.published) or last_day(source.accessed)
    # A source without either was refused when it was read.
    return out is None or out <= as_of


def _without(facts: tuple[Fact, ...], unknown: Collection[str]) -> tuple[Fact, ...]:
    """Return the facts of other sources, without those that are computed from what is left out."""
    left = {fact.id for fact in facts if fact.source in unknown}
    waiting = {fact.id: set(ingredients(fact.formula)) for fact in facts if fact.formula}
    while following := {id_ for id_, needed in waiting.items() if id_ not in left and needed & left}:
        left |= following
    return tuple(fact for fact in facts if fact.id not in left)
