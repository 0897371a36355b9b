"""What kubectl runs for `kubectl mtop <TAB>`: `kubectl_complete-mtop`, with the words after `mtop`.

kubectl passes the words typed, the last one under completion, and expects one candidate a line, its
help after a tab, and last `:4`, which keeps the shell from offering files.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

NO_FILES = ":4"
FILES = ":0"


def entry() -> None:
    """What the console script `kubectl_complete-mtop` calls."""
    sys.stdout.write(answer(sys.argv[1:]))


def answer(words: Sequence[str]) -> str:
    """The candidates for the last word, then the directive; never an error, for the shell has no place for it."""
    import contextlib
    import io

    with contextlib.redirect_stderr(io.StringIO()):
        try:
            found = _candidates(list(words))
        except Exception:
            # whatever breaks, a key press in the shell must not print a traceback
            found = []
    lines = [f"{value}\t{text}" if text else value for kind, value, text in found if kind == "plain"]
    files = any(kind != "plain" for kind, _, _ in found)
    return "".join(f"{line}\n" for line in (*lines, FILES if files else NO_FILES))


def _candidates(words: list[str]) -> list[tuple[str, str, str]]:
    from click.shell_completion import ShellComplete

    from mtop_core.group import root
    from mtop_core.objects.text import plain

    *before, incomplete = words or [""]
    found = ShellComplete(root, {}, "mtop", "_MTOP_COMPLETE").get_completions(before, incomplete)
    return [(item.type, plain(item.value), plain(item.help or "")) for item in found]
