"""A class as Sakai's "Download All" hands it out, made of the submissions of the banks.

Everything follows from the number of students and a seed: the same class has the same bytes.
"""

import io
import random
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from tests.bank.hostile import list_hostile_submissions, write_hostile
from tests.bank.mistakes import list_mistakes, replace_function
from tests.bank.paths import RIGHT
from tests.bank.upload_archives import MEBIBYTE, checksum_of_zeros, deflate_zeros, forge_zip
from tests.bank.uploads import right_sources

DUE = datetime(2020, 10, 16, 3, 55, tzinfo=UTC)
TITLE = "Homework 4"
KINDS = (
    "right",
    "wrong",
    "hostile",
    "zipped",
    "late",
    "missing_file",
    "duplicates",
    "hostile_names",
    "bomb",
    "nothing_attached",
    "absent",
)
# How often each kind comes, in this order within every twenty students.
_PATTERN = (
    *("right", "wrong", "right", "zipped", "wrong", "late", "right", "duplicates", "hostile", "wrong"),
    *("right", "missing_file", "absent", "wrong", "hostile_names", "right", "late", "bomb", "wrong"),
    "nothing_attached",
)
_FIRST = (
    "Jane",
    "Zoë",
    "Søren",
    "Nguyễn",
    "Мария",
    "小明",
    "أمل",
    "José",
    "Aoife",
    "Łukasz",
    "X Æ",
    "O’Neil",
)
_LAST = ("Doe", "Müller", "van der Berg", "Иванова", "王", "Çelik", "D'Angelo", "García (Jr.)", "Øst", "Ng")
# What Sakai lets a student be called, or a file; each did harm to some script.
_HOSTILE_LAST = ("=cmd|' /C calc'!A0", "@SUM(1)", "comments", "anonymous", "timestamp (x)", "Roe, Sam(rs45)")
_HOSTILE_FILES = {
    "grades.csv": b'"Homework 4","SCORE_GRADE_TYPE"\n""\n"a","b","c","d","e"\n"x","x","x","x","1"\n',
    "timestamp.txt": b"2001-01-01T00:00:00Z",
    "comments.txt": b"full marks",
    "two\nlines.txt": b"x",
    "\u202egnp.txt": b"x",
    "\x1b[31mred.txt": b"x",
    "-rf": b"x",
    "LAB1.PY.bak": b"x",
}


@dataclass(frozen=True)
class Student:
    """A student of the class.

    Attributes:
        eid: The id; of a group or an anonymous submission its uuid.
        last: The last name.
        first: The first name.
        kind: One of `KINDS`.
        folder: The folder's name in the download.
        files: What was attached, by name.
        submitted_at: When; None where nothing was handed in.
    """

    eid: str
    last: str
    first: str
    kind: str
    folder: str
    files: dict[str, bytes]
    submitted_at: datetime | None

    @property
    def grades_id(self) -> str:
        """The id as it stands in ``grades.csv``."""
        return self.folder if self.folder.endswith(" anonymous") else self.eid


