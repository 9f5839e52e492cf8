"""Files attached inside a PDF."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream, PDFString, PDFZCompress
from reportlab.pdfgen.canvas import Canvas

from report_template.fonts import make_legible


def attach_files(canvas: Canvas, files: Mapping[str, bytes]) -> None:
    """Attach files to the PDF that a canvas writes.

    They are written by reportlab itself: a second pass with another library would cost time and
    renumber the objects.

    Args:
        canvas: The canvas, before it is saved.
        files: Contents by file name.
    """
    if not files:
        return
    document = canvas._doc  # noqa: SLF001  # reportlab has no public way to the catalog
    names: list[Any] = []
    for name, content in sorted(files.items()):
        shown = make_legible(name).replace("\n", " ")
        parameters = PDFDictionary({"Size": len(content)})
        stream = PDFStream(PDFDictionary({"Type": PDFName("EmbeddedFile"), "Params": parameters}), content)
        stream.filters = [PDFZCompress]
        file = PDFDictionary({"F": document.Reference(stream)})
        specification = PDFDictionary(
            {"Type": PDFName("Filespec"), "F": PDFString(shown), "UF": PDFString(shown), "EF": file}
        )
        names += [PDFString(shown), document.Reference(specification)]
    document.Catalog.Names = PDFDictionary({"EmbeddedFiles": PDFDictionary({"Names": PDFArray(names)})})


def make_plain(value: Any) -> Any:
    """Turn NumPy's values into Python's, and what JSON cannot say into text.

    Examples:
        >>> make_plain({"a": [1, float("nan")], 2: (True, None)})
        {'a': [1, 'nan'], '2': [True, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): make_plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [make_plain(entry) for entry in value]
    if hasattr(value, "tolist"):
        return make_plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def dump_results(result: Mapping[str, Any]) -> bytes:
    """Write a ``results.json`` whose bytes depend on nothing but what was graded.

    Args:
        result: The results; ``provenance.wall_seconds`` is left out, for it differs each time.

    Returns:
        JSON in UTF-8.

    Examples:
        >>> dump_results({"score": 1.0, "provenance": {"seed": 4, "wall_seconds": 0.3}}).decode().split()
        ['{', '"provenance":', '{', '"seed":', '4', '},', '"score":', '1.0', '}']
    """
    plain = make_plain(result)
    if isinstance(plain.get("provenance"), dict):
        plain["provenance"].pop("wall_seconds", None)
    text = json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", errors="backslashreplace")
