"""``results.json``: the numbers behind your figures and tables, and the code that made them.

The file is replaced as a whole, never half written, and each lab writes its own part only.
"""

import hashlib
import json
import math
import os
import re
from pathlib import Path

FILE_NAME = "results.json"
SCHEMA_VERSION = 1
DIGITS = 10
_NUMBERS = re.compile(r"\[[-+0-9.,\seE]*(?:null[-+0-9.,\seE]*)*\]")  # a list of numbers goes on one line


class ResultsError(Exception):
    """``results.json`` cannot be used; the message says why and what to do."""


def read_results(folder):
    """Read the results of a folder.

    Args:
        folder: Where ``results.json`` lies.

    Returns:
        Its content, an empty dictionary where there is no file.

    Raises:
        ResultsError: The file is damaged.
    """
    path = Path(folder) / FILE_NAME
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ResultsError(
            f"{FILE_NAME}: cannot be read ({error})\n"
            f"  hint: delete it and run `hw4 lab1` (and `hw4 lab2`) again"
        ) from error
    if not isinstance(results, dict) or results.get("schema_version") != SCHEMA_VERSION:
        found = results.get("schema_version") if isinstance(results, dict) else type(results).__name__
        raise ResultsError(
            f"{FILE_NAME}: found schema version {found}, expected {SCHEMA_VERSION}\n"
            f"  hint: delete it and run `hw4 lab1` (and `hw4 lab2`) again"
        )
    return results


def write_part(folder, name, part):
    """Replace one part of the results and keep the others.

    Args:
        folder: Where ``results.json`` lies.
        name: The part, ``"lab1"`` or ``"lab2"``.
        part: Its new content: dictionaries, lists, texts and numbers.

    Returns:
        The path of the file.

    Raises:
        ResultsError: The file that is there is damaged.
    """
    results = read_results(folder)
    results["schema_version"] = SCHEMA_VERSION
    results[name] = part
    path = Path(folder) / FILE_NAME
    text = json.dumps(dict(sorted(results.items())), indent=1, allow_nan=False)
    text = _NUMBERS.sub(lambda found: " ".join(found[0].split()), text) + "\n"
    write_atomically(path, text.encode())
    return path


def write_atomically(path, content):
    """Write a file so that it is either the old one or the new one, never a half.

    Args:
        path: The file.
        content: Its bytes.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def hash_code(path):
    r"""Hash the code of a file, whatever its line ends, and of a notebook without its outputs.

    Args:
        path: A ``.py`` file or a notebook.

    Returns:
        A SHA-256 digest; an empty string where the file cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        if Path(path).suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            text = "\n\n".join("".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code")
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return hashlib.sha256("\n".join(text.splitlines()).encode()).hexdigest()


def number(value):
    """Round a number to what is worth keeping; None where it is not finite.

    Examples:
        >>> number(1 / 3), number(float("nan"))
        (0.3333333333, None)
    """
    value = float(value)
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def find_stale(results, folder):
    """List the parts of the results that another version of the code made.

    Args:
        results: What `read_results` returned.
        folder: Where the code lies.

    Returns:
        Pairs of a part and the name of the file that changed.
    """
    stale = []
    for part in ("lab1", "lab2"):
        for name, digest in results.get(part, {}).get("code", {}).items():
            if hash_code(Path(folder) / name) != digest:
                stale.append((part, name))
    return stale
