"""How a long run is ended from outside: what is being saved is saved, and the run tells what it did."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cancelled_by_signals() -> Iterator[Callable[[], int]]:
    """Let SIGTERM and Ctrl-C cancel the block; it then ends as if it were done, and the callable gives the signal.

    It gives 0 where none came. Outside the main thread, and on systems without such handlers, signals keep their way.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    caught: list[int] = []

    def end(number: int) -> None:
        caught.append(number)
        if task is not None:
            task.cancel()

    with suppress(NotImplementedError, RuntimeError, ValueError):
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end, number)
    try:
        yield lambda: caught[0] if caught else 0
    except asyncio.CancelledError:
        if not caught or task is None:
            raise
        for _ in caught:
            task.uncancel()
    finally:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


@contextmanager
def ending_signals() -> Iterator[Callable[[], int]]:
    """Keep SIGTERM and Ctrl-C from breaking off the block; the callable gives the first that came, 0 for none."""
    caught: list[int] = []
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda came, _: caught.append(came)) for number in numbers}
    try:
        yield lambda: caught[0] if caught else 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
