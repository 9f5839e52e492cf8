"""The report that a student hands in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from report_template.fonts import shorten
from report_template.pages import Furniture, Story, guard, write_document
from report_template.student_content import list_missing, table_of, text_of
from report_template.student_lab2 import make_attachments, make_lab2
from report_template.student_sections import make_lab1, make_title, make_true_false
from report_template.typesetting import Typesetter


def _read_files(content: Any) -> dict[str, bytes]:
    files = {}
    for name, data in table_of(content, "files").items():
        files[str(name)] = (
            data if isinstance(data, bytes) else str(data).encode("utf-8", errors="backslashreplace")
        )
    return files


def _write_plainly(content: Any) -> str:
    """Write every text of the content, one below the other."""
    lines: list[str] = []

    def walk(name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, entry in value.items():
                if key not in ("files", "runs", "early_runs"):
                    walk(f"{name} {key}".strip(), entry)
        elif isinstance(value, str | int | float | bool):
            lines.append(f"{name}: {value}")
        elif isinstance(value, list | tuple):
            for entry in value:
                walk(name, entry)

    walk("", content)
    return "\n".join(lines)


def build_student_report(content: dict[str, Any], path: Path) -> list[str]:
    r"""Write the report that a student hands in as a PDF.

    Everything is plain data, and every part may be missing, None or of a wrong type: it is then marked as
    missing in the PDF. Texts may be long, and hold formulas between dollars; what cannot be
    set as a formula is shown as it was written. The same content gives the same bytes.

    Args:
        content: What the report shows:

            - ``title``, ``subtitle``: of the assignment.
            - ``student``: ``name`` and ``netid``.
            - ``notes``: a list of remarks for the first page, such as results that an older version
              of the code made.
            - ``true_false``: by question (``"1.1"`` to ``"1.10"``) ``statement``, ``verdict`` (True,
              False, ``"T"`` or ``"F"``) and ``explanation``.
            - ``lab1``: by letter. ``a``: ``update``, the formula as text, and ``derivation``. ``b`` to
              ``g``: ``runs``, a list of dictionaries with ``label``, ``loss`` ``(steps + 1,)`` and
              ``weights`` ``(steps + 1, d)``, where None, inf and nan may stand; ``answers``, a list of
              (label, text), a text being empty where the student wrote none; if wanted ``caption``,
              and ``early_runs``, runs cut after the first steps.
            - ``lab2``: ``float_accuracy``; ``uniform``, by bits (an int) ``before``, ``after``,
              ``epochs`` and ``average``; ``mixed``, by scheme (``"442"``) the same four. Accuracies are
              fractions, averages are bits. Then by letter: ``a`` with ``listing``: ``file``,
              ``first_line`` and ``source`` of the class STE; ``e`` with ``layers``, a list of ``name``,
              ``elements`` and ``bits`` by scheme; ``f`` with ``scheme`` and ``stage``; and in each
              ``answers`` as in Lab 1.
            - ``files``: contents (bytes) by name, attached inside the PDF: ``answers.toml``,
              ``results.json``, the code.
        path: The PDF to write.

    Returns:
        What is missing, one short phrase each, in the order of the assignment.

    Raises:
        OSError: The file cannot be written; an older one stays as it was.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "report.pdf"
        ...     missing = build_student_report({"student": {"name": "Ada", "netid": "al1"}}, path)
        ...     missing[0], path.read_bytes()[:5]
        ('1.1: the verdict', b'%PDF-')
    """
    missing = list_missing(content)
    files = _read_files(content)
    title = shorten(text_of(content, "title") or "Homework 4", 200, 1)
    name, netid = (shorten(text_of(content, "student", key), 100, 1) for key in ("name", "netid"))
    owner = " · ".join(part for part in (name, netid) if part) or "name missing"

    def make_story() -> Story:
        typesetter = Typesetter()
        return [
            *make_title(content, missing),
            *guard(lambda: make_true_false(content, typesetter), "The True/False questions"),
            *make_lab1(content, typesetter),
            *make_lab2(content, typesetter),
            *make_attachments(files),
        ]

    furniture = Furniture(
        title=f"{title}: report of {owner}",
        author=name,
        subject=title,
        header=title,
        owner=owner,
        footer="made by hw4 report" + (f" · not complete: {len(missing)} missing" if missing else ""),
    )
    write_document(Path(path), make_story, lambda: _write_plainly(content), furniture, files)
    return missing
