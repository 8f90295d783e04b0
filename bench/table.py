"""Measuring and showing: CPU time per call as medians of alternating rounds, one table per subject."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

ROUNDS = 9


def cpu_per_call(subjects: Mapping[str, Callable[[], object]], calls: int = 200) -> dict[str, float]:
    """Microseconds of CPU per call, median of A B A B … rounds, so that a noisy moment hits all alike."""
    samples: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        for name, call in subjects.items():
            start = time.process_time_ns()
            for _ in range(calls):
                call()
            samples[name].append((time.process_time_ns() - start) / calls / 1000)
    return {name: statistics.median(times) for name, times in samples.items()}


def show(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A plain table; numbers are right-aligned."""
    text = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(head), *text]) for i in range(len(head))]
    print(f"\n{title}")
    print("  ".join(name.ljust(width) for name, width in zip(head, widths, strict=True)))
    for row, values in zip(text, rows, strict=True):
        cells = [
            cell.ljust(width) if isinstance(value, str) else cell.rjust(width)
            for cell, width, value in zip(row, widths, values, strict=True)
        ]
        print("  ".join(cells))


def _cell(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
