"""PDF as one more format that Pillow opens: each page is a frame, drawn by PDFium in a process of its own.

A page's size is told in points, 72 of them an inch; `draft` draws it larger or smaller than that.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageFile

PROGRAM = str(Path(__file__).with_name("pdf_process.py"))
SECONDS = 30  # of the clock; the process has its own bound of processor time
MOST_PIXELS = 50_000_000  # of a drawn page


class Pdf(ImageFile.ImageFile):
    """Frames are pages. Raises SyntaxError for what is no PDF, or none that can be drawn."""

    format = "PDF"
    format_description = "Portable Document Format"
    is_animated = False

    def _open(self) -> None:
        self._page, self._scale, self._drawn = 0, 1.0, False
        self._measure()

    def _measure(self) -> None:
        try:
            count, width, height = _asked(self.filename, self._page).split()
            self.n_frames = int(count)
            self._points = (float(width), float(height))
        except ValueError as error:
            raise SyntaxError(f"not a PDF that can be drawn: {error}") from None
        self._mode, self._size = "RGB", (max(1, round(self._points[0])), max(1, round(self._points[1])))

    def seek(self, frame: int) -> None:
        """Turn to a page; it is drawn when it is loaded."""
        if not 0 <= frame < self.n_frames:
            raise EOFError("no such page")
        if frame != self._page:
            self._page, self._scale, self._drawn = frame, 1.0, False
            self._measure()

    def tell(self) -> int:
        return self._page

    def draft(self, mode: str | None, size: tuple[int, int] | None) -> Any:
        """Draw the page so that it fills this size in pixels."""
        if size:
            self._scale, self._drawn = max(size[0] / self._points[0], size[1] / self._points[1]), False
            self._size = (max(1, round(self._points[0] * self._scale)), max(1, round(self._points[1] * self._scale)))
        return None

    def load(self) -> Any:
        if not self._drawn:
            if self.width * self.height > MOST_PIXELS:
                raise OSError("the page is too large to be drawn")
            head, _, rows = _asked(self.filename, self._page, self._scale).partition(b"\n")
            width, height = map(int, head.split())
            drawn = Image.frombytes("RGB", (width, height), rows, "raw", "BGR")
            self.im, self._size, self._drawn = drawn.im, drawn.size, True
        return Image.Image.load(self)


def _asked(path: object, *what: object) -> bytes:
    """The process's answer. Raises ValueError where it fails."""
    name = path.decode() if isinstance(path, bytes) else str(path)
    command = [sys.executable, "-I", PROGRAM, name, *map(str, what)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise ValueError("it takes too long") from None
    if done.returncode:
        raise ValueError(done.stderr.decode(errors="replace")[-200:].strip() or f"ended with {done.returncode}")
    return done.stdout


def _accept(prefix: bytes) -> bool:
    return b"%PDF-" in prefix


Image.register_open(Pdf.format, Pdf, _accept)
