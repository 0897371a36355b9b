"""Kubeconfigs and flags to one endpoint: as the library reads them, as kubectl lays them over, and every refusal."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mtop_live import kubeconfig
from mtop_live.kubeconfig import Endpoint, contexts, endpoint

from mtop_core.api import ConfigError, Connection, MtopError, SourceError, UsageError

Make = Callable[..., str]

AUTHORITY = trustme.CA()
ISSUED = AUTHORITY.issue_cert("mtop")
CA = AUTHORITY.cert_pem.bytes().decode()
CERT = ISSUED.cert_chain_pems[0].bytes().decode()
KEY = ISSUED.private_key_pem.bytes().decode()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name.startswith("KUBERNETES_") or name in ("KUBECONFIG", "POD_NAMESPACE"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(kubeconfig, "SERVICE_ACCOUNT", str(tmp_path / "account"))


def config(cluster: Any = None, user: Any = None, *, name: str = "dev", **context: Any) -> dict[str, Any]:
    """A kubeconfig of one context."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, **context}}],
        "clusters": [{"name": name, "cluster": {"server": "https://one:6443"} if cluster is None else cluster}],
        "users": [{"name": name, "user": {"token": "t0k"} if user is None else user}],
    }


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a kubeconfig and the files beside it, and gives its path."""

    def write(content: Any, path: str = "folder/config", **files: str) -> str:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if isinstance(content, str) else json.dumps(content))
        for name, text in {"ca.pem": CA, "cert.pem": CERT, "key.pem": KEY, "token": "filed", **files}.items():
            (target.parent / name).write_text(text)
        return str(target)

    return write


def ours(found: Endpoint) -> tuple[object, ...]:
    """All that the library knows of an endpoint, too."""
    certificate = found.login.certificate()
    pair = (certificate.cert, certificate.key) if certificate else ("", "")
    authorization = found.login.headers().get("Authorization", "")
    return found.server, found.ca, *pair, authorization, not found.insecure, found.tls_server_name, found.proxy


def theirs(path: str, context: str | None = None) -> tuple[object, ...]:
    """The same, as the library reads the files."""
    from kubernetes.client import Configuration
    from kubernetes.config import load_kube_config

    found = Configuration()
    load: Any = load_kube_config
    load(path, context, found, persist_config=False)
    texts = (Path(name).read_text() if name else "" for name in (found.ssl_ca_cert, found.cert_file, found.key_file))
    authorization = found.api_key.get("BearerToken", "")
    return found.host, *texts, authorization, found.verify_ssl, found.tls_server_name or "", found.proxy or ""


FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "token": ({}, {"token": "abc.DEF-_~+/="}),
    "token file": ({}, {"tokenFile": "token"}),
    "basic": ({}, {"username": "jo", "password": "p:w d"}),
    "nobody": ({}, {}),
    "ca data": ({"certificate-authority-data": encoded(CA)}, {}),
    "ca file": ({"certificate-authority": "ca.pem"}, {}),
    "ca both": ({"certificate-authority": "nowhere", "certificate-authority-data": encoded(CA)}, {}),
    "cert data": ({}, {"client-certificate-data": encoded(CERT), "client-key-data": encoded(KEY)}),
    "cert files": ({}, {"client-certificate": "cert.pem", "client-key": "../folder/key.pem"}),
    "cert mixed": ({}, {"client-certificate": "cert.pem", "client-key-data": encoded(KEY), "token": "t"}),
    "insecure": ({"insecure-skip-tls-verify": True}, {"token": "t"}),
    "secure": ({"insecure-skip-tls-verify": False}, {"token": "t"}),
    "server name": ({"tls-server-name": "inside"}, {"token": "t"}),
    "proxy": ({"proxy-url": "http://proxy:3128"}, {"token": "t"}),
    "path": ({"server": "https://10.0.0.1:6443/k8s/clusters/c-1/"}, {"token": "t"}),
    "ipv6": ({"server": "https://[fd00::1]:6443"}, {"token": "t"}),
    "no tls": ({"server": "http://127.0.0.1:8080"}, {"token": "t"}),
}


@pytest.mark.parametrize("name", FIELDS)
def test_plain_files_are_read_as_the_library_reads_them(name: str, make: Make) -> None:
    cluster, user = FIELDS[name]
    path = make(config({"server": "https://one:6443", **cluster}, user))
    assert ours(endpoint(Connection(kubeconfig=path))) == theirs(path)


def test_yaml_is_read_as_the_library_reads_it(make: Make) -> None:
    import yaml

    path = make(yaml.safe_dump(config({"server": "https://one", "certificate-authority": "ca.pem"}, {"token": "t"})))
    assert ours(endpoint(Connection(kubeconfig=path))) == theirs(path)


def test_several_files_are_merged_as_the_library_merges_them(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    first = config({"server": "https://first", "certificate-authority": "ca.pem"}, {"token": "one"})
    second = config({"server": "https://lost"}, {"token": "lost"})
    second["contexts"].append({"name": "both", "context": {"cluster": "dev", "user": "late"}})
    second["users"].append({"name": "late", "user": {"client-certificate": "cert.pem", "client-key": "key.pem"}})
    del second["current-context"]
    chain = os.pathsep.join([make(first, "a/config"), "", "/nowhere/at/all", make(second, "b/config")])
    monkeypatch.setenv("KUBECONFIG", chain)
    assert ours(endpoint(Connection())) == theirs(chain)
    assert ours(endpoint(Connection(context="both"))) == theirs(chain, "both")
    assert contexts(Connection()) == ["dev", "both"]


NAME = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
TOKEN = st.text(st.sampled_from("abcXYZ019-._~+/="), min_size=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(name=NAME, clusters=st.sampled_from(sorted(FIELDS)), users=st.sampled_from(sorted(FIELDS)), token=TOKEN)
def test_any_mixture_is_read_as_the_library_reads_it(
    name: str, clusters: str, users: str, token: str, make: Make
) -> None:
    cluster, user = FIELDS[clusters][0], FIELDS[users][1]
    if cluster.get("server", "").startswith("http:"):
        user = {}  # the library leaves certificates out where there is no TLS
    fields = {**user, **({"token": token} if "token" in user else {})}
    path = make(config({"server": "https://one:6443", **cluster}, fields, name=name))
    assert ours(endpoint(Connection(kubeconfig=path))) == theirs(path)


def test_all_fields_of_an_endpoint(make: Make) -> None:
    cluster = {"server": "HTTPS://One:6443/base/", "disable-compression": True, "proxy-url": "socks5://p",
               "tls-server-name": "inside", "certificate-authority": "ca.pem"}  # fmt: skip
    found = endpoint(Connection(kubeconfig=make(config(cluster, namespace="chat"))))
    login = found.login
    assert found == Endpoint("https://One:6443/base", "dev", "chat", login, CA, False, "inside", "socks5://p", False)
    assert login.user == "dev"


def test_the_home_folder_is_the_last_resort(make: Make) -> None:
    make(config(), ".kube/config")
    assert ours(endpoint(Connection()))[0] == "https://one:6443"
    assert endpoint(Connection()).namespace == "default"


@pytest.mark.parametrize(
    ("server", "cluster", "user", "expected"),
    [
        ("one:6443", {}, {}, "http://one:6443"),
        ("one:6443", {"insecure-skip-tls-verify": True}, {}, "https://one:6443"),
        ("10.0.0.1:6443", {"certificate-authority": "ca.pem"}, {}, "https://10.0.0.1:6443"),
        ("one", {}, {"client-certificate": "cert.pem", "client-key": "key.pem"}, "https://one"),
        ("[::1]:80/", {}, {}, "http://[::1]:80"),
    ],
)
def test_a_server_without_a_scheme(
    server: str, cluster: dict[str, Any], user: dict[str, Any], expected: str, make: Make
) -> None:
    path = make(config({"server": server, **cluster}, user))
    assert endpoint(Connection(kubeconfig=path)).server == expected


# -- flags


def seen(path: str, **flags: Any) -> dict[str, object]:
    """What differs from the same kubeconfig without flags."""
    names = ("server", "ca", "cert", "key", "authorization", "verified", "tls_server_name", "proxy")
    plain, flagged = (ours(endpoint(Connection(kubeconfig=path, **given))) for given in ({}, flags))
    return {name: new for name, old, new in zip(names, plain, flagged, strict=True) if old != new}


CERTIFIED = {"client-certificate": "cert.pem", "client-key": "key.pem"}
TRUSTED = {"server": "https://one", "certificate-authority": "ca.pem", "tls-server-name": "inside"}


@pytest.mark.parametrize(
    ("flags", "changes"),
    [
        ({"server": "https://two/"}, {"server": "https://two", "tls_server_name": ""}),
        ({"server": "https://two", "tls_server_name": "x"}, {"server": "https://two", "tls_server_name": "x"}),
        ({"token": "mine"}, {"authorization": "Bearer mine", "cert": "", "key": ""}),
        ({"insecure": True}, {"verified": False, "ca": ""}),
        ({"certificate_authority": "folder/other.pem"}, {"ca": f"{CERT}{CA}"}),
        ({"client_certificate": "folder/other.pem"}, {"cert": f"{CERT}{CA}"}),
        ({"client_key": "folder/other.pem"}, {"key": f"{CERT}{CA}"}),
        ({"cluster": "other"}, {"server": "https://other", "ca": "", "tls_server_name": ""}),
        ({"user": "other"}, {"authorization": "Basic b3RoZXI6", "cert": "", "key": ""}),
        ({"context": "other"}, {"server": "https://other", "ca": "", "tls_server_name": "",
                                "authorization": "Basic b3RoZXI6", "cert": "", "key": ""}),
    ],
)  # fmt: skip
def test_flags_beat_the_kubeconfig(flags: dict[str, Any], changes: dict[str, object], make: Make) -> None:
    content = config(TRUSTED, {"token": "t", **CERTIFIED})
    other = config({"server": "https://other"}, {"username": "other"}, name="other")
    for part in ("contexts", "clusters", "users"):
        content[part] += other[part]
    assert seen(make(content, **{"other.pem": CERT + CA}), **flags) == changes


def test_a_token_flag_asks_no_plugin(make: Make) -> None:
    path = make(config(None, {"exec": {"command": "/nowhere", "apiVersion": "v1"}}))
    found = endpoint(Connection(kubeconfig=path, token="mine"))
    assert (found.login.headers(), found.login.user) == ({"Authorization": "Bearer mine"}, "")


def test_a_ca_flag_ends_insecurity(make: Make) -> None:
    path = make(config({"server": "https://one", "insecure-skip-tls-verify": True}))
    found = endpoint(Connection(kubeconfig=path, certificate_authority="folder/ca.pem"))
    assert (found.insecure, found.ca) == (False, CA)


def test_flags_alone_are_enough() -> None:
    found = endpoint(Connection(server="one:6443", token="t", insecure=True))
    assert found == Endpoint("https://one:6443", "", "default", found.login, insecure=True)
    assert found.login.headers() == {"Authorization": "Bearer t"}


IMPERSONATING = {"as": "jo", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"a/b": ["x", "ü"], "C": ["y"]}}


@pytest.mark.parametrize(
    ("user", "flags", "expected"),
    [
        ({}, {"as_user": "jo"}, [("Impersonate-User", "jo")]),
        (
            {},
            {"as_user": "jö", "as_uid": "7", "as_groups": ("a", "b", "c", "d")},
            [("Impersonate-User", "j\u00c3\u00b6"), ("Impersonate-Uid", "7"), ("Impersonate-Group", "a"),
             ("Impersonate-Group", "b"), ("Impersonate-Group", "c"), ("Impersonate-Group", "d")],
        ),
        (
            IMPERSONATING,
            {},
            [("Impersonate-User", "jo"), ("Impersonate-Uid", "7"), ("Impersonate-Group", "a"),
             ("Impersonate-Group", "b"), ("Impersonate-Extra-A%2fb", "x"),
             ("Impersonate-Extra-A%2fb", "\u00c3\u00bc"), ("Impersonate-Extra-C", "y")],
        ),
        ({"as": "jo"}, {"as_groups": ("a",)}, [("Impersonate-User", "jo"), ("Impersonate-Group", "a")]),
    ],
)  # fmt: skip
def test_impersonation(
    user: dict[str, Any], flags: dict[str, Any], expected: list[tuple[str, str]], make: Make
) -> None:
    found = endpoint(Connection(kubeconfig=make(config(None, user)), **flags)).login.headers()
    # as a server sees them, to whom the case of a name is all one
    assert [("-".join(map(str.capitalize, name.split("-"))), value) for name, value in found.items()] == expected


# -- in a pod


@pytest.fixture
def pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "account"
    folder.mkdir()
    for name, text in (("token", "inside\n"), ("ca.crt", CA), ("namespace", "chat\n")):
        (folder / name).write_text(text)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    return folder


def test_a_pod_uses_its_service_account(pod: Path) -> None:
    found = endpoint(Connection())
    assert found == Endpoint("https://[fd00::1]:443", "in-cluster", "chat", found.login, CA)
    assert (found.login.user, found.login.headers()) == ("in-cluster", {"Authorization": "Bearer inside"})
    (pod / "token").write_text("rotated")
    assert found.login.headers() == {"Authorization": "Bearer rotated"}


def test_a_pod_without_all_of_it(pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (pod / "ca.crt").unlink()
    (pod / "namespace").unlink()
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    found = endpoint(Connection())
    assert found == Endpoint("https://10.0.0.1:443", "in-cluster", "default", found.login)


@pytest.mark.usefixtures("pod")
def test_flags_in_a_pod(make: Make) -> None:
    found = endpoint(Connection(token="mine", as_user="jo", insecure=True))
    assert found.login.headers() == {"Authorization": "Bearer mine", "Impersonate-User": "jo"}
    assert (found.insecure, found.ca) == (True, "")
    # another server never sees the pod's token
    assert endpoint(Connection(server="https://two")).login.headers() == {}
    assert endpoint(Connection(kubeconfig=make(config()))).context == "dev"
    assert endpoint(Connection(kubeconfig=make(""))).context == "in-cluster"


# -- refusals


def without(part: str) -> dict[str, Any]:
    return {key: value for key, value in config().items() if key != part}


IN_CLUSTER_HINT = "set KUBECONFIG or --kubeconfig, or look at a mock world with --mock"
QUOTES = "write it in quotes"
URL_HINT = "write https://HOST:PORT, without a user or query"
PATH_HINT = "correct the path, or write the file"
ONE_LINE = "write it in one line, and nothing else with it"
NO_TOKEN = "the token holds spaces, line ends or other characters that no token has"
VIEW = "kubectl config view shows how kubectl reads the file"
PEM = "it must have lines such as -----BEGIN CERTIFICATE-----"

REFUSALS: list[tuple[str, Any, dict[str, Any], type[MtopError], str, str]] = [
    ("no yaml", "a: b: c", {}, ConfigError, "FILE:1: not YAML: mapping values are not allowed in this context",
     "a kubeconfig is YAML or JSON"),
    ("no yaml below", "a: b\nc: [", {}, ConfigError,
     "FILE:2: not YAML: did not find expected node content (while parsing a flow node)",
     "a kubeconfig is YAML or JSON"),
    ("twice in json", '{"a": 1, "a": 2}', {}, ConfigError,
     'FILE:1: not YAML: the key "a" stands twice in one mapping', "a kubeconfig is YAML or JSON"),
    ("a list", "[]", {}, ConfigError, "FILE: expected one mapping", "a kubeconfig has clusters, users and contexts"),
    ("two documents", "a: b\n---\nc: d\n", {}, ConfigError, "FILE: expected one mapping",
     "a kubeconfig has clusters, users and contexts"),
    ("another kind", {"kind": "Pod"}, {}, ConfigError, "FILE: this is a Pod, not a kubeconfig",
     "its kind must be Config"),
    ("empty", "", {}, SourceError, "no cluster is configured: FILE is empty", IN_CLUSTER_HINT),
    ("null", "null", {}, SourceError, "no cluster is configured: FILE is empty", IN_CLUSTER_HINT),
    ("nothing current", without("current-context"), {}, SourceError, "no context is current in FILE",
     "choose one with --context: dev"),
    ("number current", {**config(), "current-context": 5}, {}, ConfigError,
     "FILE: current-context: expected a string", QUOTES),
    ("missing context", without("contexts"), {}, ConfigError, 'FILE: current-context: there is no context "dev"',
     "there are no contexts at all"),
    ("missing cluster", without("clusters"), {}, ConfigError, 'FILE: context "dev": there is no cluster "dev"',
     "there are no clusters at all"),
    ("missing user", {**config(), "contexts": [{"name": "dev", "context": {"user": "deb"}}]}, {}, ConfigError,
     'FILE: context "dev": there is no user "deb"', "known users: dev"),
    ("unnamed cluster", {**config(), "contexts": [{"name": "dev"}]}, {}, ConfigError,
     'FILE: context "dev": it names no cluster', "name one there, or give --cluster or --server"),
    ("context flag", config(), {"context": "dve"}, SourceError, 'there is no context "dve" in FILE',
     "known contexts: dev"),
    ("cluster flag", config(), {"cluster": "x\n"}, SourceError, 'there is no cluster "x" in FILE',
     "known clusters: dev"),
    ("user flag", config(), {"user": "x"}, SourceError, 'there is no user "x" in FILE', "known users: dev"),
    ("null entry", {**config(), "users": [None]}, {}, ConfigError, "FILE: users[0]: expected a mapping", VIEW),
    ("scalar entry", {**config(), "clusters": [5]}, {}, ConfigError, "FILE: clusters[0]: expected a mapping", VIEW),
    ("no list", {**config(), "contexts": {}}, {}, ConfigError, "FILE: contexts: expected a list", VIEW),
    ("number name", {**config(), "contexts": [{"name": 5}]}, {}, ConfigError, "FILE: name: expected a string", QUOTES),
    ("twice", {**config(), "users": config()["users"] * 2}, {}, ConfigError,
     'FILE: user "dev" stands there twice', "remove one of the two"),
    ("scalar cluster", config("x"), {}, ConfigError, "FILE: cluster: expected a mapping", VIEW),
    ("number namespace", config(namespace=5), {}, ConfigError,
     'FILE: context "dev": namespace: expected a string, got the number 5', QUOTES),
    ("path namespace", config(namespace="../x"), {}, ConfigError,
     'FILE: context "dev": namespace "../x" is no name of one',
     "small letters, digits and dashes, 63 at most"),
    ("number server", config({"server": 5}), {}, ConfigError,
     'FILE: cluster "dev": server: expected a string, got the number 5', QUOTES),
    ("no server", config({}), {}, ConfigError, 'FILE: cluster "dev": server: there is none', "write https://HOST:PORT"),
    ("ftp server", config({"server": "ftp://x"}), {}, ConfigError,
     'FILE: cluster "dev": server: "ftp://x" is no URL of a server', URL_HINT),
    ("port", config({"server": "https://x:70000"}), {}, ConfigError,
     'FILE: cluster "dev": server: "https://x:70000" is no URL of a server', URL_HINT),
    ("bare with path", config({"server": "x/y"}), {}, ConfigError,
     'FILE: cluster "dev": server: "x/y" is no URL of a server', URL_HINT),
    ("password in server", config({"server": "https://jo:s3cret@x"}), {}, ConfigError,
     'FILE: cluster "dev": server: is no URL of a server', URL_HINT),
    ("line end in server", config({"server": "https://x\r\nHost: y"}), {}, ConfigError,
     'FILE: cluster "dev": server: "https://x Host: y" is no URL of a server', URL_HINT),
    ("server flag", config(), {"server": "https://"}, UsageError, '--server: "https://" is no URL of a server',
     URL_HINT),
    ("insecure text", config({"server": "https://x", "insecure-skip-tls-verify": "yes"}), {}, ConfigError,
     'FILE: cluster "dev": insecure-skip-tls-verify: expected true or false, got the string "yes"', VIEW),
    ("insecure with ca",
     config({"server": "https://x", "insecure-skip-tls-verify": True, "certificate-authority": "c"}), {}, ConfigError,
     'FILE: cluster "dev": both a certificate-authority and insecure-skip-tls-verify',
     "kubectl allows one of them: remove the other"),
    ("insecure with ca flag", config(), {"insecure": True, "certificate_authority": "c"}, UsageError,
     "--certificate-authority is not allowed with --insecure-skip-tls-verify", "give one of them"),
    ("bad base64", config({"server": "https://x", "certificate-authority-data": "%%"}), {}, ConfigError,
     'FILE: cluster "dev": certificate-authority-data: not base64 of a text',
     "it is made by base64 -w0 FILE; certificate-authority names a file instead"),
    ("no pem", config({"server": "https://x", "certificate-authority-data": "AAAA"}), {}, ConfigError,
     'FILE: cluster "dev": certificate-authority-data: holds no PEM text', PEM),
    ("missing ca", config({"server": "https://x", "certificate-authority": "c"}), {}, ConfigError,
     'FILE: cluster "dev": certificate-authority: FOLDER/c: no such file or directory', PATH_HINT),
    ("folder as ca", config({"server": "https://x", "certificate-authority": "."}), {}, ConfigError,
     'FILE: cluster "dev": certificate-authority: FOLDER/.: is a directory', PATH_HINT),
    ("null byte in ca", config({"server": "https://x", "certificate-authority": "a\0b"}), {}, ConfigError,
     'FILE: cluster "dev": certificate-authority: FOLDER/a\\x00b: no file can have such a name', PATH_HINT),
    ("missing ca flag", config(), {"certificate_authority": "c"}, UsageError,
     "--certificate-authority: c: no such file or directory", PATH_HINT),
    ("cert without key", config(None, {"client-certificate": "cert.pem"}), {}, ConfigError,
     'FILE: user "dev": client-certificate: there is no key for it', "name the key in client-key, too"),
    ("cert flag without key", config(), {"client_certificate": "folder/cert.pem"}, UsageError,
     "--client-certificate: there is no key for it", "name the key in client-key, too"),
    ("missing key", config(None, {"client-certificate": "cert.pem", "client-key": "k"}), {}, ConfigError,
     'FILE: user "dev": client-key: FOLDER/k: no such file or directory', PATH_HINT),
    ("number token", config(None, {"token": 12345}), {}, ConfigError,
     'FILE: user "dev": token: expected a string', QUOTES),
    ("number password", config(None, {"username": "jo", "password": 12345}), {}, ConfigError,
     'FILE: user "dev": password: expected a string', QUOTES),
    ("header in token", config(None, {"token": "s3cret\r\nX: y"}), {}, ConfigError,
     f'FILE: user "dev": token: {NO_TOKEN}', ONE_LINE),
    ("header in token flag", config(), {"token": "s3cret\n"}, UsageError, f"--token: {NO_TOKEN}", ONE_LINE),
    ("missing token file", config(None, {"tokenFile": "t"}), {}, ConfigError,
     'FILE: user "dev": tokenFile: FOLDER/t: no such file or directory', PATH_HINT),
    ("empty token file", config(None, {"tokenFile": "empty"}), {}, ConfigError,
     'FILE: user "dev": tokenFile: the token is empty', "get a new one, such as with kubectl create token"),
    ("two ways", config(None, {"token": "t", "username": "jo"}), {}, ConfigError,
     'FILE: user "dev": both a token and a username', "kubectl allows one of them: remove the other"),
    ("two plugins", config(None, {"exec": {}, "auth-provider": {}}), {}, ConfigError,
     'FILE: user "dev": both exec and auth-provider', "kubectl allows one of them: remove the other"),
    ("group alone", config(), {"as_groups": ("g",)}, UsageError,
     "--as: a uid, groups or extras are impersonated, but no user", "name the user, too"),
    ("extra alone", config(None, {"as-user-extra": {"a": ["b"]}}), {}, ConfigError,
     'FILE: user "dev": as: a uid, groups or extras are impersonated, but no user', "name the user, too"),
    ("header in as", config(), {"as_user": "jo\r\nX: y"}, UsageError,
     "--as: what is impersonated holds control characters",
     "write it in one line"),
    ("surrogate in as", config(None, {"as": "\ud800"}), {}, ConfigError,
     'FILE: user "dev": as: what is impersonated holds control characters', "write it in one line"),
    ("scalar groups", config(None, {"as": "jo", "as-groups": "g"}), {}, ConfigError,
     'FILE: user "dev": as-groups: expected a list', VIEW),
    ("number group", config(None, {"as": "jo", "as-groups": [5]}), {}, ConfigError,
     'FILE: user "dev": as-groups[0]: expected a string', QUOTES),
    ("scalar exec", config(None, {"exec": 5}), {}, ConfigError, 'FILE: user "dev": exec: expected a mapping', VIEW),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "flags", "kind", "message", "hint"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_refusals(
    content: Any, flags: dict[str, Any], kind: type[MtopError], message: str, hint: str, make: Make, tmp_path: Path
) -> None:
    path = make(content, empty="\n")
    with pytest.raises(MtopError) as caught:
        endpoint(Connection(kubeconfig=path, **flags))
    told = caught.value.message.replace(path, "FILE").replace(str(tmp_path / "folder"), "FOLDER")
    assert (type(caught.value), told, caught.value.hint) == (kind, message, hint)


def test_no_kubeconfig_at_all() -> None:
    with pytest.raises(SourceError) as caught:
        endpoint(Connection())
    assert (caught.value.message, caught.value.hint) == (
        "no cluster is configured: there is no kubeconfig", IN_CLUSTER_HINT,
    )  # fmt: skip
    assert contexts(Connection()) == []
    with pytest.raises(SourceError, match='there is no context "x" in any kubeconfig'):
        endpoint(Connection(context="x"))


def test_unknown_contexts_name_the_nearest_first(make: Make) -> None:
    names = [*(f"zone-{number}" for number in range(20)), "staging"]
    content = {"contexts": [{"name": name, "context": {}} for name in names]}
    with pytest.raises(SourceError) as caught:
        endpoint(Connection(kubeconfig=make(content), context="stagin"))
    shown = ", ".join(["staging", *names[:7]])
    assert caught.value.hint == f"known contexts: {shown} and 13 more"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\xff\xfe", "not UTF-8 text"),
        (b" " * (16 * 2**20 + 1), "more than 16 MiB"),
        (None, "no such file or directory"),
    ],
)
def test_files_that_are_none(data: bytes | None, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        endpoint(Connection(kubeconfig=str(path)))
    assert caught.value.message == f"{path}: {problem}"


def test_a_kubeconfig_that_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path))
    with pytest.raises(ConfigError, match="is a directory"):
        endpoint(Connection())
    assert contexts(Connection()) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CLUSTER_FIELDS = ("server", "certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify",
                  "tls-server-name", "proxy-url", "disable-compression", "extensions")  # fmt: skip
USER_FIELDS = ("token", "tokenFile", "username", "password", "client-certificate", "client-certificate-data",
               "client-key", "client-key-data", "as", "as-uid", "as-groups", "as-user-extra", "exec",
               "auth-provider")  # fmt: skip


def fields(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(names), ANYTHING, max_size=4) | ANYTHING


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(cluster=fields(CLUSTER_FIELDS), user=fields(USER_FIELDS), part=st.none() | ANYTHING)
def test_hostile_files_only_meet_our_errors(cluster: Any, user: Any, part: Any, make: Make) -> None:
    content = config(cluster, user)
    if part is not None:
        content["contexts"] = part
    elif isinstance(cluster, dict):
        cluster.setdefault("server", "https://one")
    runs_something = isinstance(user, dict) and {"exec", "auth-provider"} & user.keys()
    try:
        found = endpoint(Connection(kubeconfig=make(content)))
        shown = found.server if runs_something else found.server + "".join(found.login.headers().values())
    except MtopError as error:
        shown = error.message
    assert not set(map(chr, range(32))) & set(shown)


COLD = """
import json, sys
before = set(sys.modules)
from mtop_core.api import Connection
from mtop_live.kubeconfig import endpoint
from mtop_live.proxies import proxy_for
found = endpoint(Connection(kubeconfig=sys.argv[1]))
assert found.login.headers() == {"Authorization": "Bearer t0k"}
assert proxy_for(found, {}) == ""
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_a_plain_kubeconfig_costs_little(make: Make) -> None:
    path = make(config({"server": "https://one", "certificate-authority-data": encoded(CA)}))
    done = subprocess.run([sys.executable, "-c", COLD, path], capture_output=True, text=True, check=True)
    heavy = {"kubernetes", "yaml", "ssl", "http", "subprocess", "tempfile", "ipaddress", "base64", "urllib", "difflib"}
    assert heavy & {name.partition(".")[0] for name in json.loads(done.stdout)} == set()
