"""Map and touch 8 GiB.

functions: gd_step
says: memory raised exit
"""

import mmap


def gd_step(W, X, y, lr, l1=0.0):
    keep = []
    for _ in range(128):
        block = mmap.mmap(-1, 64 << 20)
        block.write(b"A" * (64 << 20))
        keep.append(block)
    return W * 0.0
