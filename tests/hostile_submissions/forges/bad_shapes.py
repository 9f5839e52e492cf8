"""Send arrays whose shape does not fit their bytes.

functions: gd_step
rest: open
says: reply exit wrong hang
"""

import os
import stat

import numpy as np


def channels():
    """Find the sockets and pipes beyond the standard streams."""
    for descriptor in range(3, 256):
        try:
            kind = os.fstat(descriptor).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(kind) or stat.S_ISFIFO(kind):
            yield descriptor


def gd_step(W, X, y, lr, l1=0.0):
    from grader.wire import pack

    whole = b"".join(bytes(part) for part in pack(1, {"status": "value", "value": np.zeros((5, 1))}))
    for forged in (whole.replace(b"5", b"9"), whole.replace(b"<f8", b"|O8"), whole.replace(b"5", b"-5"), whole[:-8]):
        for descriptor in channels():
            os.write(descriptor, forged)
    return W * 0.0
