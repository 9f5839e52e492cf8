"""Read the export of Gradescope: ``submission_metadata.yml`` beside a folder per submission."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import yaml

from grader.gradebook.formats.listing import Listed, Listing, Parts, StudentReader, to_text
from grader.gradebook.formats.settling import say_names, settle_keys
from grader.gradebook.records import ClassDownload, HandedIn

METADATA = "submission_metadata.yml"
# The results of every attempt of every student are in it.
MAX_METADATA_BYTES = 200 << 20
_SUBMISSION = re.compile(r"(?P<word>submission_)?(?P<id>\d+)(?:\.pdf)?")
_KEY = re.compile(r"(?P<quote>['\"]?)(?P<key>submission_\d+|\d+(?:\.pdf)?)(?P=quote):\s*$")
_SECTION = re.compile(r"  :?(?P<name>[a-z_]+):(?:\s|$)")
_WANTED = frozenset(("submitters", "created_at"))


class _PlainLoader(yaml.SafeLoader):
    """Reads plain values; what refers to another value is refused, as it could grow without bound."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node that stands for itself."""
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("found an alias, expected plain values")
        return super().compose_node(parent, index)


def read_gradescope(listing: Listing) -> ClassDownload | None:
    """Read a class out of an export of Gradescope; None where it is none.

    Args:
        listing: What the export holds.
    """
    found = sorted((file for file in listing.files if file.name == METADATA), key=lambda f: len(f.parts))
    if not found:
        return None
    metadata = found[0]
    home = metadata.parts[:-1]
    named = {
        folder[-1]
        for folder in listing.folders
        if folder[:-1] == home and _SUBMISSION.fullmatch(folder[-1]) is not None
    }
    loose = {file.name: file for file in listing.files if file.parts[:-1] == home}
    records = read_metadata(metadata.peek(MAX_METADATA_BYTES))
    if not named and not any(name in loose for name in records):
        return None
    uploads, absent = [], []
    for name in sorted(named | set(records)):
        record = records.get(name, {})
        match = _SUBMISSION.fullmatch(name)
        key = match["id"] if match else to_text(name)
        entries = _list_entries(listing, (*home, name), loose.get(name))
        if not entries and name not in named:
            absent.append(f"{_say_submitters(record) or key}")
            continue
        uploads.append(_hand_in(listing, key, name, record, entries))
    settled, clashes = settle_keys(uploads, "the submission id")
    notes = [f"taken for a Gradescope export: {len(settled)} submissions", *listing.notes, *clashes]
    unknown = [upload.key for upload in settled if upload.submitted_at is None]
    if unknown:
        notes.append(f"{len(unknown)} without a time in {METADATA}: {say_names(unknown)}")
    if absent:
        notes.append(f"{len(absent)} in {METADATA} without files: {say_names(absent)}")
    return ClassDownload("gradescope", listing.path, settled, tuple(notes))


def _list_entries(listing: Listing, folder: Parts, file: Listed | None) -> tuple[tuple[Parts, Listed], ...]:
    if file is not None:
        return (((file.name,), file),)
    return tuple((entry.parts[len(folder) :], entry) for entry in listing.below(folder))


def _hand_in(
    listing: Listing,
    key: str,
    name: str,
    record: Mapping[str, Any],
    entries: tuple[tuple[Parts, Listed], ...],
) -> HandedIn:
    submitted_at = _read_time(record.get("created_at"))
    submitters = _list_submitters(record)
    return HandedIn(
        key=key,
        name=_say_submitters(record),
        read=StudentReader(key, listing.path, entries, submitted_at),
        submitted_at=submitted_at,
        origin={
            "kind": "submissions",
            "id": key,
            "folder": name,
            "sid": "; ".join(to_text(str(one.get("sid") or "")) for one in submitters),
            "email": "; ".join(to_text(str(one.get("email") or "")) for one in submitters),
        },
    )


def _list_submitters(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    submitters = record.get("submitters")
    return [one for one in submitters if isinstance(one, dict)] if isinstance(submitters, list) else []


def _say_submitters(record: Mapping[str, Any]) -> str:
    return "; ".join(to_text(str(one.get("name") or "")) for one in _list_submitters(record))


def _read_time(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def read_metadata(content: bytes) -> dict[str, dict[str, Any]]:
    r"""Read who handed in what and when; results and earlier attempts are passed over unparsed.

    Args:
        content: The file. Its keys are those of a Ruby program, ``:name`` for ``name``.

    Returns:
        Submitters and time by the name of the folder or file; what cannot be read is left out.

    Examples:
        >>> text = b"---\nsubmission_7:\n  :submitters:\n  - :name: Solo\n    :sid: '100'\n"
        >>> read_metadata(text)
        {'submission_7': {'submitters': [{'name': 'Solo', 'sid': '100'}]}}
    """
    records: dict[str, dict[str, Any]] = {}
    for name, lines in _split_records(content.decode("utf-8", "replace")).items():
        try:
            loaded = yaml.load("\n".join(lines), _PlainLoader)  # noqa: S506  # derives from SafeLoader
        except (yaml.YAMLError, ValueError, RecursionError):
            loaded = None
        records[name] = _strip_colons(loaded) if isinstance(loaded, dict) else {}
    return records


def _split_records(text: str) -> dict[str, list[str]]:
    """Keep the lines of the wanted sections, by submission."""
    records: dict[str, list[str]] = {}
    lines: list[str] = []
    wanted = False
    for line in text.split("\n"):
        if key := _KEY.fullmatch(line.rstrip()):
            lines = records.setdefault(key["key"], [])
            wanted = False
        elif section := _SECTION.match(line):
            wanted = section["name"] in _WANTED
        if wanted and not key:
            lines.append(line.rstrip("\r"))
    return records


def _strip_colons(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key).removeprefix(":"): _strip_colons(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_strip_colons(inner) for inner in value]
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value
