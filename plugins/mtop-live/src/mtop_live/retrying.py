"""Asking again, a bounded number of times, with pauses that grow or that the server names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from mtop_live.refusals import Refusal
from mtop_live.trace import Trace

T = TypeVar("T")
ATTEMPTS = 4
LONGEST_PAUSE = 10.0
_GROWING = wait_exponential(multiplier=0.2, max=LONGEST_PAUSE) + wait_random(0, 0.2)


def again(
    ask: Callable[[], T], first: BaseException, helps: Callable[[BaseException], bool], trace: Trace
) -> T:
    """What `ask` gives after it failed once with `first`; the error it ends with where asking again does not help."""
    failures = [first]

    def attempt() -> T:
        if failures:
            raise failures.pop()
        return ask()

    def tell(state: RetryCallState) -> None:
        assert state.outcome is not None
        assert state.next_action is not None
        trace.say(1, f"{state.outcome.exception()}; again in {state.next_action.sleep:.1f} s")

    return Retrying(
        retry=retry_if_exception(helps),
        stop=stop_after_attempt(ATTEMPTS),
        wait=_pause,
        before_sleep=tell,
        reraise=True,
    )(attempt)


def _pause(state: RetryCallState) -> float:
    """As long as the server asks for, within reason, else a little longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, Refusal) else 0.0
    return min(asked, LONGEST_PAUSE) if asked else _GROWING(state)
