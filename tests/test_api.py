"""The API as programs meet it: lists, editions, PDFs in parts, builds, problems, and what its description promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from conftest import PROJECT
from patience import await_true
from serving import Answer, Served, serving

BUILDS = "/api/v1/builds"
LIBRARY = {"topic": "library"}
WARMED = "2025-02-03.1"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve one workspace, with an edition, to all tests of this module: none of them changes its files."""
    folder = tmp_path_factory.mktemp("api") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    with serving(folder, "--no-schedules", "--workers", "1") as found:
        built = build(found, LIBRARY)
        assert [outcome["edition"] for outcome in built["outcomes"]] == [WARMED], built
        yield found


def ended(served: Served, accepted: Answer) -> dict[str, object]:
    """Return a build once it has ended."""
    assert accepted.status in (200, 202), accepted.text
    await_true(lambda: served.get(accepted["location"]).json["ended"] != "")
    found: dict[str, object] = served.get(accepted["location"]).json
    return found


def build(served: Served, asked: object, **headers: str) -> dict[str, object]:
    return ended(served, served.post(BUILDS, asked, **headers))


def pdf(served: Served, **headers: str) -> Answer:
    return served.get(f"/api/v1/editions/library/{WARMED}/pdf/en", **headers)


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_topic_tells_its_newest_edition(served: Served) -> None:
    (topic,) = served.get("/api/v1/topics").json["items"]

    assert (topic["id"], topic["facts"], topic["newest"]) == ("library", 6, {"en": WARMED})
    assert served.get("/api/v1/topics/library").json == topic


def test_a_fact_has_its_value_as_text_and_its_anchor(served: Served) -> None:
    fact = served.get("/api/v1/topics/library/facts/readers.2024").json

    assert (fact["value"], fact["unit"], fact["check"]) == ("12500", "reader", "now")
    assert fact["anchor"] == "In 2024 the library had 12,500 readers"
    assert fact["place"] == {"file": "data/library/facts.csv", "line": 2}


def test_lists_come_in_parts_that_lead_to_each_other(served: Served) -> None:
    whole = served.get("/api/v1/facts").json
    parts, address = [], "/api/v1/facts?limit=4&topic=library"
    while address:
        part = served.get(address).json
        parts, address = parts + part["items"], part["next"]

    assert (whole["total"], whole["next"]) == (6, "")
    assert parts == whole["items"]
    assert served.get("/api/v1/facts?topic=nothing").json["items"] == []


def test_a_series_shows_a_missing_value_as_null(served: Served) -> None:
    rows = served.get("/api/v1/topics/library/series/loans").json["rows"]

    assert {row["period"]: row["value"] for row in rows} == {
        "2019": "40000", "2020": "18000", "2021": "25500", "2022": None, "2023": "41250", "2024": "43000"
    }  # fmt: skip


@pytest.mark.slow
def test_a_change_of_a_file_is_seen_and_findings_leave_the_lock_alone(project: Path) -> None:
    with serving(project, "--no-schedules", "--workers", "1") as found:
        assert found.get("/api/v1/findings").json["items"] == []
        facts = project / "data/library/facts.csv"
        facts.write_text(facts.read_text("utf-8").replace(",12500,", ",12600,"), "utf-8")
        findings = found.get("/api/v1/findings?severity=error").json["items"]

        assert [each["place"] for each in findings][:1] == [{"file": "data/library/facts.csv", "line": 2}]
        assert found.get("/api/v1/topics/library/facts/readers.2024").json["value"] == "12600"
        assert not (project / "data/evidence.lock").exists()
        failed = build(found, LIBRARY)
        assert (failed["state"], failed["retry"]) == ("failed", False)
        assert "12600" in json.dumps(failed["findings"]) or "12,600" in json.dumps(failed["findings"])


def test_every_numeral_of_an_edition_leads_to_its_source(served: Served) -> None:
    numbers = served.get(f"/api/v1/editions/library/{WARMED}/numbers?limit=1000").json

    readers = [each for each in numbers["items"] if each["numeral"] == "12,500"]
    assert readers
    assert all("REPORT" in each["sources"] for each in readers)
    second = served.get(f"/api/v1/editions/library/{WARMED}/numbers?page=2&limit=1000").json["items"]
    assert second
    assert {each["page"] for each in second} == {2}
    assert served.get(f"/api/v1/editions/library/{WARMED}/record").json["edition"] == WARMED


