"""Which proxy leads to a server: the kubeconfig's, else the environment's by the rules of Go's net/http."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mtop_core.api import SourceError, plain

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from mtop_live.kubeconfig import Endpoint

_PLACE = r"(?:[!\"$-.0->@-~]*@)?(?:\[[0-9a-f:.]+\]|[\w.~-]+)(?::(?P<port>\d{1,5}))?"
_URL = rf"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<place>{_PLACE})/?"


def proxy_for(endpoint: Endpoint, environment: Mapping[str, str] = os.environ) -> str:
    """The URL http://[USER:PASSWORD@]HOST[:PORT] of the proxy on the way, empty for none; raises SourceError.

    The kubeconfig's own proxy is used whatever the environment says.
    """
    if endpoint.proxy:
        return _checked(endpoint.proxy, "proxy-url")
    scheme, _, rest = endpoint.server.partition("://")
    variable = f"{scheme.upper()}_PROXY"
    name = variable if environment.get(variable) else variable.lower()
    if not (value := environment.get(name, "")):
        return ""
    host, port = _host_and_port(rest.partition("/")[0])
    exceptions = environment.get("NO_PROXY") or environment.get("no_proxy", "")
    if _straight(host, port or ("443" if scheme == "https" else "80"), exceptions):
        return ""
    return _checked(value, name)


def _checked(url: str, origin: str) -> str:
    """The URL of an http proxy, in full; raises SourceError where it is none that could be used."""
    parts = re.fullmatch(_URL, url, re.ASCII | re.IGNORECASE)
    if not parts or not 0 < int(parts["port"] or 80) < 65536:
        raise SourceError(f"{origin}: {_shown(url)} is no URL of a proxy", "write http://HOST:PORT")
    if (scheme := (parts["scheme"] or "http").lower()) != "http":
        raise SourceError(f"{origin}: {_shown(url)}: mtop cannot use {scheme} proxies", "name an http:// proxy")
    return f"http://{parts['place']}"


def _shown(url: str) -> str:
    """A proxy's URL for a message, without a user and password."""
    scheme, separator, rest = url.rpartition("://")
    return f'"{plain(scheme + separator + rest.rpartition("@")[2])[:100]}"'


def _straight(host: str, port: str, exceptions: str) -> bool:
    """Whether a host is reached without the environment's proxy."""
    name = host.lower()
    address = _address(name)
    if name == "localhost" or (address is not None and address.is_loopback):
        return True
    return any(_excepts(entry.strip().lower(), name, port, address) for entry in exceptions.split(","))


def _excepts(entry: str, host: str, port: str, address: IPv4Address | IPv6Address | None) -> bool:
    """Whether one entry of NO_PROXY means a host: `*`, a network, an address or a domain, the last two with a port."""
    if entry == "*":
        return True
    if re.fullmatch(r"[0-9a-f.:]+/\d{1,3}", entry):
        return address is not None and _within(entry, address)
    name, only = _host_and_port(entry)
    if not name or (only and only != port):
        return False
    if (alone := _address(name)) is not None:
        return alone == address
    domain = name.removeprefix("*")
    return host.endswith(domain) if domain.startswith(".") else host == domain or host.endswith(f".{domain}")


def _within(network: str, address: IPv4Address | IPv6Address) -> bool:
    from ipaddress import ip_network

    try:
        return address in ip_network(network, strict=False)
    except ValueError:
        return False


def _host_and_port(text: str) -> tuple[str, str]:
    """`HOST:PORT`, `[IPv6]:PORT` or either without a port, which is then empty."""
    host, separator, port = text.rpartition(":")
    if separator and (":" not in host or host.endswith("]")):
        return host.strip("[]"), port
    return text.strip("[]"), ""


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as itself, None for a name; IPv4 written as IPv6 is IPv4."""
    if "%" in text or not (":" in text or text[-1:].isdigit()):
        return None
    from ipaddress import ip_address

    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
