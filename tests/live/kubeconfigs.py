"""Who asks an API server: kubeconfig files and static tokens."""

from __future__ import annotations

import base64
import json
import os
import ssl
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Login(NamedTuple):
    """The `cluster` and `user` entries of a kubeconfig."""

    cluster: dict[str, Any]
    user: dict[str, Any]


def write(folder: Path, login: Login, namespace: str, server: str = "") -> Path:
    """Writes a kubeconfig of its own name into `folder`; `server` replaces the cluster's."""
    path = folder / f"kubeconfig-{len(list(folder.glob('kubeconfig-*')))}"
    cluster = {**login.cluster, "server": server} if server else login.cluster
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "plane",
        "clusters": [{"name": "plane", "cluster": cluster}],
        "users": [{"name": "user", "user": login.user}],
        "contexts": [{"name": "plane", "context": {"cluster": "plane", "user": "user", "namespace": namespace}}],
    }
    path.write_text(json.dumps(config))
    return path


def read(path: Path) -> Login:
    """The entries of a kubeconfig's current context; paths in it become absolute."""
    config = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    context = _named(config["contexts"], config["current-context"])["context"]
    cluster = _named(config["clusters"], context["cluster"])["cluster"]
    user = _named(config["users"], context["user"])["user"]
    return Login(_absolute(cluster, path.parent), _absolute(user, path.parent))


def opener(login: Login, folder: Path) -> urllib.request.OpenerDirector:
    """What opens URLs of the cluster: it trusts its authority, shows its client certificate and uses no proxy."""
    data = login.cluster.get("certificate-authority-data")
    tls = ssl.create_default_context(
        cafile=login.cluster.get("certificate-authority"),
        cadata=base64.b64decode(data).decode() if data else None,
    )
    certificate = _file(login.user, "client-certificate", folder)
    if certificate:
        tls.load_cert_chain(certificate, _file(login.user, "client-key", folder))
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls))


def write_tokens(path: Path, tokens: Mapping[str, tuple[str, str]]) -> None:
    """Replaces the token file in one step, always with a later time of change: that is how its reader notices."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    new = path.with_suffix(".new")
    new.write_text("".join(f'{token},{user},{user},"{groups}"\n' for token, (user, groups) in tokens.items()))
    later = max(before + 1, new.stat().st_mtime_ns)
    os.utime(new, ns=(later, later))
    new.replace(path)


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


def _absolute(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    paths = ("certificate-authority", "client-certificate", "client-key")
    return {key: str(folder / value) if key in paths else value for key, value in entry.items()}


def _file(user: dict[str, Any], key: str, folder: Path) -> str | None:
    """The path of what a user entry names by path or holds as data."""
    if f"{key}-data" not in user:
        return user.get(key)
    path = folder / key
    path.write_bytes(base64.b64decode(user[f"{key}-data"]))
    path.chmod(0o600)
    return str(path)
