"""The cluster to talk to: kubeconfig files with kubectl's flags over them, or the pod's own service account."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mtop_core.api import ConfigError, Connection, MtopError, Record, SourceError, UsageError, mapping, plain, text
from mtop_live.kubefiles import Entry, KubeFiles, boolean, load_files, slurp, texts
from mtop_live.logins import Credential, Identity, Login, Plain, header_lines, material, plain_source

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
IN_CLUSTER = "in-cluster"

_URL = r"(?:(?P<scheme>https?)://)?(?P<host>\[[0-9A-Fa-f:.]+(?:%[\w.~%-]+)?\]|[\w.~-]+)(?::(?P<port>\d{1,5}))?"
_PATH = r"(?P<path>/[!-\"$->@-~]*)?"
_NAMESPACE = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_NAMES_SHOWN = 8


class Endpoint(Record):
    """A cluster, where it is and who asks.

    `server` is http(s)://HOST[:PORT][/PATH] without a slash at its end, `ca` PEM text (empty for the system's),
    `context` "in-cluster" in a pod and empty where flags alone say it, `proxy` the kubeconfig's own proxy.
    """

    server: str
    context: str
    namespace: str
    login: Login
    ca: str = ""
    insecure: bool = False
    tls_server_name: str = ""
    proxy: str = ""
    compress: bool = True


def endpoint(connection: Connection) -> Endpoint:
    """The cluster as kubectl would choose it; raises ConfigError, SourceError or UsageError."""
    if connection.insecure and connection.certificate_authority:
        raise UsageError("--certificate-authority is not allowed with --insecure-skip-tls-verify", "give one of them")
    context, cluster, user = _entries(load_files(connection.kubeconfig), connection)
    ca, insecure = _trust(cluster, connection)
    plainly = plain_source(user, connection)
    found = Endpoint(
        server=_server(cluster, connection, bool(ca or insecure or plainly.has_certificate)),
        context=context.name,
        namespace=_namespace(context),
        login=Identity("" if connection.token else user.name, _Rewritten(plainly, connection),
                       _impersonation(user, connection)),
        ca=ca,
        insecure=insecure,
        tls_server_name=_tls_server_name(cluster, connection),
        proxy=cluster.read(text, "proxy-url"),
        compress=not cluster.read(boolean, "disable-compression"),
    )  # fmt: skip
    plainly.fetch(again=False)  # what cannot be read is said before anything is tried
    if plainly.names_someone or not (way := _way(user)):
        return found
    return found.replaced(login=_library_login(found, cluster, user, plainly, way, connection))


class _Rewritten:
    """The Source that reads the kubeconfig again once its credentials are refused: who logs in anew rewrites it."""

    def __init__(self, plainly: Plain, connection: Connection) -> None:
        self._plain = plainly
        self._connection = connection

    def fetch(self, again: bool) -> Credential:
        """What stands there; where it is just being rewritten, what stood there before."""
        if again and not self._connection.token:
            try:
                _, _, user = _entries(load_files(self._connection.kubeconfig), self._connection)
                fresh = plain_source(user, self._connection)
                fresh.fetch(again=False)
            except MtopError:
                return self._plain.fetch(again)
            if fresh.names_someone or fresh.has_certificate:
                self._plain = fresh
        return self._plain.fetch(again)

    def stale(self, credential: Credential) -> bool:
        """Whether a file of it has changed."""
        return self._plain.stale(credential)


def contexts(connection: Connection) -> list[str]:
    """The names of the contexts, for tab completion; none where the files cannot be read."""
    try:
        return load_files(connection.kubeconfig).known("context")
    except MtopError:
        return []


def _entries(files: KubeFiles, connection: Connection) -> tuple[Entry, Entry, Entry]:
    """Context, cluster and user; empty entries for what flags replace or nothing names."""
    context = _context(files, connection.context)
    cluster = _member(files, context, "cluster", connection.cluster)
    user = _member(files, context, "user", connection.user)
    if cluster.path or connection.server:
        return context, cluster, user
    if context.path:
        raise ConfigError(f"{context.label}: it names no cluster", "name one there, or give --cluster or --server")
    if not (inside := _in_cluster()):
        raise _nothing(files)
    return inside[0], inside[1], user if user.path else inside[2]


def _context(files: KubeFiles, wanted: str) -> Entry:
    current = Entry("context", wanted, {}) if wanted else files.current()
    if not current.name:
        return Entry("context", "", {})
    found = files.find("context", current.name)
    if found is None:
        raise _unknown(files, current, "context", current.name)
    return found


def _member(files: KubeFiles, context: Entry, kind: str, flag: str) -> Entry:
    """The cluster or user that a flag names, else the context does."""
    name = flag or context.read(text, kind)
    if not name:
        return Entry(kind, "", {})
    found = files.find(kind, name)
    if found is None:
        raise _unknown(files, Entry(kind, name, {}) if flag else context, kind, name)
    return found


def _unknown(files: KubeFiles, where: Entry, kind: str, name: str) -> MtopError:
    """The error of a name that is not there; `where` is who names it, without a path for a flag."""
    from difflib import get_close_matches

    known = files.known(kind)
    near = get_close_matches(name, known, n=_NAMES_SHOWN)
    shown = [*near, *(other for other in known if other not in near)][:_NAMES_SHOWN]
    more = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
    hint = f"known {kind}s: {', '.join(map(plain, shown))}{more}" if known else f"there are no {kind}s at all"
    if not where.path:
        return SourceError(f'there is no {kind} "{plain(name)}" in {files.names or "any kubeconfig"}', hint)
    who = where.label if where.kind == "context" else f"{plain(where.path)}: {where.kind}"
    return ConfigError(f'{who}: there is no {kind} "{plain(name)}"', hint)


def _nothing(files: KubeFiles) -> SourceError:
    if known := files.known("context"):
        names = ", ".join(map(plain, known[:_NAMES_SHOWN]))
        return SourceError(f"no context is current in {files.names}", f"choose one with --context: {names}")
    where = f"{files.names} is empty" if files.names else "there is no kubeconfig"
    return SourceError(
        f"no cluster is configured: {where}", "set KUBECONFIG or --kubeconfig, or look at a mock world with --mock"
    )


def _in_cluster() -> tuple[Entry, Entry, Entry] | None:
    """What a pod is given, as entries of a kubeconfig; None outside of one."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}", "") for part in ("HOST", "PORT"))
    token, ca = (os.path.join(SERVICE_ACCOUNT, name) for name in ("token", "ca.crt"))
    if not host or not port or not os.path.isfile(token):
        return None
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    trust = {"certificate-authority": ca} if os.path.exists(ca) else {}
    return (
        Entry("context", IN_CLUSTER, {"namespace": _own_namespace()}, SERVICE_ACCOUNT),
        Entry("cluster", IN_CLUSTER, {"server": server, **trust}, SERVICE_ACCOUNT),
        Entry("user", IN_CLUSTER, {"tokenFile": token}, SERVICE_ACCOUNT),
    )


