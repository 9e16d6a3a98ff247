"""Reads several deliveries at once, each in a process of its own.

Reading is Python's own work and holds its lock, so that threads would gain nothing. Deliveries do
not depend on one another, and each one's bytes follow from it alone, so the number of processes
changes nothing but the time (`tests/releases/test_reading_together.py`).
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from kithkin.feeds import FeedError, FeedsRefused
from kithkin.feeds.delivery import Delivery
from kithkin.feeds.landing import land_delivery

WORTH_A_PROCESS = 4_000_000
"""Bytes of all deliveries below which starting processes costs more than it saves."""

Result = TypeVar("Result")
Reader = Callable[[Delivery, Path], dict[str, int]]


@contextmanager
def readers(deliveries: Sequence[Delivery], threads: int) -> Iterator[tuple[Reader, int]]:
    """Give what lands one delivery in a folder, and how many may be landed at once.

    The reader gives the rows by table and raises `FeedsRefused`, naming the feed.
    """
    workers = min(threads, len(deliveries))
    if workers < 2 or _bytes(deliveries) < WORTH_A_PROCESS:
        yield _read_here, 1
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_leave_ctrl_c_to_parent)
    try:
        yield lambda delivery, folder: _told(pool.submit(_read, delivery, folder).result()), workers
    except BaseException:
        for process in (pool._processes or {}).values():
            process.terminate()  # a stopped run does not wait for what it no longer wants
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def begun(
    tasks: Sequence[Callable[[], Result]], at_once: int
) -> Iterator[Sequence[Callable[[], Result]]]:
    """Begin tasks, so many at once; give for each what waits for its result.

    One at a time they run where they are asked for, so that Ctrl-C stops them there.
    """
    if at_once == 1:
        yield tasks
        return
    pool = ThreadPoolExecutor(at_once)
    try:
        yield [pool.submit(task).result for task in tasks]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _bytes(deliveries: Sequence[Delivery]) -> int:
    return sum(file.path.stat().st_size for delivery in deliveries for file in delivery.files)


def _leave_ctrl_c_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _read_here(delivery: Delivery, folder: Path) -> dict[str, int]:
    return _told(_read(delivery, folder))


def _read(delivery: Delivery, folder: Path) -> dict[str, int] | str:
    """Land a delivery; give its rows, or what is wrong with it."""
    try:
        return land_delivery(delivery, folder).rows
    except FeedError as error:
        return f"feed {delivery.source}: {error}"


def _told(answer: dict[str, int] | str) -> dict[str, int]:
    if isinstance(answer, str):
        raise FeedsRefused([answer])
    return answer
