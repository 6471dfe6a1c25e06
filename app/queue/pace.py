"""How fast a queue empties: what is done, what is left, and how long that takes at the pace of the last minute."""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

WINDOW = 60.0  # seconds whose pace counts


@dataclass
class Pace:
    """Told again and again which jobs are still there. Jobs that come meanwhile are counted too."""

    left: frozenset[int] = frozenset()
    done: int = 0
    marks: deque[tuple[float, int]] = field(default_factory=deque)  # moments, and what was done by then

    def note(self, moment: float, there: frozenset[int]) -> None:
        self.done += len(self.left - there)
        self.left = there
        self.marks.append((moment, self.done))
        while moment - self.marks[0][0] > WINDOW:
            self.marks.popleft()

    @property
    def a_second(self) -> float:
        (first, before), (last, after) = self.marks[0], self.marks[-1]
        return (after - before) / (last - first) if last > first else 0.0

    @property
    def line(self) -> str:
        total = self.done + len(self.left)
        share = f" ({100 * self.done // total} %)" if total else ""
        speed = f", {self.a_second:.1f} a second" if self.a_second else ""
        wait = f", about {timedelta(seconds=round(len(self.left) / self.a_second))} to go" if self.a_second and self.left else ""
        return f"{self.done} of {total} done{share}, {len(self.left)} left{speed}{wait}"
