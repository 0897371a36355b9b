"""The options that many commands share, under kubectl's names; they fill the App and pass nothing on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from mtop_core import __version__
from mtop_core.app import App
from mtop_core.command import ClusterOption
from mtop_core.errors import UsageError
from mtop_core.render.output import FORMS, Output, check_sort, parse_output

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])


def _app(ctx: click.Context) -> App:
    return ctx.ensure_object(App)


def _given(ctx: click.Context, param: click.Parameter, value: Any) -> bool:
    return value is not None and value is not False and ctx.get_parameter_source(param.name or "") is not None


def _source(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def store(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if value is None or value is False:
            return
        before = ctx.meta.get("mtop.source")
        if before and before[0] is ctx and before[1] != name:
            raise UsageError(f"{before[1]} and {name} exclude each other: an answer has one source")
        ctx.meta["mtop.source"] = (ctx, name)
        argument = value if isinstance(value, str) else ""
        provider, _, rest = argument.partition("=") if name == "--source" else (name[2:], "", argument)
        _app(ctx).chosen = (provider, rest)

    return store


def _store(field: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def store(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if _given(ctx, param, value):
            setattr(_app(ctx), field, value)

    return store


def _connect(field: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Stores what the user says of the cluster; a flag after the command beats one before it."""

    def store(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if not _given(ctx, param, value) or value in ((), 0):
            return
        app = _app(ctx)
        if field == "request_timeout":
            value = seconds_of(param.opts[0], value)
        app.connection = app.connection.replaced(**{field: value})

    return store


def seconds_of(name: str, value: str) -> float:
    """The seconds of a duration that an option of that name was given; UsageError where it is none."""
    from mtop_core.objects.times import parse_duration

    seconds = parse_duration(value)
    if seconds is None:
        from mtop_core.objects.text import plain

        raise UsageError(f'{name} "{plain(value)}" is no duration', "write it as 30s, 2m or 1m30s")
    return seconds


def _option(*names: str, store: Callable[..., None], **more: Any) -> Callable[[F], F]:
    return click.option(*names, expose_value=False, callback=store, **more)


def _stack(*options: Callable[[F], F]) -> Callable[[F], F]:
    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def _worlds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from mtop_core.completing import worlds

    return worlds(incomplete)


def _namespaces(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from mtop_core.completing import namespaces

    return namespaces(ctx, incomplete)


def complete_models(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For `shell_complete=` of an argument of model names: NAME and KIND/NAME, none of them twice."""
    from mtop_core.completing import objects

    return objects(ctx, param.name or "", incomplete)


def complete_commands(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For `shell_complete=` of a command of mtop."""
    from mtop_core.completing import commands

    return commands(ctx, incomplete)


def complete_rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For `shell_complete=` of a rule: the ids of the rules of all plugins."""
    from mtop_core.completing import specs
    from mtop_core.specs import RuleSpec

    return specs(ctx, RuleSpec, incomplete)


def _columns(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The headings of the table of a command that says which it has."""
    from click.shell_completion import CompletionItem

    headings = (column.header.lower() for column in getattr(ctx.command, "columns", ()))
    return [CompletionItem(heading) for heading in headings if heading.startswith(incomplete.lower())]


def _contexts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from mtop_core.completing import contexts

    return contexts(ctx, incomplete)


def _forms(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(form.removesuffix("...")) for form in FORMS if form.startswith(incomplete)]


def _files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leaves it to the shell; click.Path would too, but asks for a translation of its name at every start."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


source_options = _stack(
    _option("--mock", store=_source("--mock"), is_flag=False, flag_value="", metavar="[WORLD]",
            shell_complete=_worlds, help="Read a mock world: the current one, or the one named."),
    _option("--live", store=_source("--live"), is_flag=True, help="Read the cluster of the current context."),
    _option("--snapshot", store=_source("--snapshot"), metavar="NAME|PATH", shell_complete=_files,
            help="Read a snapshot or dump: name, path, - for stdin."),
    _option("--source", store=_source("--source"), metavar="NAME[=ARG]", hidden=True,
            help="Read from a provider of a plugin."),
    _option("--at", store=_store("at"), metavar="TIME", help="When the snapshot was taken (RFC 3339 or now)."),
)  # fmt: skip


def _cluster(name: str, field: str, metavar: str, help: str, *more: str, **extra: Any) -> Callable[[F], F]:
    if not extra.get("is_flag"):
        extra["metavar"] = metavar
    return _option(*more, name, store=_connect(field), cls=ClusterOption, help=help, **extra)


cluster_options = _stack(
    _cluster("--context", "context", "NAME", "The kubeconfig context to use.", shell_complete=_contexts),
    _cluster("--kubeconfig", "kubeconfig", "FILE", "The kubeconfig file to use.", shell_complete=_files),
    _cluster("--cluster", "cluster", "NAME", "The kubeconfig cluster to use."),
    _cluster("--user", "user", "NAME", "The kubeconfig user to use."),
    _cluster("--server", "server", "URL", "The address of the API server.", "-s"),
    _cluster("--token", "token", "TOKEN", "The bearer token to show."),
    _cluster("--as", "as_user", "USER", "The user to act as."),
    _cluster("--as-group", "as_groups", "GROUP", "A group to act as; may be given more than once.", multiple=True),
    _cluster("--as-uid", "as_uid", "UID", "The uid to act as."),
    _cluster("--certificate-authority", "certificate_authority", "FILE", "Who may vouch for the server.",
             shell_complete=_files),
    _cluster("--client-certificate", "client_certificate", "FILE", "The client certificate to show.",
             shell_complete=_files),
    _cluster("--client-key", "client_key", "FILE", "The key of the client certificate.", shell_complete=_files),
    _cluster("--tls-server-name", "tls_server_name", "NAME", "The name the server's certificate must have."),
    _cluster("--insecure-skip-tls-verify", "insecure", "", "Trust any server certificate.", is_flag=True),
    _cluster("--request-timeout", "request_timeout", "DURATION", "How long one request may take."),
    _option("-v", "--verbose", store=_connect("verbosity"), count=True, cls=ClusterOption,
            help="Show every request with its time on stderr; -vv shows more."),
)  # fmt: skip

talk_options = _stack(
    _option("-q", "--quiet", store=_store("quiet"), is_flag=True, help="No notes on stderr."),
    _option("--color", store=_store("colour"), type=click.Choice(["auto", "always", "never"]),
            help="Colour: auto (a terminal), always or never."),
    _option("--debug", store=_store("debug"), is_flag=True, help="Show a traceback when mtop itself fails."),
)  # fmt: skip

namespace_options = _stack(
    _option("-n", "--namespace", store=_store("namespace_given"), metavar="NS", shell_complete=_namespaces,
            help="The namespace to look in."),
    _option("-A", "--all-namespaces", store=_store("all_namespaces"), is_flag=True, help="All namespaces."),
)  # fmt: skip


def _set_output(field: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def store(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if value is None or value is False:
            return
        app = _app(ctx)
        if field == "form":
            form, template = parse_output(value)
            app.output = app.output.replaced(form=form, template=template)
        else:
            if field == "sort_by":
                check_sort(value)
            changed: dict[str, Any] = {field: False if field == "header" else value}
            app.output = app.output.replaced(**changed)

    return store


format_option = _option("-o", "--output", store=_set_output("form"), metavar="FORMAT", shell_complete=_forms,
                        help=f"One of {', '.join(FORMS)}.")  # fmt: skip

output_options = _stack(
    format_option,
    _option("--no-headers", store=_set_output("header"), is_flag=True, help="Leave the headings out."),
    _option("--sort-by", store=_set_output("sort_by"), metavar="COLUMN|PATH", shell_complete=_columns,
            help="Sort by a column or JSONPath."),
)  # fmt: skip

yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
selector_option = click.option("-l", "--selector", default="", metavar="LABELS", help="Only objects with these labels.")
field_selector_option = click.option("--field-selector", "fields", default="", metavar="FIELDS",
                                     help="Only objects with this metadata.name or metadata.namespace.")  # fmt: skip


def dry_run_option(function: F) -> F:
    """`--dry-run[=none|client|server]`, as kubectl spells it."""
    return click.option(
        "--dry-run", is_flag=False, flag_value="client", default="none",
        type=click.Choice(["none", "client", "server"]), help="Show what would happen, change nothing.",
    )(function)  # fmt: skip


no_plugins_option = _option("--no-plugins", store=_store("no_plugins"), is_flag=True, is_eager=True,
                            help="Run without any plugin.")  # fmt: skip


def show_help(ctx: click.Context) -> NoReturn:
    """Shows the help of a command and ends it."""
    click.echo(ctx.get_help(), color=ctx.color)
    ctx.exit()


def _show_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        show_help(ctx)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(__version__)
        ctx.exit()


# click's own would look for a translation of their one sentence each time a command starts
version_option = _option("--version", store=_show_version, is_flag=True, is_eager=True,
                         help="Show the version and exit.")  # fmt: skip
_help_option = _option("-h", "--help", store=_show_help, is_flag=True, is_eager=True,
                       help="Show this message and exit.")  # fmt: skip


def common(function: F) -> F:
    """Source, namespace, cluster, talk and help options in one."""
    return source_options(namespace_options(cluster_options(talk_options(_help_option(function)))))


__all__ = [
    "Output", "cluster_options", "common", "complete_commands", "complete_models", "complete_rules", "dry_run_option",
    "field_selector_option", "format_option", "namespace_options", "no_plugins_option", "output_options", "seconds_of",
    "selector_option", "show_help", "source_options", "talk_options", "version_option", "yes_option",
]  # fmt: skip
