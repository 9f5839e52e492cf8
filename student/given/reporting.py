"""The ``hw4 report`` command."""

from .report_content import gather_content
from .terminal import make_console, print_facts, print_state

MOST_SHOWN = 60


def name_report(content):
    """Name the report after the NetID; ``report.pdf`` where there is none that can be a file name.

    Examples:
        >>> name_report({"student": {"netid": "ab123"}}), name_report({"student": {"netid": "../x"}})
        ('ab123_report.pdf', 'report.pdf')
    """
    netid = content["student"]["netid"]
    return f"{netid}_report.pdf" if is_netid(netid) else "report.pdf"


def is_netid(text):
    """Tell whether a text can be a NetID: letters and digits, at most 20.

    Examples:
        >>> is_netid("ab123"), is_netid("a b"), is_netid("")
        (True, False, False)
    """
    return bool(text) and len(text) <= 20 and text.isascii() and text.isalnum()


def write_report(folder, path=None):
    """Write the report and say what it lacks.

    Args:
        folder: The student's folder.
        path: The PDF; named after the NetID in the folder when None.

    Returns:
        The exit status: 0 when the report is complete, else 1.
    """
    from report_template.student import build_student_report

    console = make_console()
    content = gather_content(folder)
    path = folder / name_report(content) if path is None else path
    try:
        missing = build_student_report(content, path)
    except OSError as error:
        print_state(console, "FAIL", f"{path}: cannot be written: {error.strerror}")
        print_facts(console, [("hint", "close the program that shows it, then run hw4 report again")])
        return 1
    for note in content["notes"]:
        print_state(console, "note", note)
    if missing:
        print_state(console, "to do", f"{len(missing)} things are missing and marked in the PDF:")
        for phrase in missing[:MOST_SHOWN]:
            console.print(f"        {phrase}", markup=False)
        if len(missing) > MOST_SHOWN:
            console.print(f"        and {len(missing) - MOST_SHOWN} more")
    print_state(console, "wrote", path.name, "complete" if not missing else "not complete yet")
    return 1 if missing else 0
