"""Hostile notebooks and PDFs."""

import json
import zlib
from pathlib import Path

from tests.bank.canaries import Canaries
from tests.bank.upload_archives import compress_zeros
from tests.bank.uploads import right_folder, right_sources, upload


def _cell(source: object, kind: str = "code") -> dict[str, object]:
    cell = {"cell_type": kind, "id": "a", "metadata": {}, "source": source}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def _notebook(cells: object, **changes: object) -> bytes:
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells} | changes
    return json.dumps(book).encode()


def _submit(folder: Path, content: bytes) -> Path:
    submission = right_folder(folder)
    (submission / "lab1.py").unlink()
    (submission / "lab1.ipynb").write_bytes(content)
    return submission


def _right_cells() -> list[object]:
    return [_cell(part) for part in right_sources()["lab1.py"].decode().split("\n\n\n")]


@upload("notebook", code="earned")
def magics_that_run_commands(folder: Path, canaries: Canaries) -> Path:
    """Run commands and write files by magics and markup."""
    touched = f"{canaries.canary_folder}/magic"
    cells = [
        _cell(f"!touch {touched}"),
        _cell(f"%%bash\ntouch {touched}"),
        _cell(f"%system touch {touched}"),
        _cell(f"%%writefile {touched}\nhostile"),
        _cell(f"get_ipython().system('touch {touched}')"),
        _cell(f"%run {touched}"),
        _cell(f"<script src='file://{touched}'></script>", "markdown"),
    ]
    return _submit(folder, _notebook([*cells, *_right_cells()]))


@upload("notebook", code="lab1 lost", says=("ipynb",))
def nested_notebook(folder: Path, _: Canaries) -> Path:
    """Nest a hundred thousand lists."""
    return _submit(folder, b'{"nbformat": 4, "cells": ' + b"[" * 10**5 + b"]" * 10**5 + b"}")


@upload("notebook", code="open")
def gigantic_notebook(folder: Path, _: Canaries) -> Path:
    """Hold 60 MB of output."""
    cells = _right_cells()
    cells[0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "A" * 60_000_000}]
    return _submit(folder, _notebook(cells))


@upload("notebook", code="open")
def hundred_thousand_cells(folder: Path, _: Canaries) -> Path:
    """Hold a hundred thousand cells."""
    return _submit(folder, _notebook([*[_cell("pass")] * 10**5, *_right_cells()]))


@upload("notebook", code="lab1 lost", says=("ipynb",))
def no_json(folder: Path, _: Canaries) -> Path:
    """Be no JSON."""
    return _submit(folder, b"\x1f\x8b" + right_sources()["lab1.py"])


@upload("notebook", code="lab1 lost", says=("ipynb", "is not defined"))
def cells_of_other_types(folder: Path, _: Canaries) -> Path:
    """Let cells, sources and metadata be numbers, lists and null."""
    strange = [1, None, [], _cell(7), _cell({"a": 1}), _cell([1, 2]), {"cell_type": ["code"]}]
    return _submit(folder, _notebook(strange, metadata=3, nbformat_minor="x"))


@upload("notebook", code="lab1 lost", says=("ipynb",))
def no_notebook(folder: Path, _: Canaries) -> Path:
    """Be JSON that is no notebook."""
    return _submit(folder, b'[{"lab1": NaN, "lab1": 1e999999}]')


@upload("notebook", code="open")
def version_of_the_future(folder: Path, _: Canaries) -> Path:
    """Claim version 99."""
    return _submit(folder, _notebook(_right_cells(), nbformat=99))


@upload("notebook", code="open")
def version_of_the_past(folder: Path, _: Canaries) -> Path:
    """Be a notebook of version 3, with worksheets."""
    code = right_sources()["lab1.py"].decode()
    cells = [{"cell_type": "code", "input": code, "language": "python", "metadata": {}, "outputs": []}]
    return _submit(
        folder, json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}).encode()
    )


@upload("notebook", code="earned")
def one_cell_never_ends(folder: Path, _: Canaries) -> Path:
    """Hold a cell that never ends before the right ones."""
    return _submit(folder, _notebook([_cell("while True:\n    pass"), *_right_cells()]))