# --- PDFs -----------------------------------------------------------------------------------------


def test_a_pdf_is_sent_as_it_was_kept(served: Served) -> None:
    answer = pdf(served)

    kept = (served.folder / f"reports/library/{WARMED}/library-{WARMED}.en.pdf").read_bytes()
    assert (answer.status, answer["content-type"], answer.body) == (200, "application/pdf", kept)
    (file,) = served.get(f"/api/v1/editions/library/{WARMED}").json["files"]
    assert answer["etag"] == f'"{file["sha256"]}"'
    assert answer["content-disposition"] == f'inline; filename="library-{WARMED}.en.pdf"'
    assert served.get(file["href"] + "?layout=brief").status == 404
    assert served.get(file["href"] + "?layout=other").status == 422
    saved = served.get(file["href"] + "?download=true")
    assert saved["content-disposition"].startswith("attachment;")
    head = served.ask("HEAD", file["href"])
    assert (head.status, head.body, head["content-length"]) == (200, b"", str(len(kept)))


@pytest.mark.parametrize("header", ["{etag}", 'W/{etag}, "x"', '"x", {etag}', "*"])
def test_what_the_caller_has_already_is_not_sent_again(served: Served, header: str) -> None:
    etag = pdf(served)["etag"]
    answer = pdf(served, if_none_match=header.format(etag=etag))

    assert (answer.status, answer.body, answer["etag"]) == (304, b"", etag)
    assert pdf(served, if_none_match='"another"').status == 200


def test_conditions_on_dates_and_versions_hold(served: Served) -> None:
    first = pdf(served)
    written = parsedate_to_datetime(first["last-modified"])

    assert written <= datetime.now(UTC)
    assert pdf(served, if_modified_since=first["last-modified"]).status == 304
    assert pdf(served, if_modified_since="Thu, 01 Jan 1970 00:00:00 GMT").status == 200
    assert pdf(served, if_modified_since="yesterday").status == 200
    assert pdf(served, if_modified_since=first["last-modified"], if_none_match='"another"').status == 200
    assert pdf(served, if_match=first["etag"]).status == 200
    assert pdf(served, if_match='"another"').status == 412
    assert pdf(served, if_match=f"W/{first['etag']}").status == 412


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None), ("bytes=5-99999999", 5, None)],
)
def test_a_range_is_sent_in_part(served: Served, asked: str, start: int, end: int | None) -> None:
    whole = pdf(served).body
    answer = pdf(served, range=asked)

    assert (answer.status, answer.body) == (206, whole[start:end])
    first = start % len(whole)
    assert answer["content-range"] == f"bytes {first}-{first + len(answer.body) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_that_is_not_there_is_a_problem_that_tells_the_size(served: Served, asked: str) -> None:
    answer = pdf(served, range=asked)

    assert (answer.status, answer["content-range"]) == (416, f"bytes */{len(pdf(served).body)}")
    assert answer["content-type"] == "application/problem+json"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=0-5", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-2"])
def test_a_range_that_is_none_gets_the_whole(served: Served, asked: str) -> None:
    assert (pdf(served, range=asked).status, pdf(served, range=asked).body) == (200, pdf(served).body)


def test_a_range_of_another_version_gets_the_whole(served: Served) -> None:
    first = pdf(served)

    assert pdf(served, range="bytes=0-9", if_range=first["etag"]).status == 206
    assert pdf(served, range="bytes=0-9", if_range=first["last-modified"]).status == 206
    assert pdf(served, range="bytes=0-9", if_range='"another"').status == 200


@pytest.mark.slow
def test_the_one_page_layout_is_a_pdf_of_its_own(project: Path) -> None:
    settings = project / "briefing.toml"
    settings.write_text('layouts = ["full", "brief"]\n' + settings.read_text("utf-8"), "utf-8")
    with serving(project, "--no-schedules", "--workers", "1") as found:
        (outcome,) = build(found, LIBRARY)["outcomes"]  # type: ignore[misc]
        full, brief = outcome["files"]
        answers = {file["layout"]: found.get(file["href"]) for file in (full, brief)}

    assert (full["layout"], brief["layout"], brief["pages"]) == ("full", "brief", 1)
    for file in (full, brief):
        assert answers[file["layout"]]["etag"] == f'"{file["sha256"]}"'
    assert answers["full"].body != answers["brief"].body


