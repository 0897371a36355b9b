"""Keeps the settings and changed worlds of whoever runs the tests out of them."""

from __future__ import annotations

from tests.surroundings import alone as alone
