"""Every hostile upload, from its bytes to results.json, report.pdf and what the terminal shows."""

import io
import json
import os
import re
import stat
import time
import unicodedata
from pathlib import Path

import pytest
from pypdf import PdfReader
from rich.console import Console

from grader.errors import UsageError
from grader.grading_run import GradingRun
from tests.bank.paths import CODE_ITEMS
from tests.bank.uploads import list_hostile_uploads
from tests.hostile.conftest import MAX_SECONDS
from tests.hostile.table import describe_level

UPLOADS = list_hostile_uploads()
# What the grader itself may need for an upload, above what it has: it keeps at most 64 MiB of files.
MAX_GROWTH_BYTES = 400 << 20
LAB1_ITEMS = {item for item in CODE_ITEMS if item.startswith("lab1")}
# Answers that are right and can be read beside the others: `1.1`; `optimal` and an average precision.
DESERVED = {"answers.broken_toml": 1.0, "answers.other_types": 2.0}

pytestmark = [pytest.mark.slow, pytest.mark.hostile]


@pytest.fixture(scope="module")
def grader(sandbox, settings):
    """A warm grader that prints into a buffer; without colours, so that every escape is a student's."""
    console = Console(file=io.StringIO(), width=120)
    return GradingRun(console, sandbox, settings)


def survey_folder(folder):
    """Return names, kinds, sizes and times of everything in a folder, without following links."""
    found = {}
    for above, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = os.path.join(above, name)  # noqa: PTH118 - names may be no text
            status = os.lstat(path)
            found[path] = (stat.S_IFMT(status.st_mode), status.st_size, status.st_mtime_ns, status.st_uid)
    return found


def demand_harmless(text, where):
    """Demand that a text does nothing to a terminal: no control, direction or invisible characters."""
    harmful = {
        f"U+{ord(character):04X}"
        for character in text
        if character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }
    assert not harmful, f"{where}: {sorted(harmful)}"


def demand_inactive(content):
    """Demand that a PDF runs, opens and sends nothing, and links nowhere but within itself."""
    reader = PdfReader(io.BytesIO(content))
    assert reader.pages
    assert list(reader.attachments) == ["results.json"]
    catalog = reader.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(catalog)
    for page in reader.pages:
        assert "/AA" not in page
        for annotation in page.get("/Annots") or ():
            action = annotation.get_object().get("/A")
            assert action is None or action.get_object()["/S"] == "/GoTo", action
    return "\n".join(page.extract_text() for page in reader.pages)


def sum_code(result, items):
    """Return earned and available points of the checks of code in some items."""
    checks = [check for check in result["checks"] if check["item"] in items and check["function"]]
    return sum(check["score"] for check in checks), sum(check["max_score"] for check in checks)


def demand_deserved(upload, result):
    """Demand that what can be read is earned, what cannot is not, and nothing else earns."""
    earned, available = sum_code(result, CODE_ITEMS)
    if upload.code == "earned":
        assert earned == available
    elif upload.code == "none":
        assert earned == 0.0
    elif upload.code == "lab1 lost":
        assert sum_code(result, LAB1_ITEMS)[0] == 0.0
        rest, most = sum_code(result, CODE_ITEMS - LAB1_ITEMS)
        assert rest == most
    assert result["raw_score"] <= earned + DESERVED.get(str(upload), 0.0) + 1e-9
    assert 0.0 <= result["score"] <= 100.0


def summarize(upload, outcome, result):
    """Name how the upload ended, for the table."""
    if result is None:
        return f"refused: {outcome}"
    earned, available = sum_code(result, CODE_ITEMS)
    words = {0.0: "its code refused", available: "its code graded in full"}
    return words.get(earned, "graded but for what cannot be read")


@pytest.mark.parametrize("upload", UPLOADS, ids=str)
def test_upload_is_harmless(upload, grader, watch, tmp_path, note):
    """Graded within its limits and told in words; it earns, shows, changes and starts nothing else."""
    noted = note("uploads", str(upload))
    before = survey_folder(tmp_path)
    (tmp_path / "upload").mkdir()
    built = upload.build(tmp_path / "upload", watch.canaries)
    handed_in = survey_folder(tmp_path / "upload")
    out = tmp_path / "out"
    screen = grader.console.file = io.StringIO()
    Path("/proc/self/clear_refs").write_text("5")  # what was needed at most, from here on
    memory, started = read_peak_bytes(), time.monotonic()
    message, outcome = "", "graded"
    try:
        readable = grader.grade(built, out)
        outcome = "graded" if readable else "status 1"
    except UsageError as error:
        message, outcome = str(error), "status 2"
    took, growth = time.monotonic() - started, read_peak_bytes() - memory
    printed = screen.getvalue()

    assert watch.list_touched() == []
    assert survey_folder(tmp_path / "upload") == handed_in
    made = set(survey_folder(tmp_path)) - set(before) - set(handed_in)
    files = [out / name for name in ("results.json", "report.pdf")]
    expected = {tmp_path / "upload", *([out, *files] if outcome != "status 2" else [])}
    assert {path for path in made if not path.startswith(f"{out}-")} == set(map(str, expected))
    demand_harmless(printed, "the terminal")
    demand_harmless(message, "the error")
    words = message
    result = None
    if outcome != "status 2":
        text = files[0].read_text(encoding="utf-8")
        result = json.loads(text, parse_constant=pytest.fail)
        shown = demand_inactive(files[1].read_bytes())
        demand_harmless(shown, "the report")
        assert not [check for check in result["checks"] if check["outcome"] == "error"]
        demand_deserved(upload, result)
        for secret_place in (text, shown, printed):
            assert watch.secret not in secret_place
        words = " ".join(
            [
                *result["submission"]["notes"],
                *(check[key] for check in result["checks"] for key in ("got", "rationale")),
                *(file["name"] for file in result["submission"]["files"]),
            ]
        )
    assert not upload.says or any(word in words.lower() for word in map(str.lower, upload.says)), words
    assert took < MAX_SECONDS
    assert growth < MAX_GROWTH_BYTES
    noted.ended(summarize(upload, outcome, result), describe_level(result) if result else "")


def read_peak_bytes():
    """Return the most memory that this process held since it was last asked to forget."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) << 10
