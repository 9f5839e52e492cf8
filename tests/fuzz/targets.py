"""What is fuzzed with coverage as a guide: each reads bytes of unknown origin in the trusted process.

A target returns where the bytes are read or refused as they should be; whatever it raises is a finding.
"""

import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch

from grader.submission import read_answers, read_submission
from grader.submission.archive import read_archive
from grader.submission.collecting import Collection
from grader.submission.intake import read_timestamp
from grader.wire import FrameReceiver, WireError, decode, pack

MAX_FRAME_BYTES = 1 << 16
MOST_READ = 65 << 20


def read_frames(content: bytes) -> None:
    """Read frames from a stream that arrives in pieces, as from a worker."""
    if not content:
        return
    step, data = content[0] or 256, memoryview(content)[1:]
    receiver = FrameReceiver(MAX_FRAME_BYTES)
    try:
        while data:
            window = receiver.window
            count = min(len(window), step, len(data))
            window[:count], data = data[:count], data[count:]
            frame = receiver.advance(count)
            if frame is not None:
                pack(frame.number, frame.value())  # what was read can be sent again
                receiver = FrameReceiver(MAX_FRAME_BYTES)
    except WireError:
        return


def read_value(content: bytes) -> None:
    """Decode a header and two buffers, without the frame around them that few changes get past."""
    length = int.from_bytes(content[:2], "little")
    header, rest = content[2 : 2 + length], content[2 + length :]
    half = len(rest) // 2
    try:
        value = decode(header, [rest[:half], rest[half:]])
        pack(1, value)
    except WireError:
        return


def read_zip(content: bytes) -> None:
    """Unpack an archive in memory."""
    collection = Collection()
    read_archive(content, ("hw4.zip",), "hw4.zip", collection)
    files, notes = collection.finish()
    demand_told(files, notes)


def read_upload(content: bytes) -> None:
    """Take in one file under a name that the first byte chooses."""
    names = ("hw4.zip", "lab1.py", "hw4.ipynb", "report.pdf", "answers.toml")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / names[(content[0] if content else 0) % len(names)]
        path.write_bytes(content[1:])
        submission = read_submission(path)
    demand_told(submission.files, submission.notes)
    read_timestamp(content)


def read_answer_file(content: bytes) -> None:
    """Read answers; every problem is told on one printable line."""
    answers = read_answers(content)
    assert all(str(problem).isprintable() for problem in answers.problems)


def demand_told(files, notes):
    """Demand that names and notes are fit to be shown, and that no more was read than may be."""
    assert all(note.isprintable() for note in notes), notes
    assert all(file.display_name.isprintable() for file in files), files
    assert sum(len(file.content) for file in files) <= MOST_READ


def _zip(*entries: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def _frame(value: object) -> bytes:
    return b"".join(map(bytes, pack(7, value)))


def list_seeds(name: str) -> list[bytes]:
    """Return inputs of the right form to begin with.

    Args:
        name: The target's name.
    """
    values = (
        {"status": "value", "value": [np.arange(6.0).reshape(3, 2), (1, None), "text", b"ab"]},
        {"status": "raised", "type_name": "ValueError", "message": "x", "line": 3, "file": "lab1.py"},
        [torch.ones(2, dtype=torch.bfloat16), torch.ones(1, requires_grad=True), np.float32(1), 1 << 80, 1j],
    )
    archives = (
        _zip(("lab1.py", b"x = 1\n"), ("../up.py", b""), ("d/answers.toml", b"[lab1.b]\n")),
        _zip(("lab1.py", b"a"), ("LAB1.PY", b"b"), ("inner.zip", _zip(("lab1.py", b"")))),
    )
    answers = (b'[true_false."1.1"]\nverdict = "T"\n[lab1.b]\ncomment = """a\nb"""\noptimal = true\n',)
    if name in ("read_frames", "read_value"):
        frames = [_frame(value) for value in values]
        return [b"\x05" + frame for frame in frames] if name == "read_frames" else list(map(_unframe, frames))
    if name == "read_zip":
        return list(archives)
    if name == "read_upload":
        return [b"\0" + archive for archive in archives] + [b"\x04" + answers[0], b"\x02{}", b"\x03%PDF-1.7"]
    return list(answers)


def _unframe(frame: bytes) -> bytes:
    """Return what `read_value` takes: the header with its length, the buffers."""
    header_bytes, buffers = (int.from_bytes(frame[start : start + 4], "little") for start in (12, 16))
    return header_bytes.to_bytes(2, "little") + frame[20 + 8 * buffers :]


TARGETS = {
    target.__name__: target for target in (read_frames, read_value, read_zip, read_upload, read_answer_file)
}
