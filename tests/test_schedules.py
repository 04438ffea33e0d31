"""Schedules in briefing.toml: read strictly, every problem with its line, nothing guessed."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from generator.operation import read_operation
from generator.reading import Findings
from generator.schedules import Known, read_schedules
from generator.slots import Calendar, Schedule, fault_of
from generator.workspace import Workspace, read_settings

ROOT = Path(__file__).resolve().parent.parent
KNOWN = Known(("economy", "education"), ("en", "zh"), ("trade", "students"))
WEEKLY = '[schedules.weekly]\ncron = "0 7 * * 1"\nzone = "Europe/Minsk"\n'


def read(folder: Path, text: str) -> tuple[tuple[Schedule, ...], list[str]]:
    (folder / "briefing.toml").write_text(f'issuer = "x"\n{text}', "utf-8")
    findings = Findings()
    schedules = read_schedules(Workspace(folder), KNOWN, findings)
    assert bool(findings) or read_settings(Workspace(folder), findings).issuer == "x"
    return schedules, [str(finding) for finding in findings]


def test_the_shortest_schedule_makes_everything_always(tmp_path: Path) -> None:
    (schedule,), problems = read(tmp_path, WEEKLY)

    assert problems == []
    assert (schedule.name, schedule.cron, schedule.zone) == ("weekly", "0 7 * * 1", "Europe/Minsk")
    assert (schedule.topics, schedule.languages, schedule.when, schedule.catch_up) == ((), (), "always", "latest")
    assert schedule.strict


def test_every_key_is_read(tmp_path: Path) -> None:
    (schedule,), problems = read(
        tmp_path,
        WEEKLY
        + """topics = ["economy"]
