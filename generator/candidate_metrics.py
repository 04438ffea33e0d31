"""Guesses: what a quantity of a document measures and of whom, in the workspace's own words.

Place in the pipeline: a part of `ingest`. In: the words around a quantity and its unit; out: a `Guess` with an honest
confidence, empty where nothing fits. A metric is known by its label, its id, and the anchors of its facts; rare words
weigh more than frequent ones (inverse document frequency, https://nlp.stanford.edu/IR-book/html/htmledition/
inverse-document-frequency-1.html); a metric whose figures have another unit does not fit.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .agreement import is_count, read
from .anchors import fold
from .candidate_words import COMMON, Families, words_of
from .mentions import tongue
from .model import Fact, Series, Topic, Vocabulary

LEAST = 0.3
"""Confidence below which a guess is left out: an empty cell asks for a word, a wrong one for a mistake."""
_LITTLE, _LITTLE_SAID = 1.0, 4.0
"""Weight of words that says half of what a label says, or an anchor, whose words are of all kinds."""
_OTHER_UNIT = 0.1
_SAME_ENTITY, _OTHER_ENTITY, _HABIT = 1.2, 0.85, 0.1
_ONLY_UNIT = 0.3
"""Confidence in the only metric that counts in a unit, where the words say nothing: another language's, for example."""
_KNOWN_UNIT = 1.25
_NO_FIGURES = 0.75


@dataclass(frozen=True, slots=True)
class Guess:
    """What a quantity may be: ids of the vocabulary, "" where nothing fits, and the confidence from 0 to 1."""

    metric: str = ""
    entity: str = ""
    topic: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class _Description:
    """One way to say what a metric is: families of words and the weight of each."""

    metric: str
    words: Mapping[str, float]
    total: float
    little: float


class Guesser:
    """Guesses metrics and entities from what the workspace says of itself."""

    def __init__(
        self, vocabulary: Vocabulary, topics: Iterable[Topic], translate: Callable[[str], Iterable[str]]
    ) -> None:
        """Learn the workspace's words; `translate` gives a label in the further languages of the workspace."""
        topics = tuple(topics)
        facts = [fact for topic in topics for fact in topic.facts]
        series = [each for topic in topics for each in topic.series]
        figures: tuple[Fact | Series, ...] = (*facts, *series)
        said = [*_labelled(vocabulary, series, translate), *_anchored(vocabulary, facts)]
        self._families = Families((word for _, text, _ in said for word, _, _ in words_of(text)), _synonyms(vocabulary))
        self._weights = self._weigh(said)
        self._rarest = max(self._weights.values(), default=1.0)
        self._descriptions = tuple(self._describe(*each) for each in said)
        self._units = _units(figures)
        self._counted = _counted(self._units)
        self._unit_words = self._learn_units(said)
        self._entities = tuple(
            self._describe(id_, part, _LITTLE) for id_, name in vocabulary.entities for part in _parts(name, translate)
        )
        self.names = tuple(part for _, name in vocabulary.entities for part in _parts(name, translate) if " " in part)
        """Names of entities that are several words."""
        self._owners = _owners(figures)
        self._homes = _homes(topics)

    def guess(self, context: Mapping[str, float], named: Mapping[str, float], unit: str) -> Guess:
        """Return the best guess for a quantity with this unit ("" unknown) among words of these weights.

        `named` are the words of names of entities, which say of whom a quantity is and not what it is.
        """
        near = self._named(context)
        spoken = self._spoken(near | self._named(named))
        about = max(sorted(spoken), key=spoken.__getitem__, default="")
        scores: dict[str, float] = defaultdict(float)
        for description in self._descriptions:
            score = self._score(description, near) * self._fit(description.metric, unit)
            score *= self._concerns(description.metric, about)
            scores[description.metric] = max(scores[description.metric], score)
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:2]
        if not ranked or ranked[0][1] < LEAST:
            counted = self._counted.get(unit, ())
            if len(counted) != 1:
                return Guess(entity=about)
            return Guess(counted[0], self._entity(counted[0], spoken), self._homes.get(counted[0], ""), _ONLY_UNIT)
        (metric, best), *rest = ranked
        second = rest[0][1] if rest else 0.0
        confidence = min(1.0, best) * (1 - 0.5 * second / best)
        return Guess(metric, self._entity(metric, spoken), self._homes.get(metric, ""), round(confidence, 2))

    def _named(self, context: Mapping[str, float]) -> dict[str, float]:
        near: dict[str, float] = {}
        for word, weight in context.items():
            name = self._families.name(word)
            near[name] = max(weight, near.get(name, 0.0))
        return near

    def _score(self, description: _Description, near: Mapping[str, float]) -> float:
        """Return which part of a description stands near the quantity, from 0 to 1."""
        if not description.total:
            return 0.0
        # That something grew does not say what grew.
        if not any(word in near and word not in COMMON for word in description.words):
            return 0.0
        found = sum(weight * near.get(word, 0.0) for word, weight in description.words.items())
        # Of two that are said whole, the one that says more fits better.
        return found / description.total * found / (found + description.little)

    def _fit(self, metric: str, unit: str) -> float:
        known = self._units.get(metric)
        if known:
            return _KNOWN_UNIT if unit in known else _OTHER_UNIT if unit else 1.0
        expected = self._unit_words.get(metric, {})
        return (_NO_FIGURES + 0.6 * expected.get(unit, 0.0)) if expected else _NO_FIGURES

    def _weigh(self, said: Sequence[tuple[str, str, float]]) -> dict[str, float]:
        """Return the weight of each family: the fewer metrics it describes, the more it says."""
        by_word: dict[str, set[str]] = defaultdict(set)
        for metric, text, _ in said:
            for word, _, _ in words_of(text):
                by_word[self._families.name(word)].add(metric)
        count = len({metric for metric, _, _ in said})
        return {word: math.log((count + 1) / len(metrics)) for word, metrics in by_word.items()}

    def _describe(self, metric: str, text: str, little: float) -> _Description:
        names = {self._families.name(word) for word, _, _ in words_of(text)}
        words = {name: self._weights.get(name, self._rarest) for name in sorted(names)}
        return _Description(metric, words, sum(words.values()), little)

    def _learn_units(self, said: Sequence[tuple[str, str, float]]) -> dict[str, dict[str, float]]:
        """Return, for metrics without figures, how likely each unit is by the words of their labels."""
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for metric, text, _ in said:
            for name in {self._families.name(word) for word, _, _ in words_of(text)}:
                seen[name].update(self._units.get(metric, ()))
        found: dict[str, dict[str, float]] = {}
        for metric, text, _ in said:
            if metric in self._units:
                continue
            total: Counter[str] = Counter()
            for name in {self._families.name(word) for word, _, _ in words_of(text)}:
                if len(seen[name]) == 1:
                    total.update(seen[name])
            if total:
                found[metric] = {unit: number / total.total() for unit, number in total.items()}
        return found

    def _spoken(self, near: Mapping[str, float]) -> dict[str, float]:
        """Return the entities whose whole names stand near, and how much of a name that is."""
        found: dict[str, float] = defaultdict(float)
        for name in self._entities:
            if name.words and all(near.get(word, 0.0) for word in name.words):
                found[name.metric] = max(found[name.metric], sum(name.words[word] * near[word] for word in name.words))
        return dict(found)

    def _concerns(self, metric: str, about: str) -> float:
        """Return how well a metric fits to what the sentence is about."""
        owners = self._owners.get(metric)
        if not owners or not about:
            return 1.0
        return _SAME_ENTITY if about in owners else _OTHER_ENTITY

    def _entity(self, metric: str, spoken: Mapping[str, float]) -> str:
        """Return which of the entities of a metric stands near, else the one that has most of its figures."""
        owners = self._owners.get(metric) or Counter(spoken.keys())
        known = {id_: spoken.get(id_, 0.0) + _HABIT * math.log(1 + number) for id_, number in owners.items()}
        return max(sorted(known), key=known.__getitem__, default="")


