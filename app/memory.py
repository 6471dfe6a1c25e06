"""Memory that pictures took goes back to the system when they are done with, whatever thread they were in."""

import ctypes
import sys

M_MMAP_THRESHOLD = -3  # glibc's malloc.h
LARGE = 4 << 20  # Pillow takes its pictures in blocks of 16 MB


def give_back_large_blocks() -> bool:
    """Have the C library map blocks of 4 MB and more by themselves. Whether it could be told (it can with glibc).

    By itself glibc raises that limit to 32 MB after the first large block is freed, and then keeps the pictures of every thread
    in heaps of their own: 64 threads that never hold more than 300 MB together took 700.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(mallopt and mallopt(M_MMAP_THRESHOLD, LARGE))
