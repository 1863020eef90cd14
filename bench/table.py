"""How a bench shows what it measured."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def machine() -> str:
    """The machine in one line: processor, cores, system, Python."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table under its title and the machine."""
    print(f"\n### {title}\n\n{machine()}\n")
    for cells in (heads, ["---"] * len(heads), *rows):
        print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def milliseconds(call: Callable[[], object], times: int) -> list[float]:
    """How long a call takes, so many times, sorted."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)


def median(taken: Sequence[float]) -> str:
    """The median with one decimal."""
    return f"{statistics.median(taken):,.1f}"


def p95(taken: Sequence[float]) -> str:
    """The value that 95 of 100 stay below, with one decimal."""
    return f"{taken[min(len(taken) - 1, int(len(taken) * 0.95))]:,.1f}"