languages = ["zh"]
calendar = "minsk"
holiday = "before"
catch_up = "none"
when = "material"
at_latest = 30
strict = false
material = { trade = "5%", "*" = "12.5 %" }
[calendars.minsk]
closed = ["saturday", "sunday"]
days = [2026-05-01, "12-25"]
open = [2026-05-16]
""",
    )

    assert problems == []
    assert schedule.calendar == Calendar(
        "minsk", frozenset({5, 6}), frozenset({date(2026, 5, 1)}), frozenset({(12, 25)}), frozenset({date(2026, 5, 16)})
    )
    assert (schedule.holiday, schedule.catch_up, schedule.at_latest, schedule.strict) == ("before", "none", 30, False)
    assert schedule.material == (("trade", Decimal("0.05")), ("*", Decimal("0.125")))


def test_a_release_calendar_stands_in_for_a_cron_line(tmp_path: Path) -> None:
    text = '[schedules.gdp]\nat = [2026-12-18T10:00:00, 2026-03-18T10:00:00]\nzone = "Asia/Shanghai"\n'

    (schedule,), problems = read(tmp_path, text)

    assert [moment.isoformat() for moment in schedule.at] == ["2026-03-18T10:00:00", "2026-12-18T10:00:00"]
    assert problems == []


PRESS = '[[lists]]\nname = "press"\nchannel = "post"\n'
MINSK = '[calendars.minsk]\nclosed = ["sunday"]\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (WEEKLY.replace("7 * * 1", "7 * *"), 3, "'0 7 * *': 4 fields instead of five"),
        (WEEKLY.replace("0 7 * * 1", "31 2 *"), 3, "'31 2 *': 3 fields instead of five"),
        (WEEKLY.replace("0 7 * * 1", "0 0 31 2 *"), 3, "Bad day-of-month"),
        (WEEKLY.replace("Europe/Minsk", "Europe/Minks"), 4, "Did you mean 'Europe/Minsk'?"),
        (WEEKLY.replace("Europe/Minsk", "../../etc/passwd"), 4, "no time zone"),
        (WEEKLY.replace("Europe/Minsk", "Europe"), 4, "no time zone"),
        (WEEKLY.replace("Europe/Minsk", "MSK+3"), 4, "no time zone"),
        (WEEKLY.replace('zone = "Europe/Minsk"\n', ""), 2, "schedules.weekly.zone: is missing"),
        (WEEKLY.replace('cron = "0 7 * * 1"\n', ""), 2, "expected one of `cron` and `at`"),
        (WEEKLY + "at = [2026-12-18T10:00:00]\n", 3, "beside `at`"),
        (WEEKLY.replace('cron = "0 7 * * 1"', "at = [2026-12-18]"), 3, "local times to the minute"),
        (WEEKLY.replace('cron = "0 7 * * 1"', "at = [2026-12-18T10:00:00Z]"), 3, "local times without a zone"),
        (WEEKLY.replace('cron = "0 7 * * 1"', "at = [2026-12-18T10:00:30]"), 3, "to the minute"),
        (WEEKLY.replace('cron = "0 7 * * 1"', "at = []"), 3, "local times"),
        (WEEKLY.replace('cron = "0 7 * * 1"', "at = 2026-12-18T10:00:00"), 3, "local times"),
        (WEEKLY + 'topics = ["economy", "econmy"]\n', 5, "no topic 'econmy'"),
        (WEEKLY + "topics = []\n", 5, "no such key for all of them"),
        (WEEKLY + 'topics = ["economy", "economy"]\n', 5, "each once"),
        (WEEKLY + 'languages = ["fr"]\n', 5, "no language 'fr'"),
        (WEEKLY + 'when = "sometimes"\n', 5, '"always" or "changed" or "material"'),
        (WEEKLY + 'catch_up = "last"\n', 5, "Did you mean 'latest'?"),
        (WEEKLY + 'when = "changed"\nat_latest = 0\n', 6, "a number of days above zero"),
        (WEEKLY + "at_latest = 30\n", 5, 'beside when = "always"'),
        (WEEKLY + 'when = "material"\n', 2, "no thresholds"),
        (WEEKLY + 'material = { trade = "5%" }\n', 5, 'with when = "always"'),
        (WEEKLY + 'when = "material"\nmaterial = { trad = "5%" }\n', 6, "Did you mean 'trade'?"),
        (WEEKLY + 'when = "material"\nmaterial = { trade = "0.05" }\n', 6, 'a percentage such as "5%"'),
        (WEEKLY + 'calendar = "minks"\n' + MINSK, 5, "Did you mean 'minsk'?"),
        (WEEKLY + 'holiday = "skip"\n', 5, "without a calendar"),
        (WEEKLY + MINSK, 5, "no schedule uses it"),
        (WEEKLY + 'calendar = "minsk"\nholiday = "next"\n' + MINSK, 6, '"before" or "after" or "skip"'),
        (WEEKLY.replace("* * 1", "* * 0") + 'calendar = "minsk"\nholiday = "skip"\n' + MINSK, 3, "never due on an open day"),
        (WEEKLY + 'calendar = "minsk"\n' + MINSK.replace("sunday", "Sunday"), 7, "Did you mean 'sunday'?"),
        (WEEKLY + 'calendar = "minsk"\n[calendars.minsk]\ndays = ["02-30"]\n', 7, "'02-30'"),
        (WEEKLY + 'calendar = "minsk"\n[calendars.minsk]\ndays = [2026-05-01T10:00:00]\n', 7, "datetime"),
        (WEEKLY + 'calendar = "minsk"\n[calendars.minsk]\nopen = [2026-05-16]\n', 6, "closes no day"),
        (WEEKLY + 'calendar = "minsk"\n[calendars.minsk]\nopen = "x"\ndays = ["05-01"]\n', 7, "expected dates"),
        (WEEKLY.replace("weekly", "Weekly"), 2, "lower-case letters"),
        (WEEKLY.replace("weekly", '"../x"'), 2, "lower-case letters"),
        (WEEKLY.replace("weekly", "w" * 41), 2, "at most 40"),
        (WEEKLY + "lists = []\n", 5, "no such key for nobody"),
        (WEEKLY + 'lists = ["pres"]\n' + PRESS, 5, "no list 'pres'; expected the names of [[lists]]"),
        (WEEKLY + 'lists = ["pres"]\n' + PRESS, 5, "Did you mean 'press'?"),
        (WEEKLY + 'lists = ["press"]\n', 5, "There is none yet"),
        (WEEKLY + 'lists = ["press", "press"]\n' + PRESS, 5, "each once"),
        (WEEKLY + 'lists = ["press"]\n' + PRESS + 'cadence = "weekly"\n', 5, 'goes out by itself: its cadence is "weekly"'),
        (WEEKLY + "strict = 1\n", 5, "true or false"),
        ('schedules = "daily"\n', 2, "a table [schedules]"),
        ("[schedules]\nweekly = 7\n", 3, "a table [weekly]"),
        (WEEKLY + WEEKLY, 5, "expected TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_schedule_left_out(tmp_path: Path, text: str, line: int, words: str) -> None:
    schedules, problems = read(tmp_path, text)

    assert any(problem.startswith(f"briefing.toml:{line}: error: ") and words in problem for problem in problems), problems
    assert schedules == () or "no schedule uses it" in words


def test_all_seven_days_cannot_be_closed(tmp_path: Path) -> None:
    week = '["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]'

    _, problems = read(tmp_path, f'{WEEKLY}calendar = "c"\n[calendars.c]\nclosed = {week}\n')

    assert any("every day of the week" in problem for problem in problems)


def test_one_wrong_schedule_leaves_the_others_alone_and_all_problems_are_told(tmp_path: Path) -> None:
    monthly = WEEKLY.replace("weekly", "monthly").replace("* * 1", "1 * *")
    wrong = WEEKLY.replace("weekly", "wrong").replace("Minsk", "Mins") + 'when = "x"\ntopics = ["y"]\n'

    schedules, problems = read(tmp_path, monthly + wrong)

    assert [schedule.name for schedule in schedules] == ["monthly"]
    assert len(problems) == 3


def test_check_tells_what_is_wrong_with_a_schedule(project: Path) -> None:
    with (project / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write(WEEKLY.replace("* * 1", "* * 8"))

    result = subprocess.run(
        [sys.executable, "-m", "generator", "-C", str(project), "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert result.returncode == 1
    assert re.search(r"^briefing\.toml:\d+: error: schedules\.weekly\.cron: '0 7 \* \* 8': Bad day-of-week", result.stdout, re.MULTILINE)


EXAMPLES = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/schedules.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", [text for text in EXAMPLES if "[schedules" in text])
def test_the_examples_of_the_documentation_are_sound(tmp_path: Path, example: str) -> None:
    schedules, problems = read(tmp_path, f'{example}\n[[lists]]\nname = "ministry"\n')

    assert problems == []
    assert schedules


def test_every_key_stands_in_the_documentation() -> None:
    text = (ROOT / "docs/schedules.md").read_text("utf-8")
    keys = {name for name in Schedule.__dataclass_fields__ if name not in ("name", "place", "kind")} | {"closed", "days", "open"}

    assert [key for key in keys if f"`{key}`" not in text] == []


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs/schedules.md").read_text("utf-8"), re.DOTALL)


def test_the_line_of_cron_in_the_documentation_is_one() -> None:
    (line,) = blocks("crontab")

    *times, command = line.split(maxsplit=5)
    assert fault_of(" ".join(times)) == ""
    assert "briefing run" in command


def test_the_systemd_units_in_the_documentation_have_their_form() -> None:
    service, timer = (configparser.ConfigParser() for _ in range(2))
    for parser, text in zip((service, timer), blocks("ini"), strict=True):
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(text)

    assert service["Service"]["ExecStart"].endswith("briefing run")
    assert service["Service"]["Type"] == "oneshot"
    assert timer["Timer"]["OnCalendar"] == "*:0/5"
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_cronjob_in_the_documentation_has_its_form() -> None:
    (job,) = map(yaml.safe_load, blocks("yaml"))

    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert fault_of(job["spec"]["schedule"]) == ""
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["command"][-1] == "run"


@pytest.mark.parametrize(
    ("engine", "words"),
    [
        ('database = "postgresql://briefing@db/briefing"', ""),
        ('database = "postgresql://briefing@db/briefing"\nschema = "east"', ""),
        ('alert = ["page", "me"]', ""),
        ('database = "postgresql://briefing:secret@db/briefing"', "Give it in PGPASSWORD"),
        ('database = "postgresql://db/briefing?password=secret"', "Give it in PGPASSWORD"),
        ('database = "mysql://db/briefing"', "expected postgresql://"),
        ('database = "postgresql://db"', "expected postgresql://"),
        ('database = "postgresql://db:x/briefing"', "expected postgresql://"),
        ('database = "briefing.sqlite"', "expected postgresql://"),
        ('schema = "east"', "without a database"),
        ('database = "postgresql://db/briefing"\nschema = "East; drop"', "lower-case letters"),
        ('alert = "page me"', "a list of texts"),
        ("tries = 5", "tries: is unknown"),
    ],
)
def test_the_table_of_the_engine_is_read_strictly_and_never_shows_a_password(tmp_path: Path, engine: str, words: str) -> None:
    (tmp_path / "briefing.toml").write_text(f'issuer = "x"\n[engine]\n{engine}\n', "utf-8")
    findings = Findings()

    read_operation(Workspace(tmp_path), findings)

    said = "\n".join(map(str, findings))
    assert (words in said, bool(findings), "secret" in said) == (True, bool(words), False), said
