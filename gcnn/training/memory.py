"""Keeping freed memory in the process: half of a training step on a CPU may otherwise go into page faults."""

from __future__ import annotations

import ctypes
import platform

# Names and numbers of <malloc.h>.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_LARGEST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Tells glibc to reuse large blocks instead of returning them to the system; True where it could be told.

    A step allocates and frees gigabytes of activations. By default every block above 32 MiB is mapped afresh, and
    the system zeroes it page by page: 2.3 times the time per step (measured by `python -m benchmarks.training`).
    Other systems' allocators keep large blocks by themselves or cannot be told.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, _LARGEST), (_M_TOP_PAD, 256 * 2**20))
    accepted = [mallopt(name, value) == 1 for name, value in settings]
    return all(accepted)
