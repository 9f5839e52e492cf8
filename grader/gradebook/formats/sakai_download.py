"""Read Sakai's "Download All": named, anonymous or by group, as a zip or unpacked.

A student's folder is known by what Sakai puts into it and by its name, which no student can choose;
its own folders may be called anything, as they bear the language of the site.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.gradebook.formats.listing import Listed, Listing, Parts, StudentReader, to_text
from grader.gradebook.formats.sakai_grades import FILE_NAME, is_grades_file, read_rows
from grader.gradebook.formats.settling import say_names, settle_keys
from grader.gradebook.records import ClassDownload, HandedIn
from grader.submission import read_timestamp
from grader.submission.names import display_name, find_role

ATTACHMENTS = "submission attachment(s)"
FEEDBACK = "Feedback Attachment(s)"
MAX_GRADES_BYTES = 20 << 20  # a row has about 100 bytes: 200,000 students
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAMED = re.compile(r"(?P<name>.*)\((?P<key>[^()]+)\)", re.DOTALL)
_GROUP = re.compile(rf"(?P<name>.*) \((?P<key>{_UUID})\)", re.DOTALL | re.IGNORECASE)
_ANONYMOUS = re.compile(rf"(?P<key>{_UUID}) \S.*", re.IGNORECASE)
# "One folder" instead of one per student: everything is in the file's name.
_FLAT = re.compile(
    r"(?P<folder>.*\((?P<key>[^()]+)\))_(?:Submission attachment\(s\)|attachments?)_(?P<file>.+)",
    re.DOTALL | re.IGNORECASE,
)
_SAKAIS = frozenset(("timestamp.txt", "comments.txt", "feedbacktext.html", "members.txt"))
_CODE = frozenset(("code", "notebook", "archive", "report", "answers"))


@dataclass(frozen=True, slots=True)
class _Folder:
    """A student's folder: its name, what it says, what lies directly in it and in its folders."""

    parts: Parts
    own: Mapping[str, Listed]
    inner: Mapping[str, tuple[Listed, ...]]

    @property
    def name(self) -> str:
        return self.parts[-1]


def read_sakai(listing: Listing) -> ClassDownload | None:
    """Read a class out of a download of Sakai; None where it is none.

    Args:
        listing: What the download holds.

    Raises:
        UsageError: It holds the downloads of several assignments.
    """
    home = _find_home(listing)
    if home is None:
        return _read_flat(listing)
    folders = _list_students(listing, home)
    attachments, feedback, notes = _name_inner_folders(folders)
    uploads, absent = [], []
    for folder in folders:
        upload = _read_folder(listing.path, folder, attachments, feedback)
        if upload is None:
            absent.append(to_text(folder.name))
        else:
            uploads.append(upload)
    settled, clashes = settle_keys(uploads, "the id")
    grades = _read_grades(listing, home)
    settled, matched = _match_rows(settled, grades)
    kinds = Counter(upload.origin["kind"] for upload in settled)
    what = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "nobody"
    shape = "zip" if listing.zipped else "unpacked"
    taken = f"taken for a Sakai download, {shape}: {what}; {'with' if grades else 'without'} {FILE_NAME}"
    return ClassDownload(
        lms="sakai",
        path=listing.path,
        handed_in=settled,
        notes=(
            taken,
            *listing.notes,
            *notes,
            *clashes,
            *matched,
            *_say_absent(absent, settled, grades),
        ),
        files={FILE_NAME: grades} if grades else {},
    )


def _is_sakais(name: str) -> bool:
    lower = name.lower()
    return lower in _SAKAIS or lower.endswith("_submissiontext.html")


def _looks_named(name: str) -> bool:
    return bool(_NAMED.fullmatch(name) or _ANONYMOUS.fullmatch(name))


