"""How Sakai's "Upload All" behaves, modelled by its rules: what it refuses, ignores, and takes.

The rules are those of Sakai 19 to 22. The model keeps no code of Sakai's; where Sakai's own behaviour
harms (a blank grade clears, a bad grade refuses everything), the model does the same.
"""

import html
import io
import re
import zipfile
from dataclasses import dataclass, field

_POINTS = re.compile(r"\d{1,12}(?:\.\d{0,2})?|\.\d{1,2}")
_BLOCK = 2048


@dataclass
class Stored:
    """What Sakai holds of one submission.

    Attributes:
        grade: The grade as text; None where there is none.
        comment: The instructor's comment, HTML.
        feedback: The attachments of feedback, by name.
        timestamp: A time that an upload set.
        cleared: Whether an upload took a grade away.
    """

    grade: str | None = None
    comment: str = ""
    feedback: dict[str, bytes] = field(default_factory=dict)
    timestamp: str = ""
    cleared: bool = False

    @property
    def comment_text(self) -> str:
        """The comment as a student reads it."""
        return html.unescape(re.sub(r"<br\s*/?>", "\n", self.comment))


@dataclass
class SakaiSite:
    """An assignment of a site, with its submissions.

    Attributes:
        submissions: What is held, by internal id.
        users: The internal id by eid (or of a group: the group's id by itself).
        anonymous: The internal id by ``<uuid> anonymous``; empty where grading is not anonymous.
        grouped: Whether groups hand in.
        separator: Between the cells of ``grades.csv``.
        attachments: What the site calls the folder of feedback.
        alerts: What the last upload was refused for; nothing is stored when there is any.
        ignored: What the last upload held and Sakai passed over without a word.
    """

    submissions: dict[str, Stored]
    users: dict[str, str]
    anonymous: dict[str, str] = field(default_factory=dict)
    grouped: bool = False
    separator: str = ","
    attachments: str = "Feedback Attachment(s)"
    alerts: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def upload(self, name: str, content: bytes) -> bool:
        """Take an upload with "Grade file", "Feedback comments" and "Feedback attachments" ticked.

        Returns:
            Whether it was taken. A refused one changes nothing.
        """
        self.alerts, self.ignored = [], []
        if not name.endswith((".zip", ".sit")):
            self.alerts.append("not a zip by its name")
            return False
        table = {key: Stored(old.grade, old.comment) for key, old in self.submissions.items()}
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile:
            self.alerts.append("zipFile")
            return False
        self._read_entries(archive, table)
        if self.alerts:
            return False
        self._store(table)
        return True

    def _read_entries(self, archive: zipfile.ZipFile, table: dict[str, Stored]) -> None:
        """Read grades and files in the order of the zip; the first file at a wrong depth ends it."""
        files = [entry for entry in archive.infolist() if not entry.is_dir() and "/." not in entry.filename]
        graded = False
        found: list[bool] = []
        for entry in files:
            path = entry.filename
            if path.endswith(("grades.csv", "grades.xls")):
                if path.endswith("grades.csv"):
                    graded = True
                    self._read_grades(archive.read(entry), table)
            elif path.count("/") < 2:
                self.alerts.append("wrongZipFormat")
                break
            else:
                user = self._find_user(path.split("/")[1])
                found.append(user in table)
                if user in table:
                    self._read_file(path, archive.read(entry), table[user])
                else:
                    self.ignored.append(path)
        if not graded:
            self.alerts.append("nocsv")
        if found and not any(found):
            self.alerts.append("invalidUserId")

    def _store(self, table):
        for key, new in table.items():
            old = self.submissions[key]
            if old.grade is not None and new.grade is None:
                old.cleared = True
            old.grade, old.comment = new.grade, new.comment
            old.timestamp = old.timestamp or new.timestamp
            for file, content in new.feedback.items():  # added, never replaced
                free = file
                while free in old.feedback:
                    free += "+1"
                old.feedback[free] = content

    def _find_user(self, folder: str) -> str | None:
        identity = folder
        if "(" in folder and folder.endswith(")") and "anonymous" not in folder:
            identity = folder[folder.rindex("(") + 1 : -1]
        if "anonymous" in identity:
            return self.anonymous.get(identity)
        identity = identity.strip()
        if self.grouped or self.anonymous:
            return identity
        return self.users.get(identity, identity)

    def _read_grades(self, content: bytes, table) -> None:
        rows = read_as_opencsv(content.decode("utf-8", "replace"), self.separator)
        for row in rows[3:]:
            if len(row) <= (3 if self.grouped else 4):
                continue
            users = self.anonymous or self.users
            user = row[1] if self.grouped else users.get(row[1])
            if user not in table:
                self.ignored.append(f"row {row[1]}")
                continue
            grade = row[3] if self.grouped else row[4]
            if grade.strip() and not _POINTS.fullmatch(grade):
                self.alerts.append(f"grade {grade!r}")
            if not self.alerts:
                table[user].grade = grade.strip() or None

    def _read_file(self, path: str, content: bytes, stored: Stored) -> None:
        taken = False
        if "comments" in path:
            comment = read_comment(content)
            if comment:
                stored.comment = comment
            taken = True
        if f"/{self.attachments}/" in path:
            name = path.rpartition("/")[2]
            if not name.startswith("."):
                stored.feedback[name] = content
                taken = True
        if "timestamp" in path:
            stored.timestamp = content.decode("utf-8", "replace").strip()
            taken = True
        if not taken:
            self.ignored.append(path)


