"""The rehearsal: what lasts prints a page ahead, and its pages are those of a process that did not."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from pages import PAGE

from generator import pdf, rehearsal
from generator.errors import RenderError
from generator.page import Page
from generator.pdf import print_page
from generator.workshop import PRINTING, REHEARSING, Workshop
from generator.workspace import Settings

ROOT = Path(__file__).resolve().parent.parent
FRESH = "import hashlib; from pages import PAGE; from generator.pdf import print_page; print(hashlib.sha256(print_page(PAGE).pdf).hexdigest())"


@pytest.mark.slow
def test_a_page_after_the_rehearsal_has_the_bytes_of_one_without() -> None:
    rehearsal.preload()
    after = hashlib.sha256(print_page(PAGE).pdf).hexdigest()

    command = [sys.executable, "-c", f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]; {FRESH}"]
    without = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)

    assert without.stdout.strip() == after


def test_the_rehearsal_leaves_fonts_that_are_read_ahead_and_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    pdf._warm.clear()

    rehearsal.preload()

    assert len(pdf._warm) == 1
    assert capsys.readouterr() == ("", "")


def test_a_rehearsal_that_fails_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_page: Page) -> None:
        raise RenderError("a file that could not be had")

    monkeypatch.setattr(pdf, "print_page", fail)

    rehearsal.preload()


@pytest.mark.parametrize("lasting", [True, False])
def test_only_what_lasts_is_rehearsed(tmp_path: Path, *, lasting: bool) -> None:
    with Workshop(tmp_path, Settings(issuer=""), 2, code="", fresh=False, lasting=lasting) as shop:
        assert shop._printer._preload == (*PRINTING, *(REHEARSING if lasting else ()))
