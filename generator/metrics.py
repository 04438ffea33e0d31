"""The state of the engine for machines: metrics in the text format of Prometheus.

Place in the pipeline: a door; `/metrics` and `briefing status --metrics` print it. In: a `Status`; out: text by
https://prometheus.io/docs/instrumenting/exposition_formats/. Everything is read from the ledger, so every process on it
tells the same, and a restart forgets nothing. Ages are told as the instant they count from, as Prometheus advises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from .slots import unstamp
from .status import Status
from .tallies import BOUNDS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(status: Status) -> bytes:
    """Return the metrics of a state."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(status))
    return generate_latest(registry)


class _Told(Collector):
    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterable[Metric]:
        return [*_makings(self._status), *_courses(self._status), *_schedules(self._status), *_engine(self._status)]


def _makings(status: Status) -> Iterator[Metric]:
    makings = CounterMetricFamily("briefing_makings", "Makings that ended, by how.", labels=["outcome"])
    seconds = HistogramMetricFamily("briefing_making_seconds", "How long makings took.", labels=["outcome"])
    for tally in status.tallies:
        makings.add_metric([tally.outcome], sum(tally.counts))
        bounds = ["+Inf" if bound == BOUNDS[-1] else f"{bound:g}" for bound in BOUNDS]
        seconds.add_metric([tally.outcome], list(zip(bounds, accumulate(tally.counts), strict=True)), tally.seconds)
    yield makings
    yield seconds


def _courses(status: Status) -> Iterator[Metric]:
    labels = ["schedule", "topic"]
    good = GaugeMetricFamily(
        "briefing_last_good_timestamp_seconds", "When a topic's readers last had what they should.", labels=labels
    )
    failing = GaugeMetricFamily("briefing_failing", "1 where the newest making of a topic failed.", labels=labels)
    attempt = GaugeMetricFamily("briefing_failed_attempts", "How often it failed in a row.", labels=labels)
    for course in status.courses:
        key = [course.schedule, course.topic]
        if course.good:
            good.add_metric(key, unstamp(course.good.changed).timestamp())
        failing.add_metric(key, course.failing)
        attempt.add_metric(key, course.failure.attempt if course.failure and course.failing else 0)
    yield from (good, failing, attempt)


def _schedules(status: Status) -> Iterator[Metric]:
    coming = GaugeMetricFamily(
        "briefing_next_slot_timestamp_seconds", "When a schedule is due next.", labels=["schedule"]
    )
    late = GaugeMetricFamily("briefing_slot_late", "1 where a slot is due that nobody decided on.", labels=["schedule"])
    for each in status.schedules:
        if each.slot:
            coming.add_metric([each.schedule], each.slot.due.timestamp())
        late.add_metric([each.schedule], each.late)
    yield from (coming, late)


def _engine(status: Status) -> Iterator[Metric]:
    yield GaugeMetricFamily("briefing_ready", "1 where work can be done.", value=not status.problems)
    yield GaugeMetricFamily("briefing_queue_makings", "Makings that wait or are under way.", value=len(status.queue))
    yield GaugeMetricFamily("briefing_queue_slots", "Slots that are being made.", value=status.open_slots)
    yield CounterMetricFamily("briefing_alerts", "Alerts that were raised.", value=status.alerts)
    yield GaugeMetricFamily("briefing_alerts_untold", "Alerts that could not be told yet.", value=status.untold)
    told = "Deliveries of which a person has to say whether they arrived."
    yield GaugeMetricFamily("briefing_deliveries_unknown", told, value=status.undecided)
    if status.last_turn:
        turn = unstamp(status.last_turn).timestamp()
        yield GaugeMetricFamily("briefing_last_turn_timestamp_seconds", "When the last turn was.", value=turn)