def read_comment(content: bytes) -> str:
    r"""Read a comment: decoded block by block, line ends made ``<br>``, un-escaped, then cleaned of tags.

    Examples:
        >>> read_comment(b"a &lt;b&gt; c\nd"), read_comment(b"x" * 2047 + "é".encode())[-2:]
        ('a  c<br>d', '��')
    """
    blocks = (content[at : at + _BLOCK] for at in range(0, len(content), _BLOCK))
    text = "".join(block.decode("utf-8", "replace") for block in blocks).strip()
    text = re.sub(r"\r\n|\r|\n", "<br>", text)
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(escaped, plain)
    text = re.sub(r"<(?!br>)[^>]*(?:>|$)", "", text)
    if "<body>" in text and "</body>" in text:
        text = text[text.index("<body>") + 6 : text.index("</body>")]
    return text


def read_as_opencsv(text: str, separator: str) -> list[list[str]]:
    r"""Read CSV as opencsv does: a backslash escapes a quote or itself within quotes.

    Examples:
        >>> read_as_opencsv('"a","b\\"c"\n"d",""\n', ",")
        [['a', 'b"c'], ['d', '']]
    """
    rows: list[list[str]] = []
    row: list[str] = []
    cell, quoted, at = "", False, 0
    while at < len(text):
        character, following = text[at], text[at + 1 : at + 2]
        if quoted and character == "\\" and following in ('"', "\\"):
            cell += following
            at += 1
        elif character == '"':
            if quoted and following == '"':
                cell += '"'
                at += 1
            else:
                quoted = not quoted
        elif character == separator and not quoted:
            row.append(cell)
            cell = ""
        elif character == "\n" and not quoted:
            rows.append([*row, cell])
            row, cell = [], ""
        else:
            cell += character
        at += 1
    return [*rows, [*row, cell]] if row or cell else rows


def make_site(made) -> SakaiSite:
    """Make the site that a class of `tests.lms.sakai_class` was downloaded from."""
    ids = {student.eid: f"internal-{student.eid}" for student in made.students}
    if made.variant == "groups":
        ids = {student.eid: student.eid for student in made.students}
    anonymous = {}
    if made.variant == "anonymous":
        anonymous = {student.folder: ids[student.eid] for student in made.students}
    return SakaiSite(
        submissions={ids[student.eid]: Stored() for student in made.students},
        users=ids,
        anonymous=anonymous,
        grouped=made.variant == "groups",
        separator=made.separator,
        attachments=made.feedback,
    )