@upload("notebook", code="earned")
def cells_that_fail(folder: Path, _: Canaries) -> Path:
    """Hold cells with syntax errors, exits and exceptions between the right ones."""
    failing = [
        _cell("def broken("),
        _cell("raise SystemExit(0)"),
        _cell("1 / 0"),
        _cell("import no_such_module"),
    ]
    mixed = [cell for pair in zip(failing, _right_cells()[: len(failing)], strict=True) for cell in pair]
    return _submit(folder, _notebook([*mixed, *_right_cells()[len(failing) :]]))


def _pdf(objects: list[bytes], trailer: bytes = b"<< /Root 1 0 R >>") -> bytes:
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return body + head + table + b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, len(body))


def _stream(content: bytes, filters: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), filters, content)


def _with_pdf(folder: Path, content: bytes) -> Path:
    submission = right_folder(folder)
    (submission / "report.pdf").write_bytes(content)
    return submission


CATALOG = b"<< /Type /Catalog /Pages 2 0 R %s >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] %s >>"


@upload("pdf")
def javascript(folder: Path, _: Canaries) -> Path:
    """Run JavaScript and launch a program when it is opened."""
    action = b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) /Next << /S /Launch /F (/bin/sh) >> >>"
    return _with_pdf(folder, _pdf([CATALOG % action, PAGES, PAGE % b""]))


@upload("pdf")
def compressed_bomb(folder: Path, _: Canaries) -> Path:
    """Hold a page of a gigabyte in a megabyte, compressed twice."""
    once = compress_zeros(1024)
    twice = _stream(zlib.compress(once), b"/Filter [/FlateDecode /FlateDecode]")
    return _with_pdf(folder, _pdf([CATALOG % b"", PAGES, PAGE % b"/Contents 4 0 R", twice]))


@upload("pdf")
def pages_that_contain_themselves(folder: Path, _: Canaries) -> Path:
    """Let the tree of pages contain itself."""
    pages = b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 2 0 R 3 0 R] /Count 1000000000 >>"
    return _with_pdf(folder, _pdf([CATALOG % b"", pages, PAGE % b""]))


@upload("pdf")
def nested_objects(folder: Path, _: Canaries) -> Path:
    """Nest fifty thousand arrays."""
    return _with_pdf(folder, _pdf([CATALOG % (b"/X " + b"[" * 50_000 + b"]" * 50_000), PAGES, PAGE % b""]))


@upload("pdf")
def attachments_that_climb(folder: Path, canaries: Canaries) -> Path:
    """Attach files under names that climb out, and an answers.toml that is a bomb."""
    name = f"../../../../../../../..{canaries.canary_folder}/attached".encode()
    names = b"/Names << /EmbeddedFiles << /Names [(%s) 4 0 R (answers.toml) 6 0 R] >> >>" % name
    bomb = compress_zeros(512)
    objects = [
        CATALOG % names,
        PAGES,
        PAGE % b"",
        b"<< /Type /Filespec /F (%s) /EF << /F 5 0 R >> >>" % name,
        _stream(b"hostile", b"/Type /EmbeddedFile"),
        b"<< /Type /Filespec /F (answers.toml) /EF << /F 7 0 R >> >>",
        _stream(bomb, b"/Type /EmbeddedFile /Filter /FlateDecode"),
    ]
    return _with_pdf(folder, _pdf(objects))


@upload("pdf")
def truncated_pdf(folder: Path, _: Canaries) -> Path:
    """End in the middle."""
    return _with_pdf(folder, _pdf([CATALOG % b"", PAGES, PAGE % b""])[:90])


@upload("pdf")
def no_pdf(folder: Path, _: Canaries) -> Path:
    """Be no PDF."""
    return _with_pdf(folder, b"<html><script>alert(1)</script></html>")


@upload("pdf", code="none")
def pdf_alone(folder: Path, _: Canaries) -> Path:
    """Hand in a PDF without code."""
    path = folder / "report.pdf"
    path.write_bytes(_pdf([CATALOG % b"", PAGES, PAGE % b""]))
    return path
