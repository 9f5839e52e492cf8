"""One thread where a result is compared with a worker's, which has one thread too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def use_one_thread() -> Iterator[None]:
    """Compute on one thread inside the block.

    Threads add up in another order, which moves a gradient by up to a percent where a weight of a
    hundred thousand crosses a rounding tie; and on a busy machine two of them wait for each other.

    Examples:
        >>> with use_one_thread():
        ...     torch.get_num_threads()
        1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
