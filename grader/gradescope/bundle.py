"""Build the zip that an instructor uploads to Gradescope as the autograder."""

from __future__ import annotations

import importlib.metadata
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.errors import StaffError
from grader.gradebook.formats.marks import written_whole
from grader.gradescope.requirements import PROJECT, list_requirements

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("grader", "reference", "report_template", "student")
FILES = Path(__file__).resolve().with_name("files")
AT_ROOT = ("setup.sh", "run_autograder")
KEPT_SUFFIXES = frozenset((".py", ".toml", ".ini", ".json", ".npz", ".pt", ".md", ".ipynb", ".txt"))
_TIME = (1980, 1, 1, 0, 0, 0)
_MAX_FILE_BYTES = 50 << 20


@dataclass(frozen=True, slots=True)
class Choices:
    """How the container grades; written into the zip as ``settings.json``.

    Attributes:
        timeout_seconds: When a grading is given up, a little before Gradescope does.
        allow_weak: Grade even where the container cannot confine student code well.
        finetune: ``"auto"`` by what the container has, ``"yes"`` or ``"no"``.
    """

    timeout_seconds: float = 560.0
    allow_weak: bool = False
    finetune: str = "auto"


def list_bundle(choices: Choices, torch_index: str = "") -> dict[str, bytes]:
    """List what the zip holds, by name.

    Args:
        choices: How the container grades.
        torch_index: As in `list_requirements`.

    Raises:
        StaffError: A file is missing.
    """
    files = {name: _read_script(FILES / name) for name in AT_ROOT}
    files["settings.json"] = (json.dumps(asdict(choices), indent=1) + "\n").encode()
    files["requirements.txt"] = ("\n".join(list_requirements(torch_index)) + "\n").encode()
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("*")):
            parts = path.relative_to(REPOSITORY).parts
            hidden = any(part.startswith((".", "__pycache__")) for part in parts)
            kept = path.suffix in KEPT_SUFFIXES or path.parent == FILES
            if path.is_file() and kept and not hidden:
                files["/".join(("package", *parts))] = path.read_bytes()
    version = importlib.metadata.version(PROJECT)
    folder = f"package/{PROJECT.replace('-', '_')}-{version}.dist-info"  # the grader asks for its own version
    files[f"{folder}/METADATA"] = f"Metadata-Version: 2.1\nName: {PROJECT}\nVersion: {version}\n".encode()
    return files


def _read_script(path: Path) -> bytes:
    content = path.read_bytes() if path.is_file() else b""
    if not content.startswith(b"#!") or b"\r" in content:
        raise StaffError(f"{path.name}: found no script with Unix line ends, expected one beside the package")
    return content


def build_bundle(out: Path, choices: Choices, torch_index: str = "") -> Mapping[str, int]:
    """Write the zip; the same sources and versions give the same bytes.

    Args:
        out: The zip.
        choices: How the container grades.
        torch_index: As in `list_requirements`.

    Returns:
        The size of every file by name.

    Raises:
        UsageError: It cannot be written.
        StaffError: What was written is not what Gradescope expects; nothing is left.
    """
    files = list_bundle(choices, torch_index)
    with written_whole(out) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, content in sorted(files.items()):
                entry = zipfile.ZipInfo(name, _TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3
                entry.external_attr = (0o755 if name in AT_ROOT else 0o644) << 16
                archive.writestr(entry, content)
        if problems := list(_check_bundle(temporary.read_bytes())):
            raise StaffError(f"the autograder's zip is not what Gradescope expects: {'; '.join(problems)}")
    return {name: len(content) for name, content in files.items()}


def _check_bundle(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        for name in AT_ROOT:
            if name not in names:
                yield f"{name} is not at the root"
            elif b"\r" in archive.read(name):
                yield f"{name} has line ends of Windows"
        for entry in archive.infolist():
            if entry.file_size > _MAX_FILE_BYTES:
                yield f"{entry.filename} has {entry.file_size} bytes"
            if entry.filename.startswith(("package/tests", "/")) or ".." in entry.filename:
                yield f"{entry.filename} does not belong there"
