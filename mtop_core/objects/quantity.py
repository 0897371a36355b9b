"""Kubernetes resource quantities (`500m`, `2`, `1.5Gi`, `1e3`) as exact numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

_FORM = r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d{1,3})|([KMGTPE]i|[numkMGTPE])?)"
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def parse_quantity(value: object) -> Fraction | None:
    """The exact value of a quantity, written as text or as a number; None where it is malformed."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = re.fullmatch(_FORM, str(value), re.ASCII)
    if match is None:
        return None
    from fractions import Fraction

    digits, exponent, suffix = match.groups()
    if len(digits) > 64:
        return None
    if suffix in _BINARY:
        return Fraction(digits) * (1 << 10 * _BINARY[suffix])
    power = int(exponent) if exponent else _DECIMAL[suffix or ""]
    scale = Fraction(10**power) if power >= 0 else Fraction(1, 10**-power)
    return Fraction(digits) * scale


def whole(value: object) -> int:
    """A quantity rounded up to a whole number, as GPU counts are; zero where absent or malformed."""
    if isinstance(value, str) and len(value) < 10 and value.isascii() and value.isdigit():
        return int(value)
    amount = parse_quantity(value)
    return 0 if amount is None else -(-amount.numerator // amount.denominator)
