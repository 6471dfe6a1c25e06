"""Figures -> one table on stdout and one JSON file: each with what it is divided by, its goal, and whether that is met."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

HEAD = ("what", "ours", "floor", "ratio", "spread", "n", "goal", "")
LIBRARIES = ("onnxruntime", "pillow", "numpy", "uvicorn", "fastapi", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: a value a round of `ours` and `floor`, in `unit`; the ratio is of pairs; `most` or `least` is its goal."""

    what: str
    unit: str
    ours: Sequence[float]
    floor: Sequence[float] = field(default=())
    most: float | None = None
    least: float | None = None
    digits: int = 1

    @property
    def ratios(self) -> list[float]:
        """Ratios where there is a floor, else the values themselves: what the goal is about."""
        pairs = list(zip(self.ours, self.floor, strict=True)) if self.floor else []
        return [own / bare for own, bare in pairs if bare] if pairs else list(self.ours)

    @property
    def met(self) -> bool | None:
        value = median(self.ratios)
        if self.most is not None:
            return value <= self.most
        return value >= self.least if self.least is not None else None

    def cells(self) -> tuple[str, ...]:
        low, high = _quartiles(self.ratios)
        digits = 2 if self.floor else self.digits
        goal = f"<= {self.most:g}" if self.most is not None else f">= {self.least:g}" if self.least is not None else ""
        return (
            self.what,
            f"{median(self.ours):.{self.digits}f} {self.unit}",
            f"{median(self.floor):.{self.digits}f} {self.unit}" if self.floor else "",
            f"{median(self.ratios):.2f}" if self.floor else "",
            f"{low:.{digits}f}..{high:.{digits}f}" if len(self.ratios) > 1 else "",
            str(len(self.ratios)),
            goal,
            {True: "met", False: "MISSED", None: ""}[self.met],
        )

    def as_json(self) -> dict[str, Any]:
        names = ("what", "unit", "most", "least", "met")
        values = {"ours": list(self.ours), "floor": list(self.floor)}
        ratio = {"ratio": median(self.ratios), "spread": _quartiles(self.ratios)} if self.floor else {}
        return {name: getattr(self, name) for name in names} | values | ratio


def _quartiles(values: Sequence[float]) -> tuple[float, float]:
    """Where the middle half of the rounds lies."""
    if len(values) < 4:
        return min(values), max(values)
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high


def machine() -> dict[str, Any]:
    """Where and when, and how busy others kept it."""
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "load": [round(item, 2) for item in os.getloadavg()],
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def table(figures: Sequence[Figure]) -> str:
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def write(path: Path, about: dict[str, Any], figures: Sequence[Figure]) -> None:
    path.write_text(json.dumps({**about, "figures": [figure.as_json() for figure in figures]}, indent=1) + "\n", "utf-8")
