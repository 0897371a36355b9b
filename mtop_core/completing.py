"""What tab completion offers for values: names from files, never a plugin, never a slow answer."""

from __future__ import annotations

import os
from collections.abc import Iterable, MutableMapping

import click
from click.shell_completion import CompletionItem

from mtop_core.app import App
from mtop_core.errors import DONE, FOUND, MtopError
from mtop_core.objects.text import plain

VARIABLE = "_MTOP_COMPLETE"


def complete() -> int:
    """Answers a shell that asks through VARIABLE; silent on stderr, for that is the line the user types on."""
    import io
    from contextlib import redirect_stderr

    from mtop_core.group import root

    with redirect_stderr(io.StringIO()):
        try:
            _undo_word_breaks(os.environ)
            root.main([], prog_name="mtop", complete_var=VARIABLE, obj=App())
        except SystemExit as done:
            return done.code if isinstance(done.code, int) else FOUND
        except Exception:
            return FOUND  # whatever breaks, a key press in the shell shows no traceback
    return DONE


def _undo_word_breaks(environment: MutableMapping[str, str]) -> None:
    """Takes the `=` out of bash's `--mock`, `=`, `de`: bash breaks words there, and puts the answer after it."""
    words, at = environment.get("COMP_WORDS", "").split("\n"), int(environment.get("COMP_CWORD", "0"))
    breaks = [i for i in range(1, len(words) - 1) if words[i] == "=" and words[i - 1].startswith("--")]
    environment["COMP_WORDS"] = "\n".join(word for i, word in enumerate(words) if i not in breaks)
    environment["COMP_CWORD"] = str(at - sum(i < at for i in breaks))


def worlds(incomplete: str) -> list[CompletionItem]:
    """Mock worlds."""
    from mtop_core.providers.worlds import shipped_worlds

    return _items(shipped_worlds(), incomplete)


def namespaces(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Namespaces of the chosen source that hold a model."""
    return _items({namespace for namespace, _, _ in _models(ctx, everywhere=True)}, incomplete)


def objects(ctx: click.Context, incomplete: str, *, configs: bool = False) -> list[CompletionItem]:
    """Models of the chosen source, or configs, with their namespace as help."""
    found = _models(ctx, configs=configs)
    return [CompletionItem(name, help=plain(f"{kind} in {namespace}")) for namespace, name, kind in sorted(set(found))
            if name.startswith(incomplete) and name == plain(name)]  # fmt: skip


def _items(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(word) for word in sorted(words) if word.startswith(incomplete) and word == plain(word)]


def _models(ctx: click.Context, *, configs: bool = False, everywhere: bool = False) -> list[tuple[str, str, str]]:
    """Namespace, name and kind of every CR; nothing at all where the source cannot answer at once."""
    from mtop_core.objects.kinds import LLM_CONFIG, MODEL_KINDS

    app = ctx.ensure_object(App)
    kinds = (LLM_CONFIG,) if configs else MODEL_KINDS
    try:
        if app.chosen == ("snapshot", "-") or app._source()[0] == "live":
            return []  # a terminal cannot be read twice, and a cluster may not answer before the user is annoyed
        listings = app.provider.look(kinds, "" if everywhere else app.namespace)
    except MtopError:
        return []
    return [
        (obj["metadata"].get("namespace") or "default", obj["metadata"]["name"], kind.name)
        for kind, listing in listings.items()
        for obj in listing.objects
    ]
