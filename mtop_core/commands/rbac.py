"""`mtop rbac`: the least that a command must be allowed on a cluster, as roles ready to apply."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from mtop_core.access import Access
from mtop_core.app import App, pass_app
from mtop_core.command import command as mtop_command
from mtop_core.commands import BY_NAME
from mtop_core.errors import UsageError
from mtop_core.objects.kinds import Kind
from mtop_core.objects.text import plain
from mtop_core.options import complete_commands, format_option, namespace_options, talk_options
from mtop_core.render.result import Column, Result
from mtop_core.specs import CommandSpec

RBAC = "rbac.authorization.k8s.io"
_NAME = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"


@mtop_command("rbac")
@click.argument("commands", nargs=-1, required=True, metavar="COMMAND...", shell_complete=complete_commands)
@click.option("-w", "--watch", is_flag=True, help="Also what their -w needs.")
@click.option("--user", "users", multiple=True, metavar="NAME", help="Bind the roles to this user.")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Bind the roles to this group.")
@click.option("--serviceaccount", "accounts", multiple=True, metavar="NS:NAME", help="Bind them to a service account.")
@click.option("--name", default="", metavar="NAME", help="What to call the roles.")
@format_option
@namespace_options
@talk_options
@pass_app
def command(
    app: App, commands: tuple[str, ...], watch: bool, users: tuple[str, ...], groups: tuple[str, ...],
    accounts: tuple[str, ...], name: str,
) -> Result:
    """Print the roles that commands need on a cluster, and nothing beyond.

    With -n the rights are for that namespace (a Role, and a ClusterRole for what has no namespace, such as
    nodes); without it for all namespaces (a ClusterRole). No cluster is asked.

    \b
    mtop rbac list doctor -n chat --user vic | kubectl apply -f -
    mtop rbac list --watch --serviceaccount monitoring:mtop
    """  # fmt: skip
    accesses = [access for word in commands for access in _accesses(app, word, watch)]
    subjects = [*_subjects("User", users), *_subjects("Group", groups), *map(_account, accounts)]
    namespace = app.namespace_given if not app.all_namespaces else ""
    name = name or f"mtop-{'-'.join(dict.fromkeys(commands))}"
    for option, given in (("-n", namespace), ("--name", name)):
        if given and not re.fullmatch(_NAME, given):
            raise UsageError(f'{option} "{plain(given)}" is no name Kubernetes would accept',
                             "small letters, digits and dashes")  # fmt: skip
    objects = list(roles(name, accesses, namespace, subjects))
    if app.output.form in ("table", "wide"):
        app.output = app.output.replaced(form="yaml")
    return Result("RoleList", (Column("name", "NAME"),), [{"name": obj["metadata"]["name"]} for obj in objects],
                  objects=objects, single=len(objects) == 1)  # fmt: skip


def roles(
    name: str, accesses: Iterable[Access], namespace: str, subjects: Sequence[Mapping[str, str]]
) -> Iterator[dict[str, Any]]:
    """The roles that grant some accesses, in one namespace or (empty) in all, and their bindings to the subjects."""
    verbs: dict[Kind, dict[str, None]] = {}
    for access in accesses:
        verbs.setdefault(access.kind, {}).update(dict.fromkeys(access.verbs))
    inside = {kind: granted for kind, granted in verbs.items() if kind.namespaced and namespace}
    outside = {kind: granted for kind, granted in verbs.items() if kind not in inside}
    for granted, place in ((inside, namespace), (outside, "")):
        if granted:
            meta = {"name": name, "namespace": place} if place else {"name": name}
            what = "Role" if place else "ClusterRole"
            yield {"apiVersion": f"{RBAC}/v1", "kind": what, "metadata": meta, "rules": _rules(granted)}
            if subjects:
                reference = {"apiGroup": RBAC, "kind": what, "name": name}
                yield {"apiVersion": f"{RBAC}/v1", "kind": f"{what}Binding", "metadata": meta,
                       "roleRef": reference, "subjects": [dict(subject) for subject in subjects]}  # fmt: skip


def _rules(granted: Mapping[Kind, Iterable[str]]) -> list[dict[str, Any]]:
    """One rule for all kinds of a group that take the same verbs."""
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for kind, verbs in granted.items():
        together.setdefault((kind.group, tuple(verbs)), []).append(kind.plural)
    return [
        {"apiGroups": [group], "resources": sorted(resources), "verbs": list(verbs)}
        for (group, verbs), resources in sorted(together.items())
    ]


def _accesses(app: App, word: str, watch: bool) -> Sequence[Access]:
    """What a command asks of a cluster; UsageError where there is no such command, or it asks nothing."""
    from mtop_core.targets import load_target

    spec = BY_NAME.get(word) or app.plugins.find(CommandSpec, word)
    if spec is None:
        raise UsageError(f'there is no command "{plain(word)}"', "mtop --help lists all commands")
    command = load_target(spec.target, f"the command {word}")
    access = getattr(command, "access", ())
    found: Sequence[Access] = access(app) if callable(access) else access
    if not found:
        raise UsageError(f"mtop {word} asks nothing of a cluster, or does not say what")
    watched = getattr(command, "watched", ()) if watch else ()
    return [*found, *(Access(kind, ("watch",)) for kind in watched)]


def _subjects(kind: str, names: Iterable[str]) -> Iterator[Mapping[str, str]]:
    for name in names:
        if not name or name != plain(name):
            raise UsageError(f'--{kind.lower()} "{plain(name)}" is nobody\'s name')
        yield {"apiGroup": RBAC, "kind": kind, "name": name}


def _account(words: str) -> Mapping[str, str]:
    namespace, _, name = words.partition(":")
    if not all(re.fullmatch(_NAME, part) for part in (namespace, name)):
        raise UsageError(f'--serviceaccount "{plain(words)}": expected NAMESPACE:NAME')
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
