"""Read Canvas's ``submissions.zip``: every file of the class in one folder, all facts in its name."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from grader.gradebook.formats.listing import Listed, Listing, Parts, StudentReader, to_text
from grader.gradebook.formats.settling import say_names, settle_keys
from grader.gradebook.records import ClassDownload, HandedIn
from grader.submission.names import split_suffix

# Canvas takes every character that is no ASCII letter, digit or "_" out of the name: it may be empty.
_NAMED = re.compile(
    r"(?P<name>\w*?)_(?P<late>LATE_)?(?P<user>\d+)_(?P<rest>(?P<attachment>\d+)_(?P<file>.+))", re.DOTALL
)
_NAMED_TEXT = re.compile(
    r"(?P<name>\w*?)_(?P<late>LATE_)?(?P<user>\d+)_(?P<rest>text|link)\.html?", re.DOTALL
)
_ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?anon_(?P<user>[0-9A-Za-z]{4,})_(?P<rest>(?P<attachment>\d+)_(?P<file>.+))", re.DOTALL
)
_ANONYMOUS_TEXT = re.compile(r"(?P<late>LATE_)?anon_(?P<user>[0-9A-Za-z]{4,})_(?P<rest>text|link)\.html?")
_AGAIN = re.compile(r"(?P<stem>.+)-\d{1,3}", re.DOTALL)
LATE_NOTE = "Canvas marks it as late; its download tells no times, so no lateness was applied"
TEXT_NOTE = "text or a link typed into Canvas's form is not read; only files are"


@dataclass
class _Upload:
    """What one user handed in: files by name, and what else the names say."""

    anonymous: bool
    files: list[tuple[str, Listed]] = field(default_factory=list)
    late: bool = False
    typed: bool = False


def read_canvas(listing: Listing) -> ClassDownload | None:
    """Read a class out of a download of Canvas; None where it is none.

    Args:
        listing: What the download holds.
    """
    parsed = [(file, _parse(file.name)) for file in listing.files]
    levels = Counter(file.parts[:-1] for file, match in parsed if match and "file" in match.re.groupindex)
    if not levels:
        return None
    home = levels.most_common(1)[0][0]
    here = [(file, match) for file, match in parsed if file.parts[:-1] == home]
    if 2 * sum(match is not None for _, match in here) <= len(listing.files):
        return None
    uploads: dict[tuple[str, str], _Upload] = {}
    foreign = [to_text("/".join(file.parts)) for file, _ in parsed if file.parts[:-1] != home]
    for file, match in here:
        if match is None:
            foreign.append(to_text(file.name))
            continue
        groups = match.groupdict()
        anonymous = "name" not in groups
        upload = uploads.setdefault((groups["user"], groups.get("name") or ""), _Upload(anonymous))
        upload.late |= bool(groups["late"])
        if groups.get("file"):
            upload.files.append((groups["file"], file))
        else:
            upload.typed = True
    settled, clashes = settle_keys(
        (_hand_in(listing, user, name, upload) for (user, name), upload in sorted(uploads.items())),
        "the user id",
    )
    late = [upload.key for upload in settled if upload.origin["late"]]
    notes = [f"taken for a Canvas download: {len(settled)} users; it tells no times", *listing.notes]
    if late:
        notes.append(f"{len(late)} marked as late by Canvas: {say_names(late)}")
    if foreign:
        notes.append(f"{len(foreign)} files that Canvas did not name were not read: {say_names(foreign)}")
    return ClassDownload("canvas", listing.path, settled, (*notes, *clashes))


def _parse(name: str) -> re.Match[str] | None:
    for pattern in (_ANONYMOUS, _ANONYMOUS_TEXT, _NAMED, _NAMED_TEXT):
        if match := pattern.fullmatch(name):
            return match
    return None


def _hand_in(listing: Listing, user: str, name: str, upload: _Upload) -> HandedIn:
    notes = ((LATE_NOTE,) if upload.late else ()) + ((TEXT_NOTE,) if upload.typed else ())
    return HandedIn(
        key=user,
        name=to_text(name),
        read=StudentReader(user, listing.path, _restore_names(upload.files), None, notes),
        origin={
            "kind": "anonymous" if upload.anonymous else "students",
            "id": user,
            "late": "LATE" if upload.late else "",
        },
    )


def _restore_names(files: list[tuple[str, Listed]]) -> tuple[tuple[Parts, Listed], ...]:
    """Take away the number that Canvas adds to a name that was handed in before, where it is free.

    Without this, ``from FP_layers import STE`` would miss the student's ``FP_layers-1.py``.
    """
    original = [_strip_number(name) for name, _ in files]
    counts = Counter(name.casefold() for name in original)
    kept = []
    for (name, file), stripped in zip(files, original, strict=True):
        unique = counts[stripped.casefold()] == 1
        kept.append((((stripped if unique else name).replace("/", "_"),), file))
    return tuple(kept)


def _strip_number(name: str) -> str:
    stem, suffix = split_suffix(name)
    match = _AGAIN.fullmatch(stem)
    return match["stem"] + name[len(stem) :] if match and suffix else name