def _find_home(listing: Listing) -> Parts | None:
    """Find the folder that holds the students' folders: the shallowest one with proof."""
    proven = {
        file.parts[:-2]
        for file in listing.files
        if len(file.parts) > 1 and _is_sakais(file.name) and _looks_named(file.parts[-2])
    }
    if not proven:
        named = {folder[:-1] for folder in listing.folders if _looks_named(folder[-1])}
        proven = {
            file.parts[:-1]
            for file in listing.files
            if file.name.lower() == FILE_NAME and file.parts[:-1] in named and is_grades_file(file.peek(4096))
        }
    if not proven:
        return None
    depth = min(map(len, proven))
    homes = sorted(home for home in proven if len(home) == depth)
    if len(homes) > 1:
        raise UsageError(
            f"{to_text(str(listing.path))}: holds {len(homes)} downloads of Sakai, expected one",
            hint=f"name one of them, such as {display_name('/'.join(homes[0]))}",
        )
    return homes[0]


def _list_students(listing: Listing, home: Parts) -> list[_Folder]:
    depth = len(home)
    own: dict[Parts, dict[str, Listed]] = defaultdict(dict)
    inner: dict[Parts, dict[str, list[Listed]]] = defaultdict(lambda: defaultdict(list))
    for file in listing.below(home):
        if len(file.parts) == depth + 2:
            own[file.parts[:-1]][file.name] = file
        elif len(file.parts) > depth + 2:
            inner[file.parts[: depth + 1]][file.parts[depth + 1]].append(file)
    known = {folder for folder in listing.folders if len(folder) == depth + 1 and folder[:depth] == home}
    for folder in listing.folders:  # an empty folder of attachments has a name all the same
        if len(folder) == depth + 2 and folder[:depth] == home:
            inner[folder[:-1]][folder[-1]] += []
    return [
        _Folder(folder, own[folder], {name: tuple(files) for name, files in inner[folder].items()})
        for folder in sorted(known | set(own) | set(inner))
    ]


def _name_inner_folders(folders: Iterable[_Folder]) -> tuple[str, str, list[str]]:
    """Say which of a student's folders holds the attachments and which takes feedback, by the whole class."""
    code: Counter[str] = Counter()
    order: list[str] = []
    for folder in folders:
        for name, files in folder.inner.items():
            order += [name] if name not in order else []
            code[name] += sum(find_role((file.name,)) in _CODE for file in files)
    english = next((name for name in order if name.lower() == ATTACHMENTS), None)
    rest = [name for name in order if name.lower() != FEEDBACK.lower()]
    if not rest:
        return "", FEEDBACK, []
    attachments = english or max(rest, key=lambda name: (code[name], -rest.index(name)))
    others = [name for name in order if name != attachments]
    feedback = next((name for name in others if name.lower() == FEEDBACK.lower()), None)
    feedback = feedback or (others[0] if len(others) == 1 else FEEDBACK)
    shown = display_name(attachments)
    note = f"taken for the folder of attachments: {shown!r}, as it holds the code; found no {ATTACHMENTS!r}"
    return attachments, feedback, [] if english else [note]


def _read_folder(path: Path, folder: _Folder, attachments: str, feedback: str) -> HandedIn | None:
    kind, key, name, identity = _read_name(folder)
    stamp = next((file for own, file in folder.own.items() if own.lower() == "timestamp.txt"), None)
    submitted_at = read_timestamp(stamp.peek(100)) if stamp else None
    files = folder.inner.get(attachments, ())
    skipped = len(folder.parts) + 1
    if not files and not attachments:  # files that somebody put beside timestamp.txt
        files, skipped = _list_plain(folder), skipped - 1
    if not files and stamp is None:
        return None
    notes = []
    if stamp and submitted_at is None:
        notes.append("timestamp.txt: found no time in it, expected such as 2020-10-15T23:41:12Z")
    if any(own.lower().endswith("_submissiontext.html") and file.size for own, file in folder.own.items()):
        notes.append("text typed into Sakai's form is not read; only attachments are")
    shown = to_text(key)
    return HandedIn(
        key=shown,
        name=to_text(name),
        read=StudentReader(
            shown,
            path,
            tuple((file.parts[skipped:], file) for file in files),
            submitted_at,
            tuple(notes),
        ),
        submitted_at=submitted_at,
        origin={"kind": kind, "id": identity, "folder": folder.name, "feedback": feedback},
    )