@dataclass(frozen=True)
class SakaiClass:
    """A class.

    Attributes:
        students: Its students.
        variant: ``"named"``, ``"anonymous"`` or ``"groups"``.
        attachments: What the site calls the folder of attachments.
        feedback: What it calls the folder of feedback.
        old_timestamps: Whether times are written as Sakai 11 does.
        separator: Between the cells of ``grades.csv``.
        top: Folders above the students', outermost first.
    """

    students: tuple[Student, ...]
    variant: str = "named"
    attachments: str = "Submission attachment(s)"
    feedback: str = "Feedback Attachment(s)"
    old_timestamps: bool = False
    separator: str = ","
    top: tuple[str, ...] = (TITLE,)

    @property
    def handed_in(self) -> tuple[Student, ...]:
        """Those who handed something in."""
        return tuple(student for student in self.students if student.submitted_at)

    def grades_csv(self) -> bytes:
        """Write ``grades.csv`` as Sakai does."""
        rows = [[TITLE, "SCORE_GRADE_TYPE"], [""]]
        if self.variant == "groups":
            rows.append(["Group", "ID", "Users", "grade", "Submission date", "Late submission"])
        else:
            names = ("Display ID", "ID", "Last Name", "First Name", "grade")
            rows.append([*names, "Submission date", "Late submission"])
        for student in self.students:
            when = _iso(student.submitted_at) if student.submitted_at else ""
            late = "Unknown" if not when else "Late" if student.submitted_at > DUE else "On time"
            if self.variant == "groups":
                rows.append([student.last, student.eid, "Jane Doe; Sam Roe", "", when, late])
            elif self.variant == "anonymous":
                rows.append([student.folder, student.folder, "anonymous", "", "", when, late])
            else:
                rows.append([student.eid, student.eid, student.last, student.first, "", when, late])
        quoted = (self.separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
        return "\ufeff".encode() + ("\n".join(quoted) + "\n").encode()

    def list_entries(self) -> list[tuple[str, bytes]]:
        """List the files of the download; a name that ends with ``/`` is an empty folder."""
        home = "/".join(self.top)
        listed = [(f"{home}/grades.csv", self.grades_csv())]
        for student in self.students:
            folder = f"{home}/{student.folder}"
            if student.submitted_at:
                listed.append((f"{folder}/timestamp.txt", self._timestamp(student.submitted_at)))
            attached = f"{folder}/{self.attachments}/"
            listed += [(attached + name, content) for name, content in student.files.items()]
            listed += [(f"{folder}/{self.feedback}/", b""), (f"{folder}/comments.txt", b"")]
            if self.variant == "groups":
                listed.append((f"{folder}/members.txt", b"Jane Doe; Sam Roe"))
        return listed

    def _timestamp(self, when: datetime) -> bytes:
        return (
            (when.strftime("%Y%m%d%H%M%S") + "123").encode() if self.old_timestamps else _iso(when).encode()
        )

    def write_zip(self, path: Path) -> Path:
        """Write the download as a zip."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, content in self.list_entries():
                archive.writestr(zipfile.ZipInfo(name, (2020, 10, 20, 8, 0, 0)), content)
        return path

    def write_folder(self, path: Path) -> Path:
        """Write the download as if it had been unpacked."""
        for name, content in self.list_entries():
            target = path / name
            if name.endswith("/"):
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        return path / self.top[0]


def _iso(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def make_sakai_class(count: int, seed: int = 0, *, variant: str = "named", **changes) -> SakaiClass:
    """Make a class of so many students.

    Args:
        count: The number of students; of twenty or more every kind is there.
        seed: Seed of names, times and the choice of submissions.
        variant: ``"named"``, ``"anonymous"`` or ``"groups"``.
        changes: Further fields of `SakaiClass`, such as ``attachments``.

    Examples:
        >>> made = make_sakai_class(20)
        >>> made.students[0].folder, sorted(made.students[0].files)
        ('王, Jane(aa0)', ['FP_layers.py', 'answers.toml', 'lab1.py'])
        >>> sorted({student.kind for student in made.students} ^ set(KINDS))
        []
    """
    draw = random.Random(f"{seed}:{variant}")
    students = [_make_student(number, draw, variant) for number in range(count)]
    return SakaiClass(tuple(students), variant, **changes)


def _make_student(number: int, draw: random.Random, variant: str) -> Student:
    kind = _PATTERN[number % len(_PATTERN)]
    letters = "abcdefghijklmnopqrstuvwxyz"
    eid = f"{letters[number // 26 % 26]}{letters[number % 26]}{number}"
    first, last = _FIRST[number % len(_FIRST)], draw.choice(_LAST)
    if kind == "hostile_names":
        last = _HOSTILE_LAST[number // len(_PATTERN) % len(_HOSTILE_LAST)]
    folder = f"{_escape(f'{last}, {first}')}({eid})"
    if variant != "named":
        eid = str(UUID(int=draw.getrandbits(128), version=4))
        last = f"Team {number}" if variant == "groups" else ""
        folder = f"{last} ({eid})" if variant == "groups" else f"{eid} anonymous"
    minutes = draw.randrange(1, 5000)
    submitted_at = DUE + timedelta(minutes=minutes) * (1 if kind == "late" else -1)
    files = _make_files(kind, number, draw)
    return Student(eid, last, first, kind, folder, files, None if kind == "absent" else submitted_at)


def _escape(name: str) -> str:
    """Escape a folder's name as Sakai does."""
    return "".join("_" if character in "/\\%:*?'\"" else character for character in name)


def _make_files(kind: str, number: int, draw: random.Random) -> dict[str, bytes]:
    """Make the attachments of one student."""
    right = right_sources() | {"answers.toml": (RIGHT / "vectorized_numpy" / "answers.toml").read_bytes()}
    # Nobody hands in the same bytes: the grader caches by them.
    right["lab1.py"] += f"\n# upload {number}\n".encode()
    changes = {
        "wrong": lambda: right | _make_wrong(right, draw),
        "hostile": lambda: right | _make_hostile(draw),
        "zipped": lambda: {"hw4.zip": _pack(right)},
        "bomb": lambda: right | {"bomb.zip": _make_bomb()},
        "duplicates": lambda: right | {"lab1+1.py": b"gd_step = None\n"},
        "missing_file": lambda: {"lab1.py": right["lab1.py"]},
        "hostile_names": lambda: right | _HOSTILE_FILES,
        "nothing_attached": dict,
        "absent": dict,
    }
    return changes.get(kind, lambda: right)()


def _make_wrong(right: dict[str, bytes], draw: random.Random) -> dict[str, bytes]:
    mistake = draw.choice(list_mistakes())
    name = f"{mistake.module}.py"
    changed = replace_function(right[name].decode(), mistake.function, mistake.source)
    return {name: changed.encode() + b"\n"}


def _make_hostile(draw: random.Random) -> dict[str, bytes]:
    """Make an attack that ends at once: what hangs has tests of its own."""
    attacks = [one for one in list_hostile_submissions() if one.kind in ("forges", "lies", "exits")]
    attack = draw.choice([one for one in attacks if not one.needs_gpu])
    with tempfile.TemporaryDirectory() as folder:
        write_hostile(attack, Path(folder))
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def _pack(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"hw4/{name}"), content)
    return buffer.getvalue()


def _make_bomb(mebibytes: int = 64) -> bytes:
    stream = deflate_zeros(mebibytes)
    return forge_zip(["lab1.py"], stream, mebibytes * MEBIBYTE, checksum_of_zeros(mebibytes))
