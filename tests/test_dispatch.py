"""`briefing send`, `deliveries`, `recall` and `suppress` as a person types them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from test_cli import run

LISTS = (
    '\n[channels.shelf]\nkind = "memory"\n\n[[lists]]\nname = "city"\nchannel = "shelf"\n'
    'recipients = ["a@x", "refused@x", "unknown@x", "later@x"]\n'
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with lists and one edition."""
    import shutil

    from conftest import PROJECT

    folder = tmp_path_factory.mktemp("dispatch") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    with (folder / "briefing.toml").open("a", encoding="utf-8") as file:
        file.write(LISTS)
    assert run("build", cwd=folder).returncode == 0
    return folder


@pytest.fixture
def kept(built: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    import shutil

    shutil.copytree(built, tmp_path / "kept")
    return tmp_path / "kept"


@pytest.mark.slow
def test_a_dry_run_shows_who_gets_what_and_sends_nothing(kept: Path) -> None:
    shown = run("send", "library", "--to", "city", "--dry-run", cwd=kept)

    assert shown.returncode == 0, shown.stderr
    assert "a@x  library/2025-02-03.1 en (city, shelf): gets it" in shown.stdout
    assert run("deliveries", cwd=kept).stdout == ""
    listed = json.loads(run("send", "library", "--dry-run", "--json", cwd=kept).stdout)
    assert [each["gets"] for each in listed] == [True] * 4


@pytest.mark.slow
def test_what_was_sent_is_listed_and_an_unknown_is_decided(kept: Path) -> None:
    sent = run("send", "library", cwd=kept)

    assert sent.returncode == 1, sent.stderr
    assert "a@x  library/2025-02-03.1 en: sent  taken" in sent.stdout
    assert "refused@x  library/2025-02-03.1 en: refused  no such address" in sent.stdout
    asked = re.search(r"did it arrive\? briefing (deliveries --decide sent\|again (\w+))", sent.stdout)
    assert asked
    assert run("deliveries", "--decide", "sent", asked[2], cwd=kept).returncode == 0
    states = {each["address"]: each["state"] for each in json.loads(run("deliveries", "library", "--json", cwd=kept).stdout)}
    assert states == {"a@x": "sent", "refused@x": "refused", "unknown@x": "sent", "later@x": "owed"}
    one = run("deliveries", asked[2], cwd=kept).stdout
    assert "attempt 1: " in one
    assert run("deliveries", "--state", "refused", cwd=kept).stdout.count("\n") == 1
    assert "has it, since" in run("send", "library", cwd=kept).stdout


@pytest.mark.slow
def test_a_recall_corrects_those_who_hold_it_and_verify_says_so(kept: Path) -> None:
    run("send", "library", cwd=kept)
    facts = kept / "data/library/text.en.md"
    facts.write_text(facts.read_text("utf-8").replace("# ", "# Corrected ", 1), "utf-8")
    assert "no newer edition" in run("recall", "library/2025-02-03.1", "--reason", "wrong", cwd=kept).stderr
    assert run("build", cwd=kept).returncode == 0

    recalled = run("recall", "library/2025-02-03.1", "--reason", "the readers were counted twice", cwd=kept)

    assert "a@x  library/2025-02-03.2 en erratum for library/2025-02-03.1: sent" in recalled.stdout, recalled.stderr
    assert "once it is decided" in recalled.stderr
    wrong = run("verify", "reports/library/2025-02-03.1/library-2025-02-03.1.en.pdf", cwd=kept)
    assert wrong.returncode == 1
    assert "RECALLED on " in wrong.stdout
    assert "the readers were counted twice; instead of it: library/2025-02-03.2" in wrong.stdout
    assert run("verify", "reports/library/2025-02-03.2/library-2025-02-03.2.en.pdf", cwd=kept).returncode == 0
    assert "RECALLED" in run("editions", cwd=kept).stdout


@pytest.mark.slow
def test_who_is_suppressed_gets_nothing_until_it_is_lifted(kept: Path) -> None:
    assert "by phone" in run("suppress", "a@x", "--reason", "by phone", cwd=kept).stdout
    assert "suppressed: by phone" in run("send", "library", cwd=kept).stdout
    assert "a@x" in run("suppress", cwd=kept).stdout

    assert run("suppress", "a@x", "--lift", cwd=kept).stdout == ""
    assert "a@x  library/2025-02-03.1 en: sent" in run("send", "library", cwd=kept).stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("send", "libary"), "Did you mean 'library'?"),
        (("send", "library", "--to", "town"), "no list 'town'"),
        (("send", "--to", "city"), "--to without an edition"),
        (("recall", "library", "--reason", "x"), "no edition is named"),
        (("recall", "library/2025-02-03.1", "--reason", " "), "--reason is empty"),
        (("deliveries", "--decide", "perhaps", "x"), "--decide perhaps"),
        (("deliveries", "--decide", "sent", "x"), "no unknown delivery 'x'"),
        (("deliveries", "--state", "lost"), "--state lost"),
        (("suppress", "nobody@x", "--lift"), "'nobody@x' was not suppressed"),
    ],
)
def test_wrong_use_is_told_with_the_cure(built: Path, arguments: tuple[str, ...], words: str) -> None:
    told = run(*arguments, cwd=built)

    assert (told.returncode, told.stdout) == (2, "")
    assert words in told.stderr
    assert "Traceback" not in told.stderr


def test_a_turn_sends_what_a_cadence_says_and_build_sends_nothing(kept: Path) -> None:
    path = kept / "briefing.toml"
    path.write_text(path.read_text("utf-8").replace('channel = "shelf"\n', 'channel = "shelf"\ncadence = "each"\n'), "utf-8")
    assert run("build", cwd=kept).returncode == 0
    assert run("deliveries", cwd=kept).stdout == ""

    turn = run("run", cwd=kept)

    assert turn.returncode == 1, "somebody has to look at what was refused"
    assert "a@x  library/2025-02-03.1 en: sent  taken" in turn.stdout
    assert "a@x" not in run("run", cwd=kept).stdout
