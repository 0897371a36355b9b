"""Arithmetic that gives the same bits on every machine and Python.

Additions, products, quotients and roundings of doubles are exact by the standard; the functions of the C library
are not, and `sum` of floats changed with Python 3.12. So nothing here or in the simulator uses those.
"""

from __future__ import annotations

from math import ldexp

_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
_FACTORIALS = tuple(1.0 / factorial for factorial in (
    1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600, 6227020800,
))  # fmt: skip
_TWO_PI = 6.283185307179586
_SINE = (1.0, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800, -1 / 1307674368000)
SCALE = 1_000_000_000  # parts that shares of traffic are counted in


def exp(x: float) -> float:
    """The exponential of `x`, which is taken to lie between -700 and 700."""
    x = max(-700.0, min(700.0, x))
    power = round(x / _LN2_HIGH)
    rest = x - power * _LN2_HIGH - power * _LN2_LOW
    value = 0.0
    for term in reversed(_FACTORIALS):
        value = value * rest + term
    return ldexp(value, power)


def log(x: float) -> float:
    """The natural logarithm of `x`, which is taken to be above zero and no farther from 1 than times are."""
    doubled = 0
    while x < 0.75:
        x, doubled = x * 2.0, doubled + 1
    while x > 1.5:
        x, doubled = x * 0.5, doubled - 1
    part = (x - 1.0) / (x + 1.0)
    square, value = part * part, 0.0
    for divisor in range(25, 0, -2):
        value = value * square + 1.0 / divisor
    return 2.0 * part * value - doubled * _LN2_LOW - doubled * _LN2_HIGH


def sine(turns: float) -> float:
    """The sine of an angle given in whole turns."""
    part = turns - int(turns)
    part = part - 1.0 if part > 0.5 else part + 1.0 if part < -0.5 else part
    if part > 0.25:
        part = 0.5 - part
    elif part < -0.25:
        part = -0.5 - part
    angle = part * _TWO_PI
    square, value = angle * angle, 0.0
    for term in reversed(_SINE):
        value = value * square + term
    return value * angle


def apportioned(total: int, parts: list[int]) -> list[int]:
    """`total` shared out in proportion to `parts`, to whole numbers that add up to it exactly."""
    whole, before, running, shares = 0, 0, 0, []
    for part in parts:
        whole += part
    for part in parts:
        running += part
        upto = total * running // whole if whole else 0
        shares.append(upto - before)
        before = upto
    return shares


def micro(value: float) -> int:
    """A number in millionths."""
    return round(value * 1_000_000)


def milli(seconds: float) -> int:
    """Seconds in whole milliseconds."""
    return round(seconds * 1000)
