"""A reader opens the report in a real browser: on a desk, on a phone, on paper, offline."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from counterflow.report.page import render_report
from strategies.findings import national_car_findings, small_findings

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    # No name resolves: whatever the page tried to fetch would be missing.
    "--host-resolver-rules=MAP * ~NOTFOUND",
]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no browser called `chromium` on this machine"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    (folder / "car.html").write_text(render_report(national_car_findings()), encoding="utf-8")
    (folder / "bike.html").write_text(render_report(small_findings()), encoding="utf-8")
    (folder / "blank.html").write_text("<!DOCTYPE html><title>blank</title>", encoding="utf-8")
    return folder


def browse(page: Path, *flags: str) -> str:
    """Open a page in a fresh profile and return what the browser printed."""
    profile = page.parent / "profile"
    shutil.rmtree(profile, ignore_errors=True)
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def picture(page: Path, size: str) -> bytes:
    """Return a screenshot of a page as PNG."""
    image = page.with_suffix(f".{size}.png")
    browse(page, f"--window-size={size}", f"--screenshot={image}")
    return image.read_bytes()


@pytest.mark.parametrize("name", ["car", "bike"])
def test_the_page_opens_from_a_file_without_a_network(folder, name):
    page = folder / f"{name}.html"
    document = browse(page, "--dump-dom")
    assert document.count("<h2>") >= 9
    assert document.count('<svg role="img"') == page.read_text().count('<svg role="img"')
    assert "</footer>" in document


@pytest.mark.parametrize("size", ["1440,900", "390,844"])
def test_the_page_is_painted_on_a_desk_and_on_a_phone(folder, size):
    painted, blank = (picture(folder / f"{name}.html", size) for name in ("car", "blank"))
    assert painted[:8] == b"\x89PNG\r\n\x1a\n"
    # A page of one colour compresses to almost nothing.
    assert len(painted) > 10 * len(blank)


@pytest.mark.parametrize("name", ["car", "bike"])
def test_only_tables_scroll_sideways_on_a_phone(folder, name):
    # Windows have a least width on some machines; a frame is as narrow as a phone everywhere.
    phone = folder / f"{name}-on-a-phone.html"
    phone.write_text(
        f"""<!DOCTYPE html>
        <iframe src="{name}.html" style="width: 390px; height: 844px; border: 0"></iframe>
        <script>onload = () => {{
          const page = document.querySelector("iframe").contentDocument.documentElement;
          document.title = `${{page.clientWidth}} seen, ${{page.scrollWidth}} wide`;
        }}</script>"""
    )
    document = browse(phone, "--allow-file-access-from-files", "--dump-dom")
    assert "<title>390 seen, 390 wide</title>" in document


@pytest.mark.parametrize(("name", "fewest", "most"), [("car", 9, 18), ("bike", 5, 10)])
def test_the_page_prints_on_a_sensible_number_of_sheets(folder, name, fewest, most):
    sheets = folder / f"{name}.pdf"
    browse(folder / f"{name}.html", "--no-pdf-header-footer", f"--print-to-pdf={sheets}")
    content = sheets.read_bytes()
    assert content.startswith(b"%PDF")
    assert fewest <= len(re.findall(rb"/Type\s*/Page\b", content)) <= most
