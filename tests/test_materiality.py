"""Materiality: which changes count, by a threshold a metric."""

from __future__ import annotations

from decimal import Decimal

import pytest

from generator.materiality import material_changes

LIMITS = (("trade", Decimal("0.05")), ("*", Decimal("0.5")))


def figure(value: str, metric: str = "trade", unit: str = "USD") -> dict[str, str]:
    return {"metric": metric, "value": value, "unit": unit}


@pytest.mark.parametrize(
    ("had", "has", "said"),
    [
        (figure("100"), figure("104.9"), ""),
        (figure("100"), figure("105"), "x was 100 USD and is 105 USD (5.0%)"),
        (figure("100"), figure("95"), "x was 100 USD and is 95 USD (5.0%)"),
        (figure("-100"), figure("100"), "x was -100 USD and is 100 USD (200.0%)"),
        (figure("0"), figure("0.1"), "x was 0 USD and is 0.1 USD"),
        (figure("100"), figure("100.0"), ""),
        (figure("100"), figure("100", unit="CNY"), "x was 100 USD and is 100 CNY (0.0%)"),
        (figure("2024-03-04"), figure("2024-03-05"), "x was 2024-03-04 and is 2024-03-05"),
        (figure("100", "students"), figure("140", "students"), ""),
        (figure("100", "students"), figure("150", "students"), "x was 100 USD and is 150 USD (50.0%)"),
        (None, figure("1"), "x is new"),
        (figure("1"), None, "x is withdrawn"),
    ],
)
def test_a_change_counts_from_its_metrics_threshold_on(
    had: dict[str, str] | None, has: dict[str, str] | None, said: str
) -> None:
    found = material_changes({"x": had} if had else {}, {"x": has} if has else {}, LIMITS)

    assert found == ([said] if said else [])


def test_a_metric_without_a_threshold_is_never_material() -> None:
    assert material_changes({"x": figure("1", "students")}, {"x": figure("9", "students")}, LIMITS[:1]) == []
