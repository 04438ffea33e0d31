"""Formulas: what they compute, in which unit, and what is never evaluated."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.formula import (
    FormulaError,
    MalformedError,
    UndefinedError,
    UnitError,
    UnknownIdError,
    Valued,
    check_unit,
    evaluate,
    evaluate_series,
    ingredients,
    lagged,
    references,
    shown,
)
from generator.periods import Period, parse_period

VALUES = {
    "trade.2022": Valued.of(Decimal(5080000000), "USD"),
    "trade.1992": Valued.of(Decimal(60800000), "USD"),
    "profit": Valued.of(Decimal(34100000), "BYN"),
    "growth": Valued.of(Decimal(33), "percent"),
    "points": Valued.of(Decimal(3), "percentage point"),
    "multiple": Valued.of(Decimal("1.4"), "times"),
    "firms": Valued.of(Decimal(107), "enterprise"),
    "nothing": Valued.of(Decimal(0), "USD"),
}


@pytest.mark.parametrize(
    ("expression", "amount", "unit"),
    [
        ("round({trade.2022} / {trade.1992}, 1)", "83.6", ""),
        ("round(({trade.2022} / {trade.1992} - 1) * 100)", "8255", "percent"),
        ("{trade.2022} - {trade.1992}", "5019200000", "USD"),
        ("round({trade.2022} / (1 + {growth} / 100), 0)", "3819548872", "USD"),
        ("{growth} - {points}", "30", "percentage point"),
        ("{trade.1992} * {multiple}", "85120000", "USD"),
        ("round({trade.2022} / {firms})", "47476636", "USD"),
        ("round({firms} / {firms} * 100)", "100", "percent"),
        ("-{growth} + +{growth}", "0", "percent"),
        ("{firms} * 2", "214", "enterprise"),
        ("round(2.5)", "3", ""),
        ("round(0.125, 2)", "0.13", ""),
        ("round(-2.5)", "-3", ""),
        ("0.1 + 0.2", "0.3", "times"),
        ("{firms}\n+ {firms}", "214", "enterprise"),
    ],
)
def test_a_formula_is_decimal_arithmetic_with_units(expression: str, amount: str, unit: str) -> None:
    result = evaluate(expression, VALUES)

    check_unit(result, unit)
    assert result.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("{trade.2022} + {profit}", "USD and BYN added; expected one unit"),
        ("{trade.2022} - {firms}", "USD and enterprise added"),
        ("{growth} + 1", "percent and a pure number added; expected one unit. Divide a percentage by 100 first"),
        ("{growth} + {multiple}", "percent and a pure number added"),
    ],
)
def test_unlike_units_are_not_added(expression: str, message: str) -> None:
    with pytest.raises(UnitError, match=message):
        evaluate(expression, VALUES)


@pytest.mark.parametrize(
    ("expression", "unit", "message"),
    [
        ("{trade.2022}", "BYN", "the formula gives USD; expected BYN"),
        ("{trade.2022} / {trade.1992}", "USD", "the formula gives a pure number; expected USD"),
        ("{growth} * {trade.1992}", "USD", r"the formula gives USD \* percent; expected USD"),
        ("{growth}", "times", "the formula gives percent; expected times"),
        ("{trade.2022} / {firms}", "enterprise", "the formula gives USD / enterprise; expected enterprise"),
        ("{firms} * {firms}", "enterprise", r"enterprise\^2; expected enterprise"),
    ],
)
def test_a_result_in_another_unit_than_declared_is_refused(expression: str, unit: str, message: str) -> None:
    with pytest.raises(UnitError, match=message):
        check_unit(evaluate(expression, VALUES), unit)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('touch pwned')", "@pd.io.common.os.system('touch pwned')", "{firms}.__class__",
        "{firms}.real", "{firms}[0]", "_0 + {firms}", "_0", "(lambda: 1)()", "[1]", "1 if 2 else 3", "1 < 2",
        "{firms} ** 2", "{firms} // 2", "{firms} % 2", "1e999", "0x10", "1_000", "True", "'a'", "f'{firms}'",
        "round(*{firms})", "round({firms}, ndigits=1)", "round({firms}, {firms})", "round({firms}, 99)", "round",
        "round()", "exec({firms})", "previous({firms})", "previous(1)", "{firms}{firms}", "2{firms}", "{}", "{",
        "}", "{{firms}}", "{a b}", "{../x}", "{__class__.x} + y", "", "1 +", "1,2", "(1,)", "01",
        "(" * 240 + "1" + ")" * 240, "1+" * 400 + "1", "１ + 1", "1 := 2",
    ],
)  # fmt: skip
def test_anything_but_arithmetic_is_refused_and_never_run(
    expression: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises((MalformedError, UnknownIdError), match="expected"):
        evaluate(expression, VALUES)

    assert list(tmp_path.iterdir()) == []


@given(st.text(alphabet="0123456789.+-*/(){}, roundpevisxyz_'\"[]=:\n", max_size=60))
def test_any_text_is_a_number_or_one_of_our_errors(expression: str) -> None:
    try:
        result = evaluate(expression, VALUES)
    except FormulaError:
        return

    assert result.amount.is_finite()


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    assert evaluate("-" * 400 + "1", {}).amount == 1
    with pytest.raises(MalformedError, match="500 at most"):
        evaluate("-" * 501 + "1", {})


def test_an_unknown_id_names_the_nearest() -> None:
    with pytest.raises(UnknownIdError, match=r"no 'trade.202'; .* Did you mean 'trade.2022'\?"):
        evaluate("{trade.202} / {trade.1992}", VALUES)


def test_division_by_zero_is_undefined() -> None:
    with pytest.raises(UndefinedError, match="division by zero"):
        evaluate("{trade.2022} / {nothing}", VALUES)


def test_an_error_keeps_what_was_found_expected_and_the_cure() -> None:
    with pytest.raises(FormulaError) as caught:
        evaluate("{trade.2022} / {nothing}", VALUES)

    error = caught.value
    assert (error.found, error.expected, error.cure) == (
        "division by zero", "a number", "Correct the formula or the values.",
    )  # fmt: skip


def test_references_come_in_order_and_once() -> None:
    assert references("round({b} / {a.x-1} + {b}, 1)") == ("b", "a.x-1")


@given(st.decimals(min_value=-10**12, max_value=10**12, places=3), st.decimals(min_value=1, max_value=10**9, places=2))
def test_a_ratio_times_its_base_is_the_value(value: Decimal, base: Decimal) -> None:
    values = {"a": Valued.of(value, "USD"), "b": Valued.of(base, "USD")}

    assert evaluate("round({a} / {b} * {b}, 3)", values) == Valued.of(value, "USD")


# --- series ---------------------------------------------------------------------------------------


def rows(**values: float | None) -> list[tuple[Period, Decimal | None]]:
    return [
        (parse_period(period[1:].replace("_", "-")), None if value is None else Decimal(str(value)))
        for period, value in values.items()
    ]


def computed(expression: str, **series: list[tuple[Period, Decimal | None]]) -> dict[str, Decimal | None]:
    return {str(period): value for period, value in evaluate_series(expression, series)}


GROWTH = "round(({gdp} / previous({gdp}) - 1) * 100, 1)"


def test_growth_needs_the_directly_preceding_period() -> None:
    gdp = rows(y2020=100, y2021=110, y2023=120)

    assert computed(GROWTH, gdp=gdp) == {"2020": None, "2021": Decimal(10), "2023": None}


def test_a_missing_value_stays_missing() -> None:
    gdp = rows(y2020=100, y2021=None, y2022=120)

    assert computed(GROWTH, gdp=gdp) == {"2020": None, "2021": None, "2022": None}


def test_a_month_is_no_predecessor_of_a_year() -> None:
    gdp = rows(y2020_12=100, y2021=110)

    assert computed(GROWTH, gdp=gdp) == {"2020-12": None, "2021": None}


@pytest.mark.parametrize(
    ("first", "second"), [("2021-12", "2022-01"), ("2021-Q4", "2022-Q1"), ("2021-H2", "2022-H1"), ("2019/20", "2020/21")]
)
def test_every_kind_of_period_has_a_predecessor(first: str, second: str) -> None:
    gdp = [(parse_period(first), Decimal(100)), (parse_period(second), Decimal(105))]

    assert computed(GROWTH, gdp=gdp)[second] == 5


def test_an_interval_has_no_predecessor() -> None:
    gdp = [(parse_period("2021-01/2021-06"), Decimal(100)), (parse_period("2021-07/2021-12"), Decimal(105))]

    assert set(computed(GROWTH, gdp=gdp).values()) == {None}


def test_two_series_meet_where_both_have_a_value() -> None:
    result = computed("{trade} / {gdp}", trade=rows(y2020=10, y2021=20), gdp=rows(y2021=40, y2022=50))

    assert result == {"2020": None, "2021": Decimal("0.5"), "2022": None}


def test_the_result_is_in_the_order_of_time() -> None:
    assert list(computed("{gdp}", gdp=rows(y2022=1, y2020=2, y2021=3))) == ["2020", "2021", "2022"]


def test_two_values_for_one_period_are_refused() -> None:
    with pytest.raises(FormulaError, match="series 'gdp' has two values for 2020"):
        computed("{gdp}", gdp=[*rows(y2020=1), *rows(y2020=2)])


def test_division_by_zero_names_the_period() -> None:
    with pytest.raises(UndefinedError, match="division by zero at 2021"):
        computed(GROWTH, gdp=rows(y2020=0, y2021=5))


def test_an_unknown_series_is_refused() -> None:
    with pytest.raises(UnknownIdError, match=r"no 'gpd'; .* Did you mean 'gdp'"):
        computed("{gpd}", gdp=rows(y2020=1))


def test_units_of_series_are_checked_when_they_are_given() -> None:
    series = {"gdp": rows(y2020=1), "people": rows(y2020=1)}
    units = {"gdp": "USD", "people": "person"}

    assert evaluate_series("{gdp} / {people}", series, units=units, result="USD")[0][1] == 1
    with pytest.raises(UnitError, match="USD and person added"):
        evaluate_series("{gdp} + {people}", series, units=units, result="USD")
    with pytest.raises(UnitError, match="gives USD; expected percent"):
        evaluate_series("{gdp}", series, units=units, result="percent")


def test_previous_has_no_value_where_the_series_breaks() -> None:
    rows = [(parse_period(year), Decimal(value)) for year, value in (("2020", "1"), ("2021", "2"), ("2022", "4"))]

    values = evaluate_series("{x} / previous({x})", {"x": rows}, breaks={"x": {parse_period("2021")}})

    assert [value for _, value in values] == [None, None, 2]


def test_what_a_formula_takes_from_the_period_before_is_told_apart() -> None:
    assert lagged("{a} / previous({b}) + {b} * previous({c})") == (("a", "b"), ("b", "c"))


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("round({a} / {b}, 1)", "A ÷ B"),
        ("({a} / {b} - 1) * 100", "(A ÷ B − 1) × 100"),
        ("{a} - ({b} - {c})", "A − (B − C)"),
        ("{a} - {b} - {c}", "A − B − C"),
        ("{a} / ({b} * {c})", "A ÷ (B × C)"),
        ("-{a} * 2.5", "−A × 2.5"),
        ("-({a} + {b})", "−(A + B)"),
        ("round(({a} + {b}) / {c}, -7)", "(A + B) ÷ C"),
        ("round({a} + {b}) * {c}", "(A + B) × C"),
    ],
)
def test_a_formula_is_printed_with_what_its_ids_stand_for(expression: str, printed: str) -> None:
    assert shown(expression, {"a": "A", "b": "B", "c": "C"}) == printed


def test_the_ids_of_what_is_no_formula_are_none() -> None:
    assert (ingredients("{a} / {b}"), ingredients(""), ingredients("{a")) == (("a", "b"), (), ())
