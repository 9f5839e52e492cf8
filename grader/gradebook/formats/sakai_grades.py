"""Sakai's ``grades.csv``, read and changed to the byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.gradebook.formats.tables import Record, quote_like, split_records

FILE_NAME = "grades.csv"
PREAMBLE = 3  # title, blank, header: Sakai skips them unseen
ID, GRADE, GROUP_GRADE = 1, 4, 3
SCORE_TYPE = "SCORE_GRADE_TYPE"


@dataclass(frozen=True, slots=True)
class Row:
    """A student's row.

    Attributes:
        id: The eid, the group's id, or ``<uuid> anonymous``.
        name: ``Last, First`` as in the folder's name.
        grade: What stands there now.
    """

    id: str
    name: str
    grade: str


def decode(content: bytes) -> str:
    """Decode the file so that `encode` gives the same bytes again, whatever they are."""
    return content.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Encode what `decode` gave."""
    return text.encode("utf-8", "surrogateescape")


def is_grades_file(beginning: bytes) -> bool:
    r"""Tell whether a file begins as Sakai's does.

    Examples:
        >>> is_grades_file(b'\xef\xbb\xbf"Homework 4","SCORE_GRADE_TYPE"\n""\n"Display ID","ID"')
        True
        >>> is_grades_file(b"name,grade\n")
        False
    """
    first = decode(beginning).lstrip("\ufeff").split("\n", 1)[0].rstrip("\r").rstrip('"')
    return first.endswith("_GRADE_TYPE")


def find_separator(text: str) -> str:
    """Find the separator: a comma, or a semicolon where the site's language writes decimal commas."""
    header = text.split("\n", 3)[2] if text.count("\n") >= 2 else text
    return ";" if header.count(";") > header.count(",") else ","


def split_file(content: bytes) -> list[Record]:
    """Split the file into records with the places of their fields."""
    text = decode(content)
    return split_records(text, find_separator(text))


def find_grade_column(records: list[Record]) -> int:
    """Find the column of the grade: a group's rows lack one column before it.

    Names are translated, so the header is judged by its number of columns and the first two names.
    """
    header = [field.value for field in records[PREAMBLE - 1].fields] if len(records) >= PREAMBLE else []
    grouped = len(header) > 2 and header[0] == "Group" and header[2] == "Users"
    return GROUP_GRADE if grouped or len(header) == 6 else GRADE


def read_grade_type(content: bytes) -> str:
    r"""Read the type of the grades on the first line.

    Examples:
        >>> read_grade_type(b'"Homework 4","SCORE_GRADE_TYPE"\n')
        'SCORE_GRADE_TYPE'
    """
    records = split_file(content)
    fields = records[0].fields if records else ()
    return fields[1].value if len(fields) > 1 else ""


def read_rows(content: bytes) -> tuple[Row, ...]:
    """Read the rows of students.

    Args:
        content: The file.
    """
    records = split_file(content)
    column = find_grade_column(records)
    rows = []
    for record in records[PREAMBLE:]:
        values = [field.value for field in record.fields]
        if len(values) > column:
            name = ", ".join(values[2:4]) if column == GRADE else values[0]
            rows.append(Row(values[ID], name.rstrip(", "), values[column]))
    return tuple(rows)


def fill_grades(content: bytes, grades: Mapping[str, str]) -> bytes:
    r"""Write grades into the file; every other byte of the rows that stay is kept.

    A row without a grade in ``grades`` is dropped: a blank cell would clear what Sakai has, a row
    that is absent changes nothing.

    Args:
        content: The file as Sakai wrote it.
        grades: The grade by id, as it is to stand there.

    Returns:
        The new file.

    Examples:
        >>> head = b'"HW","SCORE_GRADE_TYPE"\n""\n"Display ID","ID","Last Name","First Name","grade"\n'
        >>> original = head + b'"jd","jd","Doe","Jane",""\n"rs","rs","Roe","Sam","7"\n'
        >>> print(fill_grades(original, {"jd": "86.50"}).decode().splitlines()[3:])
        ['"jd","jd","Doe","Jane","86.50"']
    """
    text = decode(content)
    records = split_file(content)
    column = find_grade_column(records)
    kept = [text[: records[PREAMBLE].start if len(records) > PREAMBLE else len(text)]]
    for record in records[PREAMBLE:]:
        if len(record.fields) <= column or record.fields[ID].value not in grades:
            continue
        field = record.fields[column]
        new = quote_like(text[field.start : field.end], grades[record.fields[ID].value])
        kept.append(text[record.start : field.start] + new + text[field.end : record.end])
    return encode("".join(kept))
