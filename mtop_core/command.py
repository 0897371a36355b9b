"""click commands with kubectl's manners: options whose value is optional never swallow an argument."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mtop_core.access import Access
    from mtop_core.app import App
    from mtop_core.objects.kinds import Kind
    from mtop_core.render.result import Column

    Accesses = Sequence[Access] | Callable[[App], Sequence[Access]]


class ClusterOption(click.Option):
    """An option that only a cluster needs: every command takes it, `mtop --help` alone explains it."""


class QuickParser(click.Command):
    """A command that finds short options at once.

    click looks for `-n` among the long options first, and makes an error, in the user's language, of not finding it:
    that costs a quarter of Python's own start.
    """

    def make_parser(self, ctx: click.Context) -> Any:
        """The parser, whose short options are long ones, too."""
        parser = super().make_parser(ctx)
        for name, option in getattr(parser, "_short_opt", {}).items():
            parser._long_opt.setdefault(name, option)
        return parser


class MtopCommand(QuickParser):
    """A command of mtop; plugins use it through `mtop_core.api.command`.

    `columns` are those of its table, for the completion of --sort-by; for `mtop rbac` `access` is what it asks of a
    cluster, or gives that for an App, and `watched` are the kinds that its -w watches.
    """

    def __init__(
        self, *args: Any, columns: Sequence[Column] = (), access: Accesses = (), watched: Sequence[Kind] = (),
        **attributes: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **attributes)
        self.columns = columns
        self.access = access
        self.watched = watched

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, but for those of clusters, which would bury the command's own."""
        params = self.get_params(ctx)
        own = [param for param in params if isinstance(param, click.Option) and not isinstance(param, ClusterOption)]
        rows = [row for param in own if (row := param.get_help_record(ctx))]
        with formatter.section("Options"):
            formatter.write_dl(rows)
        if any(isinstance(param, ClusterOption) for param in params):
            formatter.write_paragraph()
            formatter.write_text(f"Options for clusters (--context, --as, ...): {ctx.find_root().info_name} --help")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the arguments after the optional values were settled."""
        takes = any(isinstance(param, click.Argument) for param in self.params)
        tied = {name: f"{param.opts[-1]}={value}" for param in self.params for name in param.opts
                if (value := _value_alone(param)) is not None}  # fmt: skip
        return super().parse_args(ctx, settled(args, lambda word: not takes or is_world(word), tied))


def _value_alone(param: click.Parameter) -> str | None:
    """What an option whose value may be left out is without one; None for every other."""
    alone = getattr(param, "flag_value", None)
    return alone if not getattr(param, "is_flag", True) and isinstance(alone, str) else None


def command(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], MtopCommand]:
    """Like click.command, for a command of mtop."""
    return click.command(name, cls=MtopCommand, **attributes)


def settled(
    args: list[str], is_value: Callable[[str], bool], tied: Mapping[str, str] | None = None
) -> list[str]:
    """The arguments with the options whose value may be left out tied to one by an equals sign, as in `tied`.

    `--mock` takes the next word only where it is one of its values; the others, such as `--dry-run`, never, as in
    kubectl.
    """
    tied = {"--mock": ""} if tied is None else tied
    found: list[str] = []
    rest = list(args)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*found, word, *rest]
        if word in tied:
            if word == "--mock":
                value = rest.pop(0) if rest and not rest[0].startswith("-") and is_value(rest[0]) else ""
                word = f"--mock={value}"
            else:
                word = tied[word]
        found.append(word)
    return found


def is_world(word: str) -> bool:
    """Whether a word names a mock world or a folder."""
    from mtop_core.data import data_folder

    path = os.path.join(data_folder("mocks"), word, "world.json")
    return os.sep in word or word in (".", "..") or os.path.isfile(path)
