"""The set-up: what it says where it may not install, and that locks name no address."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody without rights")
def test_without_rights_one_line_says_what_to_install() -> None:
    result = subprocess.run(
        ["/bin/sh", "-s", "/usr/bin/python3", "requirements.lock", "cmd:no-such-command=some-package",
         "lib:libnone.so.9=libnone9"],
        cwd="/", env={"PATH": "/usr/bin:/bin"}, user=65534, input=(ROOT / "setup.sh").read_text("utf-8"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 1
    lines = [line for line in result.stderr.splitlines() if "sudo" not in line.lower()]
    assert len(lines) == 1, result.stderr
    assert re.search(r"apt-get install .*some-package libnone9", lines[0])


def test_without_a_python_one_line_says_what_to_install() -> None:
    result = subprocess.run(
        ["/bin/sh", str(ROOT / "setup.sh"), "", "requirements.lock"], capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stderr.strip()) == (
        1,
        "Python 3.11 or newer is needed: apt-get install python3 python3-venv",
    )


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_g11_locks_have_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")

    assert "://" not in text
    for entry in re.split(r"\n(?=[a-z])", text.strip()):
        assert "--hash=sha256:" in entry, entry


@pytest.mark.slow
def test_g11_what_has_another_sum_than_the_lock_or_none_is_not_installed(tmp_path: Path) -> None:
    """The audit of what is installed is its sum: one that fails, or that nobody made, ends the set-up."""
    wheel = tmp_path / "wheels/honest-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("honest.py", "")
        packed.writestr("honest-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: honest\nVersion: 1.0\n")
        packed.writestr("honest-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr("honest-1.0.dist-info/RECORD", "")
    total = hashlib.sha256(wheel.read_bytes()).hexdigest()
    installed = ".venv/lib/*/site-packages/honest.py"

    for pinned, said in ((f"honest==1.0 --hash=sha256:{'0' * 64}", "DO NOT MATCH THE HASHES"), ("honest==1.0", "--require-hashes")):
        result = set_up(tmp_path, pinned)
        assert result.returncode != 0
        assert said in " ".join(result.stderr.split())
        assert not list(tmp_path.glob(installed))

    set_up(tmp_path, f"honest==1.0 --hash=sha256:{total}")
    assert list(tmp_path.glob(installed)), "nothing would have been installed with the right sum either"


def set_up(folder: Path, lock: str) -> subprocess.CompletedProcess[str]:
    """Set up an environment from a lock of one line and a folder of wheels, without any registry."""
    (folder / "requirements.lock").write_text(f"{lock}\n", "utf-8")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    return subprocess.run(
        ["/bin/sh", str(ROOT / "setup.sh"), sys.executable, "requirements.lock"], cwd=folder, capture_output=True, text=True,
        env={**kept, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder / "wheels"), "PIP_CONFIG_FILE": os.devnull}, check=False,
    )  # fmt: skip


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locked = (ROOT / "requirements.lock").read_text("utf-8")

    for wanted in project["project"]["dependencies"]:
        name = re.split(r"[<>=]", wanted)[0]
        assert re.search(rf"^{name}==", locked, re.MULTILINE), name


def test_this_runs_on_the_locked_versions() -> None:
    from generator.orders import versions

    locked = dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))

    assert versions()["weasyprint"] == locked["weasyprint"]
    assert versions()["python"] == ".".join(map(str, sys.version_info[:2]))
