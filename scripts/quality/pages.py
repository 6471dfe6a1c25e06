"""The figures as text: lines for the terminal, docs/quality.md for readers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scripts.quality.figures import TagFigures

PAGE = Path(__file__).parents[2] / "docs" / "quality.md"
HEAD = """# Quality of the detectors

<!-- Written by `make eval` from held-out pictures; run it again instead of editing. -->

Measured on {day} with `make eval`. Nothing was trained or tuned on these pictures: the `val` split of a set that has one, a fixed
half of the others. AP50 counts a box as found from an overlap of 0.5, over labels with at least 20 boxes (in brackets: over all
labels); it is measured on everything above a score of 0.02. Tags are the labels at or over the detector's own threshold, which is
what `auto_tagging=default` means. Calibration compares what a score says with the share that was right.
"""


@dataclass(frozen=True)
class Result:
    """One detector on one set of pictures; None where a figure cannot be told there. `by_label`: boxes and AP50 a label."""

    detector: str
    data_set: str
    pictures: int
    threshold: float
    ap50: float | None
    ap50_all: float | None
    by_label: Mapping[str, tuple[int, float]]
    first: float
    tags: TagFigures | None
    reliability: Sequence[tuple[float, int, float, float]]
    calibration_error: float | None


def figures(result: Result) -> list[tuple[str, str]]:
    """The headline figures that this set can tell."""
    found = [("pictures", str(result.pictures))] if result.pictures else []
    if result.ap50 is not None and result.ap50_all is not None:
        found.append(("AP50", f"{result.ap50:.3f} ({result.ap50_all:.3f})"))
    if result.tags:
        tags = result.tags
        found.append(
            (f"tags at {result.threshold:g}", f"precision {tags.precision:.3f}, recall {tags.recall:.3f}, F1 {tags.f1:.3f}")
        )
        found.append(("mean F1 over labels", f"{tags.macro_f1:.3f}"))
    elif result.pictures:
        found.append(("surest label is right", f"{result.first:.3f}"))
    if result.calibration_error is not None:
        found.append(("expected calibration error", f"{result.calibration_error:.3f}"))
    return found


def lines(result: Result) -> str:
    return "\n".join(f"  {name}: {value}" for name, value in figures(result))


def section(result: Result) -> str:
    page = f"\n## {result.detector} on {result.data_set}\n\n" + table(("figure", "value"), figures(result))
    counted = sorted(
        ((name, boxes, value) for name, (boxes, value) in result.by_label.items() if boxes >= 5), key=lambda row: -row[1]
    )
    if counted:
        page += "\n" + table(("label", "boxes", "AP50"), [(name, boxes, f"{value:.2f}") for name, boxes, value in counted])
    if result.reliability:
        rows = [(f"{low:.1f}-{low + 0.1:.1f}", count, f"{said:.2f}", f"{was:.2f}") for low, count, said, was in result.reliability]
        page += "\n" + table(("score", "labels reported", "score said", "share right"), rows)
    return page


def table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    written = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in row) + " |\n" for row in written)


def write(results: Sequence[Result], examples: Sequence[tuple[str, str]]) -> None:
    """The whole page; `examples` are (file below docs/, what it shows)."""
    page = HEAD.format(day=datetime.now(UTC).strftime("%Y-%m-%d")) + "".join(section(result) for result in results)
    page += "\n## Seen on pictures in the public domain\n\n" + "\n\n".join(f"![{words}]({file})" for file, words in examples) + "\n"
    PAGE.write_text(page, "utf-8")
