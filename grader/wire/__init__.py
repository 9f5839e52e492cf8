"""The frames between the grader and a worker: a JSON header and raw little-endian buffers.

Both ends use this package. It never pickles: what a frame can hold is data, and a frame that
breaks the format raises `WireError` and nothing else, whoever wrote it.
"""

from grader.wire.decoding import decode
from grader.wire.encoding import encode
from grader.wire.frames import Frame, FrameReceiver, pack
from grader.wire.values import Buffer, Opaque, WireError

__all__ = ["Buffer", "Frame", "FrameReceiver", "Opaque", "WireError", "decode", "encode", "pack"]
