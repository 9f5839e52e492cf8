"""Read a folder of submissions that no LMS named, or a single submission."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.gradebook.formats.listing import Listed, Listing, Parts, StudentReader, to_text
from grader.gradebook.formats.settling import say_names, settle_keys
from grader.gradebook.records import ClassDownload, HandedIn
from grader.submission import Submission, read_submission
from grader.submission.functions import FUNCTIONS
from grader.submission.names import find_role, is_handout_copy, is_junk, split_suffix

# Names that the handout gives: loose in a folder, they are one submission's.
_HANDOUT = re.compile(r"(lab1|fp_layers|answers)\b", re.IGNORECASE)
_SPARE = re.compile(r"(?:^|[^a-z])(?:old|backup|bak|copy|draft|orig|original|tmp|temp|unused)(?:[^a-z]|$)")
_STEM_END = re.compile(r"[\s_.(-]")
_DEFINES = {
    name: re.compile(
        rf"^[ \t\"']*(?:def|class)[ \t]+{name}\b|^[ \t\"']*{name}[ \t]*=[^=]".encode(), re.MULTILINE
    )
    for name in FUNCTIONS
}
_COUNTED = frozenset(("code", "notebook", "archive", "report", "answers"))
# A zip with fewer in it is a student's: two folders may be one's first and second try.
MIN_IN_ZIP = 3
MIN_PDFS = 3
MAX_PEEK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class PathReader:
    """Reads a submission by its path."""

    path: Path

    def __call__(self) -> Submission:
        """Read it now."""
        return read_submission(self.path)


@dataclass(frozen=True, slots=True)
class _Child:
    """What may be one student's: a subfolder, or loose files of one stem."""

    name: str
    files: tuple[Listed, ...]
    is_folder: bool
    above: int

    @property
    def counted(self) -> tuple[Listed, ...]:
        kept = (file for file in self.files if not is_junk(file.parts[self.above :]))
        return tuple(
            file for file in kept if find_role(file.parts[self.above :]) in _COUNTED and not _is_given(file)
        )

    def marks(self) -> frozenset[str]:
        """Say what shows that it is a submission of its own: functions that it defines, its zip, its PDF."""
        found: set[str] = set()
        for file in self.counted:
            role = find_role((file.name,))
            if role == "archive":
                found.add("a zip")
            elif role in ("code", "notebook"):
                content = file.peek(MAX_PEEK_BYTES).replace(b"\\n", b"\n")
                found |= {name for name, words in _DEFINES.items() if words.search(content)}
                found |= {
                    stem for stem in ("lab1", "fp_layers") if split_suffix(file.name)[0].lower() == stem
                }
        if not found and any(find_role((file.name,)) == "report" for file in self.counted):
            found.add("a PDF only")
        return frozenset(found)


def _is_given(file: Listed) -> bool:
    return is_handout_copy(file.parts)


def read_single(path: Path) -> ClassDownload:
    """Take a path for one submission.

    Args:
        path: The submission.
    """
    resolved = path.resolve()
    name = to_text(resolved.name if resolved.is_dir() else resolved.stem)
    upload = HandedIn(key=name, name="", read=PathReader(path), origin={"kind": "paths", "id": name})
    return ClassDownload("paths", path, (upload,), (f"{name}: taken for one submission",))


def read_loose(listing: Listing) -> ClassDownload:
    """Tell a folder of submissions from a single one, and list them.

    Several submissions show by what only a whole one has: two children that define the same function,
    two zips, several PDFs and nothing else. ``lab1.py`` beside ``FP_layers.py`` is one submission, and
    so are folders that complete each other.

    Args:
        listing: What the folder or zip holds.
    """
    home = _find_home(listing)
    children = _list_children(listing, home)
    if not _is_class(listing, children):
        return read_single(listing.path)
    uploads = [_hand_in(listing, child) for child in children if child.counted]
    left_out = [to_text(child.name) for child in children if not child.counted]
    settled, clashes = settle_keys(uploads, "the name")
    notes = [f"taken for a {'zip' if listing.zipped else 'folder'} of {len(settled)} submissions"]
    if left_out:
        notes.append(f"{len(left_out)} hold nothing that is handed in, left out: {say_names(left_out)}")
    return ClassDownload("paths", listing.path, settled, (*notes, *listing.notes, *clashes))


def _find_home(listing: Listing) -> Parts:
    """Go down while there is one folder and nothing beside it."""
    files = [file.parts for file in listing.files if not is_junk(file.parts)]
    if not files:
        return () if listing.zipped else (listing.path.resolve().name,)
    home = files[0][:-1]
    for parts in files:
        while parts[: len(home)] != home or len(parts) == len(home):
            home = home[:-1]
    return home


def _list_children(listing: Listing, home: Parts) -> list[_Child]:
    depth = len(home)
    folders: dict[str, list[Listed]] = defaultdict(list)
    loose: list[Listed] = []
    for file in listing.below(home):
        if len(file.parts) == depth + 1:
            if find_role((file.name,)) in _COUNTED and not is_junk((file.name,)):
                loose.append(file)
        elif not is_junk((file.parts[depth], "x")):
            folders[file.parts[depth]].append(file)
    children = [_Child(name, tuple(files), True, depth + 1) for name, files in folders.items()]  # noqa: FBT003
    children += [_Child(stem, files, False, depth) for stem, files in _group_by_stem(loose).items()]  # noqa: FBT003
    return sorted(children, key=lambda child: (child.name, child.is_folder))


def _group_by_stem(files: Iterable[Listed]) -> Mapping[str, tuple[Listed, ...]]:
    """Group loose files: ``jd123.py`` and ``jd123_report.pdf`` are one student's."""
    groups: dict[str, list[Listed]] = defaultdict(list)
    for file in files:
        stem = split_suffix(file.name)[0]
        groups[_STEM_END.split(stem, maxsplit=1)[0] or stem].append(file)
    return {stem: tuple(members) for stem, members in groups.items()}


def _is_class(listing: Listing, children: Iterable[_Child]) -> bool:
    candidates = [child for child in children if child.counted and not _SPARE.search(child.name.lower())]
    loose = [file for child in candidates if not child.is_folder for file in child.files]
    if len(candidates) < (MIN_IN_ZIP if listing.zipped else 2):
        return False
    if any(_HANDOUT.match(file.name) for file in loose):
        return False
    shared: Counter[str] = Counter()
    for child in candidates:
        shared.update(child.marks())
    pdfs = shared.pop("a PDF only", 0)
    enough = MIN_IN_ZIP if listing.zipped else 2
    return max(shared.values(), default=0) >= enough or (not shared and pdfs >= MIN_PDFS)


def _hand_in(listing: Listing, child: _Child) -> HandedIn:
    name = to_text(child.name)
    origin = {"kind": "paths", "id": child.name}
    if not listing.zipped and (child.is_folder or len(child.files) == 1):
        path = listing.path.joinpath(*child.files[0].parts[1 : child.above + (0 if child.is_folder else 1)])
        read: Callable[[], Submission] = PathReader(path)
        return HandedIn(name, "", read, origin=origin)
    entries = tuple((file.parts[child.above :], file) for file in child.files)
    return HandedIn(name, "", StudentReader(name, listing.path, entries), origin=origin)