def _parts(name: str, translate: Callable[[str], Iterable[str]]) -> Iterator[str]:
    """Yield a name and what stands in brackets behind it, which is another name, in each language."""
    for text in (name, *translate(name)):
        yield from (part.strip() for part in re.split(r"[()（）]", text) if part.strip())


def _synonyms(vocabulary: Vocabulary) -> Iterator[tuple[str, ...]]:
    """Yield the words of each unit: a workspace that counts residents as enterprises says that both are one."""
    for unit in vocabulary.units:
        if is_count(unit.id):
            phrases = [unit.one, unit.other, *(phrase for _, words in unit.words for phrase in words)]
            yield tuple(word for phrase in phrases if len(found := list(words_of(phrase))) == 1 for word, _, _ in found)


def _labelled(
    vocabulary: Vocabulary, series: Iterable[Series], translate: Callable[[str], Iterable[str]]
) -> Iterator[tuple[str, str, float]]:
    """Yield what the workspace calls each metric: its label, its id, the labels of its series."""
    for metric in vocabulary.metrics:
        for text in (metric.label, *translate(metric.label)):
            yield metric.id, text, _LITTLE
        yield metric.id, re.sub(r"[-_.]", " ", metric.id), _LITTLE
    for each in series:
        yield each.metric, each.label, _LITTLE


def _anchored(vocabulary: Vocabulary, facts: Iterable[Fact]) -> Iterator[tuple[str, str, float]]:
    """Yield the words in which documents spoke of each metric, without their figures."""
    for fact in facts:
        if fact.anchor:
            anchor = fold(fact.anchor)
            parts, at = [], 0
            for quantity in read(anchor, tongue(anchor, "en"), vocabulary):
                parts.append(anchor[at : quantity.start])
                at = quantity.end
            yield fact.metric, " ".join((*parts, anchor[at:])), _LITTLE_SAID


def _units(figures: Iterable[Fact | Series]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for each in figures:
        found[each.metric].add(each.unit)
    return dict(found)


def _counted(units: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """Return the metrics that have figures in each unit that counts things: institutes are counted by few."""
    found: dict[str, list[str]] = defaultdict(list)
    for metric in sorted(units):
        for unit in filter(is_count, units[metric]):
            found[unit].append(metric)
    return dict(found)


def _owners(figures: Iterable[Fact | Series]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for each in figures:
        found[each.metric][each.entity] += 1
    return dict(found)


def _homes(topics: Iterable[Topic]) -> dict[str, str]:
    """Return the topic that has most figures of each metric."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for topic in topics:
        figures: tuple[Fact | Series, ...] = (*topic.facts, *topic.series)
        for each in figures:
            counts[each.metric][topic.id] += 1
    return {metric: min(found, key=lambda topic: (-found[topic], topic)) for metric, found in counts.items()}
