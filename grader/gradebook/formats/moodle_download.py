"""Read Moodle's "Download all submissions", with or without a folder per participant."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from grader.gradebook.formats.listing import Listed, Listing, Parts, StudentReader, to_text
from grader.gradebook.formats.settling import settle_keys
from grader.gradebook.records import ClassDownload, HandedIn

_FOLDER = re.compile(r"(?P<name>.*)_(?P<id>\d+)_assignsubmission_(?P<plugin>file|onlinetext)_?", re.DOTALL)
_FLAT = re.compile(
    r"(?P<name>.*?)_(?P<id>\d+)_assignsubmission_(?P<plugin>file|onlinetext)_(?P<file>.+)", re.DOTALL
)
_BLIND = "Participant"
TEXT_NOTE = "text typed into Moodle's form is not read; only files are"


@dataclass
class _Upload:
    """What one participant handed in."""

    name: str
    files: list[tuple[Parts, Listed]] = field(default_factory=list)
    typed: bool = False


def read_moodle(listing: Listing) -> ClassDownload | None:
    """Read a class out of a download of Moodle; None where it is none.

    Args:
        listing: What the download holds.
    """
    home = _find_home(listing)
    if home is None:
        return None
    depth = len(home)
    uploads: dict[tuple[str, str], _Upload] = defaultdict(lambda: _Upload(""))
    foreign = 0
    for file in listing.files:
        inside = file.parts[depth:] if file.parts[:depth] == home else ()
        folder = _FOLDER.fullmatch(inside[0]) if len(inside) > 1 else None
        flat = _FLAT.fullmatch(inside[0]) if len(inside) == 1 else None
        match = folder or flat
        if match is None:
            foreign += 1
            continue
        upload = uploads[match["id"], match["name"]]
        upload.name = match["name"]
        if match["plugin"] == "onlinetext":
            upload.typed = True
        else:
            upload.files.append((inside[1:] if folder else (match["file"],), file))
    for empty in listing.folders:
        if len(empty) == depth + 1 and empty[:depth] == home and (match := _FOLDER.fullmatch(empty[-1])):
            uploads[match["id"], match["name"]].name = match["name"]
    settled, clashes = settle_keys(
        (_hand_in(listing, participant, upload) for (participant, _), upload in sorted(uploads.items())),
        "the participant id",
    )
    notes = [f"taken for a Moodle download: {len(settled)} participants; it tells no times", *listing.notes]
    if foreign:
        notes.append(f"{foreign} files outside the participants' folders were not read")
    return ClassDownload("moodle", listing.path, settled, (*notes, *clashes))


def _find_home(listing: Listing) -> Parts | None:
    """Find the folder of the participants' folders: the shallowest."""
    homes = [folder[:-1] for folder in listing.folders if _FOLDER.fullmatch(folder[-1])]
    homes += [file.parts[:-1] for file in listing.files if _FLAT.fullmatch(file.name)]
    return min(homes, key=lambda home: (len(home), home), default=None)


def _hand_in(listing: Listing, participant: str, upload: _Upload) -> HandedIn:
    blind = upload.name == _BLIND
    return HandedIn(
        key=participant,
        name="" if blind else to_text(upload.name),
        read=StudentReader(
            participant,
            listing.path,
            tuple(upload.files),
            None,
            (TEXT_NOTE,) if upload.typed else (),
        ),
        origin={"kind": "anonymous" if blind else "students", "id": participant},
    )
