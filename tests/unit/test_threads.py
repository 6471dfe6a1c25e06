"""Threads: the line in front of the compute threads is bounded, and short reads do not stand in it."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from app.errors import BadRequest, Limited
from app.threads import Budget, Threads


@pytest.fixture
def threads() -> Iterator[Threads]:
    pools = Threads(compute=2, line=3)
    yield pools
    pools.close()


def test_the_call_that_finds_the_line_full_is_turned_away(threads: Threads) -> None:
    async def crowd() -> None:
        gate = threading.Event()
        inside = [asyncio.ensure_future(threads.compute(gate.wait)) for _ in range(5)]
        await asyncio.sleep(0)  # let them take their places
        with pytest.raises(Limited) as caught:
            await threads.compute(gate.wait)
        assert (caught.value.status, caught.value.retry_after) == (420, 2)
        assert await threads.read(lambda: "read") == "read"
        assert await threads.wait(lambda: "waited") == "waited"
        assert threads.disk(lambda: "disk").result() == "disk"
        gate.set()
        assert await asyncio.gather(*inside) == [True] * 5
        assert await threads.compute(lambda: "next") == "next", "the line is free again"

    asyncio.run(crowd())


def test_an_error_leaves_the_line_and_reaches_the_caller(threads: Threads) -> None:
    async def fail() -> None:
        for _ in range(20):
            with pytest.raises(ZeroDivisionError):
                await threads.compute(lambda: 1 // 0)

    asyncio.run(fail())


def test_no_more_than_the_given_number_compute_at_once(threads: Threads) -> None:
    running, most, lock = 0, 0, threading.Lock()
    pair = threading.Barrier(2)

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        pair.wait(timeout=5)
        with lock:
            running -= 1

    async def crowd() -> None:
        await asyncio.gather(*(threads.compute(work) for _ in range(4)))

    asyncio.run(crowd())
    assert most == 2
    assert threads.compute_threads == 2


def test_arguments_reach_the_call(threads: Threads) -> None:
    assert asyncio.run(threads.compute(divmod, 7, 2)) == (3, 1)
    assert asyncio.run(threads.read(sorted, [2, 1], reverse=True)) == [2, 1]


def test_a_run_is_shared_while_it_goes_on_and_outlives_who_leaves(threads: Threads) -> None:
    async def crowd() -> None:
        gate, runs = threading.Event(), list[int]()

        def work() -> str:
            runs.append(1)
            gate.wait()
            return "done"

        several = [asyncio.ensure_future(threads.once("key", lambda: threads.compute(work))) for _ in range(20)]
        other = asyncio.ensure_future(threads.once("other", lambda: threads.wait(lambda: "other")))
        assert await other == "other"
        several.pop(0).cancel()
        gate.set()
        assert await asyncio.gather(*several) == ["done"] * 19
        assert len(runs) == 1
        assert await threads.once("key", lambda: threads.compute(work)) == "done"
        assert len(runs) == 2, "nothing is remembered"

    asyncio.run(crowd())


def test_a_shared_run_fails_for_all(threads: Threads) -> None:
    async def crowd() -> None:
        def fail() -> None:
            raise ValueError("no")

        several = [threads.once("key", lambda: threads.compute(fail)) for _ in range(3)]
        found = await asyncio.gather(*several, return_exceptions=True)
        assert [type(item) for item in found] == [ValueError] * 3

    asyncio.run(crowd())


def test_a_budget_is_never_overdrawn_and_serves_in_order() -> None:
    budget, held, most, order = Budget(100), 0, 0, list[int]()
    lock = threading.Lock()

    def take(amount: int) -> None:
        nonlocal held, most
        with budget.of(amount):
            with lock:
                held += amount
                most = max(most, held)
                order.append(amount)
            time.sleep(0.002)
            with lock:
                held -= amount

    crowd = [threading.Thread(target=take, args=(amount,)) for amount in [60, 30, 100, 10, 1] * 12 + [50] * 4]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert (len(order), held, budget.left) == (64, 0, 100)
    assert most <= 100
    assert order.index(100) < 10, "a large one is not starved"
    with pytest.raises(BadRequest, match="may need 0 MB"), budget.of(101):
        pass
    with pytest.raises(ValueError, match="x"), budget.of(100):
        raise ValueError("x")
    assert budget.left == 100
