"""What tab completion offers for snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def complete_snapshots(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of kept snapshots, and files."""
    from click.shell_completion import CompletionItem

    from mtop_core.api import plain
    from mtop_snapshot.store import names

    found = [CompletionItem(name) for name in names() if name.startswith(incomplete) and name == plain(name)]
    return found or [CompletionItem(incomplete, type="file")]
