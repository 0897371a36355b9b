"""What tab completion offers for values: names from files, never a plugin, never a slow answer."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from mtop_core.app import App
from mtop_core.errors import DONE, FOUND, MtopError
from mtop_core.objects.text import plain
from mtop_core.providers.base import Narrow

if TYPE_CHECKING:
    from mtop_core.objects.kinds import Kind
    from mtop_core.providers.base import Listing

MAX_BYTES = 8 << 20  # of a snapshot: more would take longer than a key press may
PATIENCE = 1.5  # seconds that a cluster may take to answer a key press
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
        except (Exception, KeyboardInterrupt):
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
    from mtop_core.objects.kinds import MODEL_KINDS

    return _items({namespace for namespace, _, _ in _objects(ctx, MODEL_KINDS, everywhere=True)}, incomplete)


def objects(ctx: click.Context, field: str, incomplete: str) -> list[CompletionItem]:
    """CRs of the chosen source, with their namespace as help; `field` is the argument that holds the names given.

    They are models unless a kind comes first (`config NAME`, `config/NAME`); none is offered twice.
    """
    from mtop_core.objects.kinds import CR_KINDS, MODEL_KINDS, kind_by_word

    words: tuple[str, ...] = ctx.params.get(field) or ()
    word, slash, _ = incomplete.partition("/")
    kind = kind_by_word(word if slash else words[0]) if slash or words else None
    if slash and kind not in CR_KINDS:
        return []
    given = {name.rpartition("/")[2] for name in words}
    start = f"{word}/" if slash else ""
    found = _objects(ctx, (kind,) if kind in CR_KINDS else MODEL_KINDS)
    return [CompletionItem(start + name, help=plain(f"{kind} in {namespace}"))
            for namespace, name, kind in sorted(set(found)) if (start + name).startswith(incomplete)
            and name == plain(name) and name not in given]  # fmt: skip


def commands(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Commands of mtop, with their summary as help."""
    from mtop_core.commands import BY_NAME
    from mtop_core.specs import CommandSpec

    plugged = {spec.name: spec for spec in ctx.ensure_object(App).plugins.of(CommandSpec)}
    known = {spec.name: spec for spec in (*BY_NAME.values(), *plugged.values())}
    return [CompletionItem(name, help=plain(known[name].summary)) for name in known if name.startswith(incomplete)]


def contexts(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Contexts of the kubeconfig, from the plugin that reads clusters where it is installed."""
    from mtop_core.specs import ProviderSpec
    from mtop_core.targets import load_target

    app = ctx.ensure_object(App)
    spec = app.plugins.find(ProviderSpec, "live")
    if spec is None or not spec.contexts:
        return []
    try:
        return _items(load_target(spec.contexts, "completion")(app.connection), incomplete)
    except MtopError:
        return []


def specs(ctx: click.Context, kind: type[Any], incomplete: str) -> list[CompletionItem]:
    """What plugins offer of one kind, by name, with its summary as help."""
    from mtop_core.plugins import names_of

    offered = ((names_of(spec)[0], spec.summary) for spec in ctx.ensure_object(App).plugins.of(kind))
    return [CompletionItem(name, help=plain(summary)) for name, summary in offered if name.startswith(incomplete)]


def _items(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(word) for word in sorted(words) if word.startswith(incomplete) and word == plain(word)]


def _objects(ctx: click.Context, kinds: Collection[Kind], *, everywhere: bool = False) -> list[tuple[str, str, str]]:
    """Namespace, name and kind of every object; nothing at all where the source cannot answer at once."""
    app = ctx.ensure_object(App)
    try:
        name, argument = app._source()
        if name == "snapshot" and _is_slow(argument):
            return []
        if name == "live":
            listings = _in_time(lambda: _bare(app, kinds, everywhere))
        else:
            listings = _bare(app, kinds, everywhere)
    except MtopError:
        return []
    return [
        (obj["metadata"].get("namespace") or "default", obj["metadata"]["name"], kind.name)
        for kind, listing in listings.items()
        for obj in listing.objects
    ]


def _bare(app: App, kinds: Collection[Kind], everywhere: bool) -> Mapping[Kind, Listing]:
    """The names of the objects of some kinds."""
    return app.provider.look(kinds, "" if everywhere else app.namespace, Narrow(bare=tuple(kinds)))


def _in_time(look: Callable[[], Mapping[Kind, Listing]]) -> Mapping[Kind, Listing]:
    """What a look finds within the time that a key press may take: a cluster, or a login to it, may take for ever."""
    import threading

    found: dict[Kind, Listing] = {}

    def read() -> None:
        with contextlib.suppress(MtopError):
            found.update(look())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(PATIENCE)
    return {} if reader.is_alive() else found


def _is_slow(path: str) -> bool:
    """Whether reading a snapshot would keep the user waiting: a terminal, or much data."""
    if path == "-":
        return True
    files = (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
    size = 0
    for file in files if os.path.isdir(path) else (path,):
        try:
            size += os.stat(file).st_size
        except OSError:
            continue
        if size > MAX_BYTES:
            return True
    return False
