"""The ``hw4 pack`` command: exactly the two files that the assignment asks for, checked."""

import hashlib
import shutil
from datetime import UTC, datetime

from .doctor import MAX_REPORT_BYTES, MEBIBYTE, examine, fatal
from .report_content import gather_content
from .submitted_code import find_lab1_file
from .terminal import make_console, print_facts, print_state

OUTPUT = "hand_in"
RECEIPT = "hand_in_receipt.txt"


def pack(folder):
    """Examine a folder, write the report and put the two files to hand in beside each other.

    Args:
        folder: The student's folder.

    Returns:
        The exit status: 0 when the files are there, else 1.
    """
    console = make_console()
    findings = [*_examine_output(folder / OUTPUT), *examine(folder)]
    for finding in findings:
        _print_finding(console, finding)
    if any(finding.fatal for finding in findings):
        console.print("\nNothing was packed: correct what failed first.")
        return 1
    content = gather_content(folder)
    netid = content["student"]["netid"]
    main, _ = find_lab1_file(folder)
    output = folder / OUTPUT
    _empty(output)
    report = output / f"{netid}_report.pdf"
    code = output / f"{netid}_lab1{main.path.suffix}"
    missing = _build_report(content, report)
    shutil.copyfile(main.path, code)
    faults = verify_report(report, content)
    for finding in faults:
        _print_finding(console, finding)
    if any(finding.fatal for finding in faults):
        _empty(output)
        return 1
    receipt = write_receipt((report, code), [finding.text for finding in findings], missing)
    (folder / RECEIPT).write_text(receipt, encoding="utf-8")
    console.print()
    for path in (report, code):
        print_state(console, "wrote", f"{OUTPUT}/{path.name}", f"{path.stat().st_size:,} bytes")
    print_state(console, "wrote", RECEIPT, "keep it")
    if missing:
        print_state(console, "note", f"the report lacks {len(missing)} things; hw4 report lists them")
    console.print(f"\nUpload these two files, not a zip of them: {report.name} and {code.name}")
    return 0


def _examine_output(output):
    """Report files in the output folder that ``hw4 pack`` did not make: it would not delete them."""
    if not output.is_dir():
        return
    others = [path.name for path in sorted(output.iterdir()) if not path.match("*_report.pdf")]
    others = [name for name in others if not name.endswith(("_lab1.py", "_lab1.ipynb"))]
    if others:
        yield fatal(f"{OUTPUT}/ holds {', '.join(others[:5])}", "move it: the folder holds two files only")


def _empty(output):
    output.mkdir(exist_ok=True)
    for path in output.iterdir():
        path.unlink()


def _build_report(content, path):
    from report_template.student import build_student_report

    return build_student_report(content, path)


def _print_finding(console, finding):
    print_state(console, "FAIL" if finding.fatal else "note", finding.text)
    print_facts(console, [("hint", finding.hint)])


def verify_report(path, content):
    """Open the PDF as a grader would and compare what is inside with what was put in.

    Args:
        path: The PDF.
        content: What it was made from.

    Returns:
        The `given.doctor.Finding` s; none where the PDF opens, has pages and holds every file.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    size = path.stat().st_size
    if size > MAX_REPORT_BYTES:
        limit = MAX_REPORT_BYTES // MEBIBYTE
        return [fatal(f"{path.name} has {size / MEBIBYTE:.0f} MiB, at most {limit} are taken")]
    try:
        reader = PdfReader(path)
        pages = len(reader.pages)
        attached = {name: contents[0] for name, contents in reader.attachments.items()}
    except (PyPdfError, OSError, ValueError, KeyError) as error:
        return [fatal(f"{path.name} cannot be opened: {error}", "run hw4 pack again")]
    if not pages or attached != content["files"]:
        return [fatal(f"{path.name}: {pages} pages, attachments differ", "run hw4 pack again")]
    return []


def write_receipt(paths, findings, missing, now=None):
    """Write down what was packed, when, and with which remarks.

    Args:
        paths: The files.
        findings: What the doctor remarked.
        missing: What the report lacks.
        now: The time; the current one when None.

    Returns:
        The text of the receipt.
    """
    now = now or datetime.now(UTC)
    lines = [f"Homework 4, packed {now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC", ""]
    for path in paths:
        content = path.read_bytes()
        lines += [path.name, f"  {len(content):,} bytes", f"  sha256 {hashlib.sha256(content).hexdigest()}"]
    remarks = [*findings, *(f"the report lacks: {phrase}" for phrase in missing)]
    lines += ["", *(["Remarks:", *(f"  {remark}" for remark in remarks)] if remarks else ["No remarks."])]
    return "\n".join(lines) + "\n"
