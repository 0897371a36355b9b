"""The frames of a timeline as they come, with the last few thousand of them to go back to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from mtop_rollout.machine.rows import Frame

KEPT = 5000
HISTORY = 60


class Film:
    """A place in a timeline; frames are made when they are reached for the first time."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self._source = iter(frames)
        self._kept: deque[Frame] = deque(maxlen=KEPT)
        self._at = -1
        self._dry = False

    @property
    def frame(self) -> Frame:
        """The current frame."""
        return self._kept[self._at]

    @property
    def history(self) -> Sequence[Frame]:
        """The last frames up to the current one."""
        start = max(self._at - HISTORY + 1, 0)
        return [self._kept[at] for at in range(start, self._at + 1)]

    @property
    def over(self) -> bool:
        """Whether the current frame is the last one there is."""
        return self._peek() is None

    def next(self) -> bool:
        """Goes one frame on; False where there is none."""
        if self._peek() is None:
            return False
        self._at += 1
        return True

    def back(self) -> bool:
        """Goes one frame back; False at the beginning of what is kept."""
        if self._at <= 0:
            return False
        self._at -= 1
        return True

    def next_event(self) -> bool:
        """Goes on to the next frame in which something happened; False where the timeline ends before."""
        while self.next():
            if self.frame.events:
                return True
        return False

    @property
    def upcoming(self) -> int | None:
        """The time of the next frame, None where there is none."""
        following = self._peek()
        return None if following is None else following.t

    def _peek(self) -> Frame | None:
        if self._at + 1 < len(self._kept):
            return self._kept[self._at + 1]
        if self._dry:
            return None
        frame = next(self._source, None)
        if frame is None:
            self._dry = True
            return None
        if len(self._kept) == KEPT:
            self._at -= 1
        self._kept.append(frame)
        return frame
