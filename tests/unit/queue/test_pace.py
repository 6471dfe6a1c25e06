"""Progress of a queue: counted by the jobs that are gone, paced by the last minute."""

from app.queue.pace import Pace


def test_what_is_done_left_and_to_come() -> None:
    pace = Pace()
    pace.note(0.0, frozenset(range(100)))
    assert pace.line == "0 of 100 done (0 %), 100 left"
    pace.note(10.0, frozenset(range(50, 100)))
    assert pace.line == "50 of 100 done (50 %), 50 left, 5.0 a second, about 0:00:10 to go"
    pace.note(20.0, frozenset(range(90, 120)))  # some came meanwhile
    assert (pace.done, len(pace.left)) == (90, 30)
    pace.note(25.0, frozenset())
    assert pace.line == "120 of 120 done (100 %), 0 left, 4.8 a second"


def test_only_the_last_minute_counts() -> None:
    pace = Pace()
    for second in range(200):  # ten a second, and for the last hundred seconds one
        gone = 10 * second if second < 100 else 900 + second
        pace.note(float(second), frozenset(range(gone, 5000)))
    assert pace.a_second == 1.0


def test_nothing_to_do() -> None:
    pace = Pace()
    pace.note(0.0, frozenset())
    assert pace.line == "0 of 0 done, 0 left"
