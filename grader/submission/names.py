"""Names that students chose: made fit to show, recognised as junk, given a role or a module name."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from collections.abc import Iterable
from typing import Literal

from grader.submission.limits import MAX_DISPLAY_CHARACTERS

Role = Literal["code", "notebook", "report", "answers", "results", "archive", "other"]

_JUNK_FOLDERS = frozenset(
    ("__macosx", "__pycache__", "node_modules", "site-packages", "venv", "virtualenv", "wandb")
)
_JUNK_FILES = frozenset(("thumbs.db", "desktop.ini", "icon\r"))
_JUNK_SUFFIXES = (".pyc", ".pyo", "~", ".swp", ".tmp", ".crdownload")
# The handout's own folders: its pristine copies are used, whatever the submission holds.
HANDOUT_FOLDERS = frozenset(("given", "report_template"))

# A browser adds a second suffix to what it does not know.
_BROWSER_SUFFIXES = {".py.txt": ".py", ".ipynb.txt": ".ipynb", ".ipynb.json": ".ipynb"}
_ROLES: dict[str, Role] = {
    ".py": "code",
    ".ipynb": "notebook",
    ".pdf": "report",
    ".zip": "archive",
    ".tar": "archive",
    ".gz": "archive",
    ".tgz": "archive",
    ".rar": "archive",
    ".7z": "archive",
    ".xz": "archive",
    ".bz2": "archive",
}
# Modules that the worker has; a submitted file of the same name would hide them or be hidden.
_TAKEN_MODULES = frozenset(
    ("given", "grader", "matplotlib", "numpy", "reference", "scipy", "student", "torch", "torchvision")
)


def clean_text(text: str, limit: int = 500) -> str:
    r"""Make text of unknown origin fit for one line of a terminal, a PDF or a page.

    Control characters, line ends, marks that turn the direction of writing, invisible
    characters and lone surrogates become ``�``, and every kind of space a space; the rest
    stays. Markup is not escaped: that is the business of whoever writes markup.

    Args:
        text: Any text.
        limit: The most characters to keep.

    Returns:
        One line of printable text.

    Examples:
        >>> clean_text("lab1\n\x1b[31m.py"), clean_text("a" * 12, limit=10)
        ('lab1��[31m.py', 'aaaaaaaaa…')
    """
    kept = "".join(
        " " if category == "Zs" else "\ufffd" if category[0] in "CZ" else character
        for character, category in ((c, unicodedata.category(c)) for c in text[: limit + 1])
    )
    return kept if len(text) <= limit else kept[: limit - 1] + "…"


def display_name(name: str) -> str:
    r"""Make a file name fit to show; see `clean_text`. A long one loses its middle, not its suffix.

    Examples:
        >>> display_name("invoice\u202efdp.py"), len(display_name("x" * 500 + ".py"))
        ('invoice�fdp.py', 100)
    """
    name = unicodedata.normalize("NFC", name)
    if len(name) > MAX_DISPLAY_CHARACTERS:
        half = MAX_DISPLAY_CHARACTERS // 2
        name = f"{name[:half]}…{name[-(MAX_DISPLAY_CHARACTERS - half - 1) :]}"
    return clean_text(name, MAX_DISPLAY_CHARACTERS).strip() or "(blank)"


def display_names(names: Iterable[str]) -> dict[str, str]:
    """Give every path a name to show: its last part where that is unique, else the whole path.

    Examples:
        >>> display_names(["Submission attachment(s)/lab1.py"])
        {'Submission attachment(s)/lab1.py': 'lab1.py'}
        >>> list(display_names(["lab1.py", "old/lab1.py"]).values())
        ['lab1.py', 'old/lab1.py']
    """
    names = list(names)
    lasts = [display_name(name.rpartition("/")[2]) for name in names]
    shown: dict[str, str] = {}
    for name, last in zip(names, lasts, strict=True):
        candidate = base = last if lasts.count(last) == 1 else display_name(name)
        number = 2
        while candidate in shown.values():
            candidate = f"{base} [{number}]"
            number += 1
        shown[name] = candidate
    return shown


def is_junk(parts: tuple[str, ...]) -> bool:
    """Tell whether a path is what operating systems, editors and Python leave behind.

    Examples:
        >>> is_junk(("__MACOSX", "._lab1.py")), is_junk((".ipynb_checkpoints", "a.py")), is_junk(("lab1.py",))
        (True, True, False)
    """
    *folders, last = (part.lower() for part in parts)
    return (
        any(part.startswith(".") for part in (*folders, last))
        or any(part in _JUNK_FOLDERS for part in folders)
        or last in _JUNK_FILES
        or last.endswith(_JUNK_SUFFIXES)
        or last.startswith("~$")
    )


def is_handout_copy(parts: tuple[str, ...]) -> bool:
    """Tell whether a path lies in one of the handout's own folders.

    Examples:
        >>> is_handout_copy(("hw4", "given", "resnet20.py")), is_handout_copy(("hw4", "lab1.py"))
        (True, False)
    """
    return any(part.lower() in HANDOUT_FOLDERS for part in parts[:-1])


def split_suffix(name: str) -> tuple[str, str]:
    """Split a file name into its stem and its suffix in lower case, whatever a browser added.

    Examples:
        >>> split_suffix("Lab1.PY"), split_suffix("hw4.ipynb.json"), split_suffix("README")
        (('Lab1', '.py'), ('hw4', '.ipynb'), ('README', ''))
    """
    lower = name.lower()
    for added, suffix in _BROWSER_SUFFIXES.items():
        if lower.endswith(added) and len(lower) > len(added):
            return name[: -len(added)], suffix
    stem, dot, suffix = name.rpartition(".")
    return (stem, "." + suffix.lower()) if dot and stem else (name, "")


def find_role(parts: tuple[str, ...]) -> Role:
    """Find what a file is for, from its name alone.

    Examples:
        >>> [find_role((name,)) for name in ("a.py", "b.IPYNB", "jd_answers.toml", "results.json", "c.png")]
        ['code', 'notebook', 'answers', 'results', 'other']
        >>> find_role(("given", "resnet20.py"))
        'other'
    """
    if is_handout_copy(parts):
        return "other"
    stem, suffix = split_suffix(parts[-1])
    if suffix == ".toml" and "answers" in stem.lower():
        return "answers"
    if suffix == ".json" and "results" in stem.lower():
        return "results"
    return _ROLES.get(suffix, "other")


def module_name(file_name: str, taken: Iterable[str] = ()) -> str:
    """Derive the name under which other files of the submission may import a file.

    Args:
        file_name: The file's name, with its suffix.
        taken: Module names that are in use.

    Returns:
        An identifier that is neither in use nor the name of a module the worker has.

    Examples:
        >>> module_name("lab1.py"), module_name("jd123-lab1 (final).py"), module_name("2nd try.ipynb")
        ('lab1', 'jd123_lab1_final', 'file_2nd_try')
        >>> module_name("numpy.py"), module_name("lab1.py", {"lab1"})
        ('numpy_submitted', 'lab1_2')
    """
    stem = unicodedata.normalize("NFKC", split_suffix(file_name)[0])
    name = re.sub(r"_{2,}", "_", re.sub(r"\W", "_", stem, flags=re.ASCII))
    if name != stem:
        name = name.strip("_")
    if not name.isidentifier():
        name = f"file_{name}"
    name = name[:60]
    if keyword.iskeyword(name) or name in sys.stdlib_module_names or name in _TAKEN_MODULES:
        name += "_submitted"
    taken, candidate, number = set(taken), name, 2
    while candidate in taken:
        candidate = f"{name}_{number}"
        number += 1
    return candidate