def _own_namespace() -> str:
    try:
        return os.environ.get("POD_NAMESPACE") or slurp(os.path.join(SERVICE_ACCOUNT, "namespace")).strip()
    except ValueError:
        return ""


def _trust(cluster: Entry, connection: Connection) -> tuple[str, bool]:
    """The CA bundle as PEM text, and whether the server's certificate is not to be checked."""
    if connection.insecure:
        return "", True
    authority = material(cluster, "certificate-authority", connection.certificate_authority)
    insecure = cluster.read(boolean, "insecure-skip-tls-verify") and not connection.certificate_authority
    if authority and insecure:
        told = "both a certificate-authority and insecure-skip-tls-verify"
        raise ConfigError(f"{cluster.label}: {told}", "kubectl allows one of them: remove the other")
    return authority.pem() if authority else "", insecure


def _server(cluster: Entry, connection: Connection, secured: bool) -> str:
    """The URL of the server; a bare HOST:PORT is https where anything about TLS is configured, else http."""
    given = connection.server or cluster.read(text, "server")
    label, kind = ("--server", UsageError) if connection.server else (f"{cluster.label}: server", ConfigError)
    if not given:
        raise kind(f"{label}: there is none", "write https://HOST:PORT")
    scheme = "" if re.match("https?://", given, re.IGNORECASE) else "https://" if secured else "http://"
    parts = re.fullmatch(_URL + _PATH, scheme + given, re.ASCII | re.IGNORECASE)
    if not parts or not 0 < int(parts["port"] or 1) < 65536 or (scheme and (parts["path"] or "/") != "/"):
        # a name and password may stand before an @
        shown = "" if "@" in given else f' "{plain(given)[:100]}"'
        raise kind(f"{label}:{shown} is no URL of a server", "write https://HOST:PORT, without a user or query")
    return f"{parts['scheme'].lower()}://{(scheme + given).partition('://')[2]}".rstrip("/")


