"""FAULTS.csv, area download: paths that lead out, links in a file's place, others' reports. F52: there are no signed links."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT
from patience import await_true
from serving import Served, serving
from test_api import LIBRARY, WARMED, build

PDF = f"/api/v1/editions/library/{WARMED}/pdf/en"
SECRET = "the file that nobody may have"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("download") / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("reports", ".briefing"))
    (folder.parent / "secret.txt").write_text(SECRET, "utf-8")
    (folder / "reports").mkdir()
    (folder / "reports/secret.txt").write_text(SECRET, "utf-8")
    with serving(folder, "--no-schedules", "--workers", "1") as found:
        build(found, LIBRARY)
        yield found


UP = ["..", "..%2f..%2fsecret.txt", "%2e%2e", "%2e%2e%2fsecret.txt", "%252e%252e%252fsecret.txt", "..%5csecret.txt", "..\\secret.txt",
      "%00", "x%00.pdf", "%2fetc%2fpasswd", "/etc/passwd", ".hidden", ".", "", "a" * 300, "a" * 20000, "%ff", "%c0%ae%c0%ae",
      "secret.txt", "record.json", "....//", "%e2%80%ae"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", UP)
@pytest.mark.parametrize(
    "address",
    ["/api/v1/editions/{}/x", "/api/v1/editions/library/{}", "/api/v1/editions/library/{}/record", "/api/v1/editions/{}/" + WARMED + "/numbers",
     PDF.replace("/en", "/{}"), "/static/{}", "/api/v1/topics/{}", "/api/v1/builds/{}", "/language/{}"],
)  # fmt: skip
def test_f50_no_name_in_an_address_becomes_a_path(served: Served, address: str, name: str) -> None:
    if address.endswith("/{}") and address.startswith("/api/v1/topics") and not name:
        pytest.skip("the list of topics is there")
    answer = served.ask("GET", address.format(name.replace(" ", "%20")))

    assert answer.status in (307, 400, 404, 422), answer.status
    assert SECRET not in answer.text
    assert "root:" not in answer.text


@pytest.mark.slow
def test_f50_no_file_outside_the_workspace_is_opened_on_the_words_of_an_address(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(SECRET, "utf-8")
    trace = tmp_path / "trace"
    with serving(project, "--no-schedules", "--workers", "1") as served:
        watch = subprocess.Popen(
            ["strace", "-f", "-e", "trace=openat,open", "-o", str(trace), "-p", str(served.process.pid)],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert watch.stderr is not None
        if "attached" not in watch.stderr.readline():
            watch.communicate()
            pytest.skip("this machine lets no process be traced")
        for name in UP[:14]:
            for address in ("/api/v1/editions/library/{}", "/api/v1/editions/{}/x/pdf/en", "/static/{}"):
                served.ask("GET", address.format(name))
        served.get("/api/v1/topics")
        watch.terminate()
        watch.communicate()

    opened = trace.read_text("utf-8", "replace")
    assert "/data/" in opened, "nothing was traced"
    assert "secret.txt" not in opened
    assert "/etc/passwd" not in opened
    assert [path for path in re.findall(r'"([^"]*\.\.[^"]*)"', opened) if "/.." in path and "site-packages" not in path] == []


@pytest.mark.slow
def test_f51_a_link_in_a_files_place_is_not_followed(project: Path) -> None:
    with serving(project, "--no-schedules", "--workers", "1") as served:
        build(served, LIBRARY)
        kept = project / f"reports/library/{WARMED}/library-{WARMED}.en.pdf"
        kept.rename(kept.with_suffix(".old"))
        kept.symlink_to("/etc/passwd")
        linked = served.get(PDF)

        assert (linked.status, linked["content-type"]) == (410, "application/problem+json")
        assert b"root:" not in linked.body
        damage = served.get(f"/api/v1/editions/library/{WARMED}").json["damage"]
        assert kept.name in damage

        # A link to the very same bytes is none of ours either.
        kept.unlink()
        kept.symlink_to(kept.with_suffix(".old"))
        assert served.get(PDF).status == 410
        kept.unlink()
        kept.with_suffix(".old").rename(kept)
        assert served.get(PDF).status == 200
        kept.write_bytes(kept.read_bytes()[:-1])
        assert served.get(PDF).status == 410
        kept.unlink()
        assert served.get(PDF).status == 410


def test_f53_ids_of_builds_are_not_guessed(served: Served) -> None:
    ids = {served.post("/api/v1/builds", LIBRARY).json["id"] for _ in range(20)}

    assert len(ids) == 20
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)
    first = min(ids)
    for wrong in (first[:-1], first + "0", first.upper() if first.upper() != first else "A" * 32, "0" * 32, "1"):
        assert served.get(f"/api/v1/builds/{wrong}").status == 404
    await_true(lambda: "/api/v1/builds" in served.log)