def _list_plain(folder: _Folder) -> tuple[Listed, ...]:
    files = tuple(file for name, file in folder.own.items() if not _is_sakais(name))
    return files if any(find_role((file.name,)) in ("code", "notebook") for file in files) else ()


def _read_name(folder: _Folder) -> tuple[str, str, str, str]:
    """Read the kind of a folder, the key, the name, and the id as it stands in ``grades.csv``."""
    name = folder.name
    members = any(own.lower() == "members.txt" for own in folder.own)
    if (group := _GROUP.fullmatch(name)) and members:
        return "groups", group["key"], group["name"], group["key"]
    if named := _NAMED.fullmatch(name):
        return "students", named["key"], named["name"].rstrip(", "), named["key"]
    if anonymous := _ANONYMOUS.fullmatch(name):
        return "anonymous", anonymous["key"], "", name
    return "students", name, "", name


def _read_grades(listing: Listing, home: Parts) -> bytes:
    """Read ``grades.csv`` beside the students' folders; one among the attachments is the student's."""
    for file in listing.files:
        if file.parts[:-1] == home and file.name == FILE_NAME and file.size <= MAX_GRADES_BYTES:
            return file.peek(MAX_GRADES_BYTES)
    return b""


def _match_rows(uploads: tuple[HandedIn, ...], grades: bytes) -> tuple[tuple[HandedIn, ...], list[str]]:
    """Find the rows of students whose folder has an internal id, as eids that are not ASCII have."""
    if not grades:
        return uploads, []
    rows = {row.id: row for row in read_rows(grades)}
    free = defaultdict(list)
    for row in rows.values():
        free[row.name].append(row.id)
    known = {upload.origin["id"] for upload in uploads}
    matched, notes = [], []
    for upload in uploads:
        candidates = [identity for identity in free[upload.name] if identity not in known]
        if upload.origin["id"] in rows or not upload.name or len(candidates) != 1:
            matched.append(upload)
            continue
        origin = {**upload.origin, "row": candidates[0]}
        matched.append(HandedIn(upload.key, upload.name, upload.read, upload.submitted_at, origin))
        notes.append(
            f"{upload.key}: no such id in {FILE_NAME}; matched with {to_text(candidates[0])} by the name"
        )
    return tuple(matched), notes


def _say_absent(absent: list[str], uploads: Iterable[HandedIn], grades: bytes) -> list[str]:
    there = {upload.origin.get("row", upload.origin["id"]) for upload in uploads}
    rows = read_rows(grades) if grades else ()
    names = [to_text(row.name or row.id) for row in rows if row.id not in there] if rows else absent
    return [f"{len(names)} without a submission: {say_names(names)}"] if names else []


def _read_flat(listing: Listing) -> ClassDownload | None:
    """Read a download without a folder per student, which tells no times."""
    entries: dict[str, list[tuple[Parts, Listed]]] = defaultdict(list)
    keys: dict[str, str] = {}
    for file in listing.files:
        if (flat := _FLAT.fullmatch(file.name)) and len(file.parts) <= 3:
            entries[flat["folder"]].append(((flat["file"],), file))
            keys[flat["folder"]] = flat["key"]
    if not entries:
        return None
    uploads = [
        HandedIn(
            key=to_text(keys[folder]),
            name=to_text(folder[: folder.rindex("(")].rstrip(", ")),
            read=StudentReader(to_text(keys[folder]), listing.path, tuple(files)),
            origin={"kind": "students", "id": keys[folder], "folder": folder, "feedback": FEEDBACK},
        )
        for folder, files in entries.items()
    ]
    settled, clashes = settle_keys(uploads, "the id")
    note = (
        f"taken for a Sakai download without folders: {len(settled)} students; it tells no times, and Sakai "
        "takes no upload in this form"
    )
    return ClassDownload("sakai", listing.path, settled, (note, *listing.notes, *clashes))
