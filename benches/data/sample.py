"""Reads a log and says which paths were slow."""
from __future__ import annotations

import asyncio
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field

LINE = re.compile(r"^(?P<method>[A-Z]+) (?P<path>/\S*) (?P<ms>\d+(?:\.\d+)?)ms$")


@dataclass(slots=True)
class Timing:
    path: str
    samples: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        ordered = sorted(self.samples)
        middle = len(ordered) // 2
        if len(ordered) % 2 == 0:
            return (ordered[middle - 1] + ordered[middle]) / 2
        return ordered[middle]


async def read(path: str) -> dict[str, Timing]:
    timings: dict[str, Timing] = {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            match = LINE.match(line.strip())
            if match is None:
                print(f"line {number}: not understood: {line!r}", file=sys.stderr)
                continue
            timing = timings.setdefault(match["path"], Timing(match["path"]))
            timing.samples.append(float(match["ms"]))
    await asyncio.sleep(0)
    return timings


async def main(*paths: str) -> int:
    total = defaultdict(int)
    for timings in await asyncio.gather(*(read(path) for path in paths)):
        for timing in timings.values():
            total[timing.path] += len(timing.samples)
            print(f"{timing.path:<40} {timing.median:8.2f} ms")
    return 0 if total else 1  # nothing read is an error


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(*sys.argv[1:])))
