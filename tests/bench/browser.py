"""The same page printed by headless Chromium, from the charts that the leanest script has drawn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from page import fill, read

folder = Path(sys.argv[1])
page = folder / "browser.html"
if not page.exists():
    subprocess.run([sys.executable, str(Path(__file__).with_name("lean.py")), str(folder)], cwd=folder, check=True)
    page.write_text(fill(folder, read(folder)[0]), "utf-8")
subprocess.run(
    ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={folder / 'browser.pdf'}", page.as_uri()],
    check=True, capture_output=True,
)  # fmt: skip
assert (folder / "browser.pdf").read_bytes().startswith(b"%PDF-")
