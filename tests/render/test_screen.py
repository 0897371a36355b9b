"""A picture fits its terminal, whatever the size, the rows and the remarks."""

from __future__ import annotations

import re

import pytest

from mtop_core.app import App
from mtop_core.commands.list import NEEDS, answer
from mtop_core.inventory import Inventory
from mtop_core.objects.text import cells
from mtop_core.render.screen import picture
from mtop_core.render.table import cut_styled
from mtop_core.testing import world


def _shown(columns: int, lines: int, colour: str = "never", notes: tuple[str, ...] = ()) -> list[str]:
    app = App()
    app.colour = colour
    app.__dict__["provider"] = provider = world("degraded")
    inventory = Inventory.look(provider, NEEDS)
    result = answer(app, inventory, inventory.models)
    result.notes = notes
    return picture(result, app, columns, lines)


@pytest.mark.parametrize("colour", ["never", "always"])
@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (60, 12), (50, 6), (120, 40), (200, 60), (97, 30)])
def test_it_fits(columns: int, lines: int, colour: str) -> None:
    shown = _shown(columns, lines, colour, notes=("why " * 100, "x" * 500))
    assert len(shown) <= lines
    assert max(cells(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in shown) <= columns
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown[0]).startswith("NAMESPACE")


def test_eighty_columns_hold_the_essential_ones() -> None:
    header = _shown(80, 24)[0].split()
    assert header == ["NAMESPACE", "NAME", "STATUS", "READY", "GPU", "MODEL", "AGE"]


def test_a_terminal_that_is_too_small_says_so() -> None:
    assert _shown(40, 9) == ["too small: 40x10"]
    assert _shown(7, 9) == ["too sm\u2026"]


@pytest.mark.parametrize(
    ("line", "room", "cut"),
    [
        ("abc", 3, "abc"), ("abcd", 3, "ab\u2026"), ("\x1b[31mabc\x1b[0m", 3, "\x1b[31mabc\x1b[0m"),
        ("\x1b[31mabcd\x1b[0mef", 4, "\x1b[31mabc\u2026\x1b[0m"), ("ab\x1b[31mcd\x1b[0m", 3, "ab\x1b[31m\u2026\x1b[0m"),
        ("\u6f22\u5b57\u6f22", 5, "\u6f22\u5b57\u2026"),
    ],
)  # fmt: skip
def test_lines_are_cut_by_cells(line: str, room: int, cut: str) -> None:
    assert cut_styled(line, room) == cut