def _tls_server_name(cluster: Entry, connection: Connection) -> str:
    """The name to look for in the server's certificate; a server given by flag has none but a flag's."""
    if connection.server or connection.tls_server_name:
        return connection.tls_server_name
    return cluster.read(text, "tls-server-name")


def _namespace(context: Entry) -> str:
    name = context.read(text, "namespace") or "default"
    if not re.fullmatch(_NAMESPACE, name):
        raise ConfigError(f'{context.label}: namespace "{plain(name)[:100]}" is no name of one',
                          "small letters, digits and dashes, 63 at most")  # fmt: skip
    return name


def _impersonation(user: Entry, connection: Connection) -> Mapping[str, str]:
    """The Impersonate-* headers: each flag stands for the field of its name, and alone none of them means anything."""
    by_flag = bool(connection.as_user or connection.as_uid or connection.as_groups)
    name = connection.as_user or user.read(text, "as")
    lines = [("Impersonate-Uid", connection.as_uid or user.read(text, "as-uid"))]
    lines += [("Impersonate-Group", group) for group in connection.as_groups or user.read(texts, "as-groups")]
    lines += _extra(user)
    kind, label = (UsageError, "--as") if by_flag else (ConfigError, f"{user.label}: as")
    wanted = [line for line in lines if line[1]]
    if wanted and not name:
        raise kind(f"{label}: a uid, groups or extras are impersonated, but no user", "name the user, too")
    try:
        return header_lines([("Impersonate-User", name), *wanted] if name else ())
    except ValueError as error:
        raise kind(f"{label}: what is impersonated {error}", "write it in one line") from None


def _extra(user: Entry) -> Iterator[tuple[str, str]]:
    """The headers of as-user-extra; what no header name may hold is percent-encoded."""
    for key in (values := user.read(mapping, "as-user-extra")):
        name = re.sub(rb"[^!#$&'*+.^_`|~0-9A-Za-z-]", _percent, key.encode("utf-8", "replace")).decode()
        extras: Sequence[str] = Entry("user", user.name, values, user.path).read(texts, key)
        yield from ((f"Impersonate-Extra-{name}", value) for value in extras)


def _percent(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % ord(match.group())


def _way(user: Entry) -> str:
    """How a user without a token or password proves who it is, empty where only a certificate could."""
    ways = [way for way in ("exec", "auth-provider") if user.value.get(way) is not None]
    if len(ways) > 1:
        raise ConfigError(f"{user.label}: both exec and auth-provider", "kubectl allows one of them: remove the other")
    return ways[0] if ways else ""


def _library_login(
    found: Endpoint, cluster: Entry, user: Entry, plainly: Plain, way: str, connection: Connection
) -> Login:
    from mtop_live.library import library_source

    source = library_source(user, way, _reach(found, cluster), plainly.fetch(again=False).certificate)
    return Identity(user.name, source, _impersonation(user, connection))


def _reach(found: Endpoint, cluster: Entry) -> dict[str, Any]:
    """The cluster as a credential plugin is told of it, in the kubeconfig's spelling, its CA as PEM text."""
    known = {
        "server": found.server,
        "tls-server-name": found.tls_server_name,
        "insecure-skip-tls-verify": found.insecure,
        "certificate-authority-data": found.ca,
        "proxy-url": found.proxy,
        "disable-compression": not found.compress,
        "extensions": cluster.value.get("extensions"),
    }
    return {field: value for field, value in known.items() if value}
