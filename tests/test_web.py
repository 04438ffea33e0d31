"""The web door as a browser meets it: pages, languages, static files, and what every answer carries."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT
from patience import await_true
from serving import ROOT, Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one workspace to all tests of this module: none of them changes it."""
    folder = tmp_path_factory.mktemp("web") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    with serving(folder, "--no-schedules") as found:
        yield found


@pytest.mark.slow
def test_the_start_page_lists_the_topics(served: Served) -> None:
    answer = served.get("/")

    assert (answer.status, answer["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<h2>City Library</h2>" in answer.text
    assert "not built yet" in answer.text


def test_every_answer_lets_browsers_run_and_frame_nothing_foreign(served: Served) -> None:
    for path in ("/", "/nothing", "/static/web.css"):
        answer = served.get(path)

        assert answer["x-content-type-options"] == "nosniff"
        assert answer["referrer-policy"] == "same-origin"
        assert answer["x-frame-options"] == "SAMEORIGIN"
        policy = answer["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "unsafe" not in policy


def test_pages_hold_no_style_or_script_of_their_own(served: Served) -> None:
    page = served.get("/").text

    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", page) == []


@pytest.mark.parametrize(
    ("header", "language"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr, ru;q=0.5", "ru"), ("xx", "en"), ("", "en"), ("zh;q=0, be;q=nonsense, ru", "ru"), ("*", "en")],
)
def test_pages_speak_the_language_that_the_browser_asks_for(served: Served, header: str, language: str) -> None:
    answer = served.get("/", accept_language=header)

    assert answer["content-language"] == language
    assert f'<html lang="{language}">' in answer.text


def test_a_language_that_was_chosen_goes_before_the_browsers(served: Served) -> None:
    chosen = served.get("/language/ru?back=/?x=1")

    assert (chosen.status, chosen["location"]) == (303, "/?x=1")
    cookie = chosen["set-cookie"].partition(";")[0]
    assert served.get("/", cookie=cookie, accept_language="zh")["content-language"] == "ru"
    assert served.get("/language/xx").status == 404


@pytest.mark.parametrize("back", ["//evil.example", "/\\evil.example", "https://evil.example", "/%0d%0aSet-Cookie:x=1", ""])
def test_a_choice_of_language_leads_to_no_other_site(served: Served, back: str) -> None:
    assert served.get(f"/language/en?back={back}")["location"] == "/"


def test_static_files_may_be_kept_because_their_address_holds_their_sum(served: Served) -> None:
    (address,) = re.findall(r'href="(/static/web\.css\?v=[0-9a-f]{16})"', served.get("/").text)
    answer = served.get(address)

    assert (answer.status, answer["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in answer["cache-control"]


def test_what_is_not_there_is_a_page_with_a_way_back(served: Served) -> None:
    answer = served.get("/nothing")

    assert answer.status == 404
    assert "There is nothing here" in answer.text
    assert '<a href="/">' in answer.text


def test_the_log_has_a_line_a_request_and_nothing_of_its_query(served: Served) -> None:
    served.get("/before")
    await_true(lambda: " /before 404 " in served.log)
    before = len(served.log.splitlines())
    served.get("/?token=s3cret")
    served.get("/a%0Ab%1B%5B31m" + "x" * 900)

    # A line is written once the answer has gone out.
    await_true(lambda: len(served.log.splitlines()) >= before + 2)
    lines = served.log.splitlines()[before:]
    assert re.fullmatch(r"127\.0\.0\.1 local GET / 200 \d+ ms", lines[0])
    assert "s3cret" not in served.log
    assert "\x1b" not in lines[1]
    assert len(lines) == 2
    assert len(lines[1]) < 300


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_g05_a_foreign_name_that_leads_here_opens_nothing(served: Served, host: str) -> None:
    answer = served.ask("GET", "/", host=host)

    assert answer.status == 403
    assert "library" not in answer.text


def test_what_a_proxy_passes_on_is_not_taken_for_local(served: Served) -> None:
    assert served.get("/api/v1/topics", x_forwarded_for="203.0.113.9").status == 401


def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_so(served: Served) -> None:
    assert served.ask("POST", "/", b"x", content_length=str(1 << 30)).status == 413


@pytest.mark.slow
def test_g06_without_an_option_only_this_machine_is_listened_to(served: Served) -> None:
    # Local address and state are the second and the fourth word of a line: https://docs.kernel.org/networking/proc_net_tcp.html
    port = f"{int(served.netloc.rpartition(':')[2]):04X}"
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text("ascii").splitlines()[1:]]

    assert [row[1] for row in rows if row[1].endswith(f":{port}") and row[3] == "0A"] == [f"0100007F:{port}"]


def test_g06_an_address_that_others_reach_is_refused_without_a_token(project: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "generator", "-C", str(project), "serve", "--host", "0.0.0.0", "--port", "0"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (result.returncode, result.stdout) == (2, "")
    assert "can be reached from other machines" in result.stderr


@pytest.mark.slow
def test_a_port_that_is_taken_is_told_with_its_cure(served: Served) -> None:
    port = served.netloc.rpartition(":")[2]
    result = subprocess.run(
        [sys.executable, "-m", "generator", "-C", str(served.folder), "serve", "--port", port],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 3
    assert "choose a port with --port" in result.stderr


def test_wrong_settings_are_told_before_anything_is_served(project: Path) -> None:
    settings = project / "briefing.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[serve]\nport = 0\nqueue = "long"\nhots = []\n', "utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "generator", "-C", str(project), "serve"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 1
    for said in ("serve.port", "serve.queue", "Did you mean 'hosts'"):
        assert said in result.stderr, result.stderr


@pytest.mark.slow
def test_interrupting_it_ends_it_in_good_order(project: Path) -> None:
    with serving(project, "--no-schedules") as found:
        found.process.send_signal(signal.SIGINT)
        found.process.wait(300)


# --- pages of the workspace's own -----------------------------------------------------------------


@pytest.mark.slow
def test_a_mistake_in_a_page_of_ones_own_is_told_with_its_line_and_is_no_fault_of_the_program(project: Path) -> None:
    own = project / "templates/web"
    own.mkdir(parents=True)
    mistakes = {
        "start.html": (b'{% extends "layout.html" %}\n{% block main %}\n{{ nonsense }}\n{% endblock %}', "/", 3, "nonsense"),
        "topic.html": (b"<p>\n{% if %}", "/topics/library", 2, "Expected an expression"),
        "worklist.html": (b"\n\n<link href=\"{{ static('none.css') }}\">", "/findings", 3, "none.css"),
        "status.html": (b"\n<p>caf\xe9</p>", "/status", 2, "no UTF-8"),
        "review.html": (b"\n{% include 'none.html' %}", "/review", 2, "none.html"),
    }
    for name, (text, *_) in mistakes.items():
        (own / name).write_bytes(text)

    with serving(project, "--no-schedules") as served:
        answers = {name: served.get(path) for name, (_, path, _, _) in mistakes.items()}

    for name, (_, _, line, said) in mistakes.items():
        assert answers[name].status == 409
        assert f"<code>templates/web/{name}:{line}</code>" in answers[name].text
        assert said in answers[name].text
        assert "The program has a fault" not in answers[name].text
    assert "fault:" not in served.log


@pytest.mark.slow
def test_a_mistake_in_the_frame_of_every_page_is_told_in_plain_words(project: Path) -> None:
    own = project / "templates/web/layout.html"
    own.parent.mkdir(parents=True)
    own.write_text("<html>\n{{ nonsense\n", "utf-8")

    with serving(project, "--no-schedules") as served:
        page, nothing = served.get("/"), served.get("/nothing")

    assert (page.status, nothing.status) == (409, 404)
    for answer in (page, nothing):
        assert answer["content-type"] == "text/plain; charset=utf-8"
        assert "templates/web/layout.html:" in answer.text
        assert "Correct the template, or delete it" in answer.text


@pytest.mark.slow
def test_a_workspace_without_topics_leads_to_what_is_missing(project: Path) -> None:
    shutil.move(project / "data/library", project / "library")

    with serving(project, "--no-schedules") as served:
        page, findings = served.get("/").text, served.get("/findings").text

    assert "There are no topics yet." in page
    assert '<a href="/findings">What is missing</a>' in page
    assert "a folder with topic.toml and facts.csv" in findings