# --- builds ---------------------------------------------------------------------------------------


def test_an_unchanged_briefing_is_answered_at_once_with_the_edition_that_is_there(served: Served) -> None:
    answer = served.post(BUILDS, LIBRARY)

    assert answer.status == 200
    assert [(each["state"], each["edition"]) for each in answer.json["outcomes"]] == [("unchanged", WARMED)]
    assert answer.json["steps"] == []
    assert served.get(answer["location"]).json == answer.json


@pytest.mark.slow
def test_a_changed_fact_becomes_a_new_pdf_that_is_followed_step_by_step(project: Path) -> None:
    with serving(project, "--no-schedules", "--workers", "1") as found:
        first = build(found, LIBRARY)
        note = project / "data/library/text.en.md"
        note.write_text(note.read_text("utf-8").replace("Loans fell", "Loans, we saw, fell"), "utf-8")
        accepted = found.post(BUILDS, LIBRARY)
        events = found.get(accepted.json["events"])

        assert accepted.status == 202
        assert events["content-type"] == "text/event-stream; charset=utf-8"
        assert events["x-accel-buffering"] == "no", "nginx holds the steps back"
        told = [block.splitlines() for block in events.text.strip().split("\n\n")]
        names = [json.loads(lines[2].removeprefix("data: ")).get("name") for lines in told if lines[0] == "event: step"]
        assert names == ["Read", "Check", "Draw", "Write", "Print", "Inspect", "Keep"]
        assert told[-1][0] == "event: end"
        end = json.loads(told[-1][2].removeprefix("data: "))
        assert end == found.get(accepted["location"]).json
        assert end["outcomes"][0]["edition"] != first["outcomes"][0]["edition"]  # type: ignore[index]
        assert found.get(end["outcomes"][0]["files"][0]["href"]).body.startswith(b"%PDF-")
        rest = found.get(accepted.json["events"], last_event_id="6").text
        assert rest.count("event: step") == 1


@pytest.mark.slow
def test_the_same_edition_asked_by_many_at_once_is_built_once(project: Path) -> None:
    with serving(project, "--no-schedules", "--workers", "2") as found:
        with ThreadPoolExecutor(12) as crowd:
            answers = list(crowd.map(lambda _: ended(found, found.post(BUILDS, LIBRARY)), range(12)))

        assert {answer["state"] for answer in answers} == {"done"}
        assert len({answer["id"] for answer in answers if answer["steps"]}) == 1
        assert len(found.get("/api/v1/editions").json["items"]) == 1


def test_the_same_key_gives_the_same_build_and_another_body_is_refused(served: Served) -> None:
    first = served.post(BUILDS, LIBRARY, idempotency_key="k-1")
    second = served.post(BUILDS, LIBRARY, idempotency_key="k-1")
    other = served.post(BUILDS, {**LIBRARY, "strict": True}, idempotency_key="k-1")

    assert first.json == second.json
    assert (other.status, other.json["retry"]) == (422, False)
    assert served.post(BUILDS, LIBRARY, idempotency_key="k-2").json["id"] != first.json["id"]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"topic": "libary"}, 404, "no such thing"),
        ({}, 422, "topic"),
        ({"topic": "library", "languages": ["xx-nonsense"]}, 409, "xx-nonsense"),
        ({"topic": "library", "as_of": "yesterday"}, 422, "as_of"),
        ({"topic": "library", "as_of": "2026-02-31"}, 422, "as_of"),
        ({"topic": "library", "as_of": "9999-01-01"}, 409, "yet to come"),
        ({"topic": "library", "force": True}, 422, "force"),
        ([1, 2], 422, "body"),
        ({"topic": "../library"}, 404, "no such thing"),
    ],
)
def test_a_build_that_cannot_be_is_your_request_and_not_to_be_tried_again(
    served: Served, asked: object, status: int, said: str
) -> None:
    answer = served.post(BUILDS, asked)

    assert (answer.status, answer["content-type"]) == (status, "application/problem+json")
    assert answer.json["retry"] is False
    assert answer["retry-after"] == ""
    assert said in answer.json["detail"]


