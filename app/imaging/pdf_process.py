"""Run as a process of its own: tells the pages of a PDF, or draws one. Bounded in time and memory, and alone if it crashes.

`<path> <page>` writes the number of pages and the page's size in points. `<path> <page> <scale>` writes its size in pixels as
a line, and its rows of BGR bytes. Pages count from 0. A file that cannot be read ends it with status 1. It imports nothing of ours.
"""

import resource
import sys
from pathlib import Path

from pypdfium2 import PdfDocument

SECONDS = 10  # of the processor
MEMORY = 1 << 30  # of addresses, the library's own included
BGR = 2  # FPDFBitmap_BGR


def main(path: str, number: int, scale: float | None) -> None:
    with PdfDocument(Path(path)) as document:
        page = document[number]
        if scale is None:
            width, height = page.get_size()
            sys.stdout.write(f"{len(document)} {width} {height}")
            return
        bitmap = page.render(scale=scale, may_draw_forms=False, fill_color=(255, 255, 255, 255), force_bitmap_format=BGR)
        sys.stdout.buffer.write(f"{bitmap.width} {bitmap.height}\n".encode())
        for row in range(bitmap.height):
            start = row * bitmap.stride
            sys.stdout.buffer.write(memoryview(bitmap.buffer)[start : start + 3 * bitmap.width])


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else None)
    except Exception as error:  # broken files raise what they please
        sys.exit(f"{type(error).__name__}: {error}")
