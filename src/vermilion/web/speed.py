"""How fast answers were, lately."""

from __future__ import annotations

from collections import deque

import msgspec

KEPT = 4_096
"""Answers that are looked at."""


class SpeedNow(msgspec.Struct, frozen=True):
    """Milliseconds from question to durable answer, and answers a second, over the last ones."""

    median_ms: float
    p99_ms: float
    per_second: float
    answers: int


class Speed:
    """Times of the last answers."""

    def __init__(self) -> None:
        self.answered = 0
        self._times: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def note(self, begun: float, ended: float) -> None:
        """Take down one answer; seconds of one clock."""
        self.answered += 1
        self._times.append((ended, ended - begun))

    def now(self) -> SpeedNow | None:
        """Return the speed of late; None before the first answer."""
        if not self._times:
            return None
        spent = sorted(one for _, one in self._times)
        over = max(self._times[-1][0] - self._times[0][0], 1e-9)
        rate = (len(spent) - 1) / over if len(spent) > 1 else 0.0
        return SpeedNow(
            median_ms=round(spent[len(spent) // 2] * 1e3, 3),
            p99_ms=round(spent[min(int(len(spent) * 0.99), len(spent) - 1)] * 1e3, 3),
            per_second=round(rate, 1),
            answers=self.answered,
        )