def test_what_is_not_there_says_where_to_look(served: Served) -> None:
    missing = served.post(BUILDS, {"topic": "libary"}).json

    assert "`/api/v1/topics`" in missing["cure"]
    assert served.get("/api/v1/topics/libary").json["cure"] == missing["cure"]


def test_json_that_is_sent_as_a_form_is_told_the_header(served: Served) -> None:
    form = served.ask("POST", BUILDS, b'{"topic": "library"}', content_type="application/x-www-form-urlencoded")

    assert (form.status, form.json["cure"]) == (422, "Send the body as JSON, with the header `Content-Type: application/json`.")


def test_a_body_that_is_no_json_is_told(served: Served) -> None:
    broken = served.ask("POST", BUILDS, b"{", content_type="application/json")
    assert (broken.status, broken.json["retry"]) == (422, False)
    assert served.ask("POST", BUILDS, b"topic=library", content_type="text/plain").status in (415, 422)
    assert served.ask("PUT", BUILDS)["allow"] == "GET, HEAD, POST"


def test_problems_tell_what_they_are(served: Served) -> None:
    problem = served.get("/api/v1/nothing").json

    kind = served.get(problem["type"]).json
    assert (kind["status"], kind["retry"]) == (404, False)
    assert served.get("/api/v1/problems/full").json["retry"] is True
    assert served.get("/api/v1/problems/nothing").status == 404


# --- the description ------------------------------------------------------------------------------


def test_the_description_says_for_every_route_what_may_go_wrong(served: Served) -> None:
    described = served.get("/api/v1/openapi.json").json

    assert described["openapi"].startswith("3.1")
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            assert told["responses"]["404"]["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}
            }, f"{method} {path}"
            # Too many wrong tokens, and an edition that is not as it was kept.
            assert {"410", "429", "503"} <= set(told["responses"]), f"{method} {path}"
    text = Path(__file__).resolve().parent.parent.joinpath("docs/serve.md").read_text("utf-8")
    assert [path for path in described["paths"] if f"`{path}`" not in text] == []


def test_the_examples_of_the_documentation_run(served: Served) -> None:
    text = Path(__file__).resolve().parent.parent.joinpath("docs/serve.md").read_text("utf-8")
    shown = re.findall(r"^curl .+$", text.partition("From an order to its PDF")[0], re.MULTILINE)

    answers = [
        json.loads(subprocess.run(["sh", "-c", line.replace("127.0.0.1:8321", served.netloc)], capture_output=True, check=True).stdout)
        for line in shown
    ]

    assert [topic["id"] for topic in answers[0]["items"]] == ["library"]
    assert (answers[1]["topic"], answers[1]["state"]) == ("library", "done")


def test_the_documented_way_from_an_order_to_its_pdf_can_be_copied(served: Served, tmp_path: Path) -> None:
    text = Path(__file__).resolve().parent.parent.joinpath("docs/serve.md").read_text("utf-8")
    (script,) = re.findall(r"```sh\n(api=.*?)```", text, re.DOTALL)

    done = subprocess.run(
        ["sh", "-ec", script.replace("127.0.0.1:8321", served.netloc)], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert "event: end" in done.stdout
    assert done.stdout.count('"state":"done"') == 2
    assert done.stdout.endswith("304\n")
    assert (tmp_path / "library.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "library.part").read_bytes() == (tmp_path / "library.pdf").read_bytes()[:1024]



@pytest.mark.slow
def test_the_api_does_what_its_description_says(served: Served) -> None:
    """Schemathesis asks what the description allows and what it forbids, with all of its checks, in sequences too."""
    result = fuzz(served, "--max-examples", "15")

    assert result.returncode == 0, result.stdout[-9000:]
    cases = re.search(r"(\d+) generated, \1 passed", result.stdout)
    assert cases is not None, result.stdout[-2000:]
    assert int(cases[1]) > 500


def fuzz(served: Served, *options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis against a server: its description's examples, its edges, chance, and sequences."""
    program = str(Path(sys.executable).with_name("st"))
    return subprocess.run(
        [program, "run", f"{served.url}api/v1/openapi.json", "--checks", "all", "--seed", "1", "--no-color",
         "--generation-deterministic", "--continue-on-failure", *options],
        cwd=served.folder.parent, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
