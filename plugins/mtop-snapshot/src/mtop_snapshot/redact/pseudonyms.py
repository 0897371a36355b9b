"""Other names for hosts, addresses and people, the same for the same: for snapshots that go to strangers."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from mtop_core.api import ShapeError, items, text

_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_IPV4 = re.compile(r"(?<![\w.-])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w-]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F:]{3,45}(?![\w:])")
_KEPT = ("127.0.0.1", "0.0.0.0")  # noqa: S104 - compared with, not listened on
Object = dict[str, Any]


class Pseudonyms:
    """Replaces node names, host names, IP addresses and mail addresses, each by one of its own."""

    def __init__(self, salt: bytes, objects: Iterable[Mapping[str, Any]]) -> None:
        self._salt = salt
        hosts = {name for obj in objects for name in _hosts(obj) if len(name) > 3}
        longest = sorted(hosts, key=lambda name: (-len(name), name))
        self._hosts = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, longest))})(?![\w-])") if hosts else None

    def text(self, text: str) -> str:
        """A text with other names."""
        if self._hosts is not None:
            text = self._hosts.sub(lambda match: self._other("host", match.group()), text)
        if "@" in text:
            text = _EMAIL.sub(lambda match: f"{self._other('user', match.group())}@example.invalid", text)
        text = _IPV4.sub(lambda match: self._address(match.group()), text)
        return _IPV6.sub(lambda match: self._address(match.group()), text)

    def object(self, obj: Object) -> Object:
        """An object with other names in all its texts; its own name too, where it is a node."""
        before = json.dumps(obj, ensure_ascii=False)
        after = self.text(before)
        found: Object = obj if after == before else json.loads(after)
        return found

    def _address(self, address: str) -> str:
        """Another name for an address; what only looks like one, a time for instance, as it is."""
        if address in _KEPT or ("." not in address and not _is_address(address)):
            return address
        return self._other("ip", address)

    def _other(self, kind: str, name: str) -> str:
        digest = hmac.new(self._salt, name.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        return f"{kind}-{digest[:8]}"


def _is_address(word: str) -> bool:
    """Whether a word is an address of IPv6."""
    import ipaddress

    try:
        return word.count(":") > 1 and ipaddress.ip_address(word).version == 6
    except ValueError:
        return False


def _hosts(obj: Mapping[str, Any]) -> Iterable[str]:
    """The names of machines that an object gives away."""
    found: list[str] = []
    try:
        if obj.get("kind") == "Node":
            found.append(text(obj, "metadata", "name"))
            found += [text(address, "address") for address in items(obj, "status", "addresses")]
        elif obj.get("kind") == "Pod":
            found.append(text(obj, "spec", "nodeName"))
        elif obj.get("kind") == "HTTPRoute":
            names = (obj.get("spec") or {}).get("hostnames")
            found += [name.removeprefix("*.") for name in names or () if isinstance(name, str)]
        elif obj.get("kind") == "Gateway":
            found += [text(listener, "hostname").removeprefix("*.") for listener in items(obj, "spec", "listeners")]
            found += [text(address, "value") for address in items(obj, "status", "addresses")]
        else:
            found += re.findall(r"https?://([A-Za-z0-9.-]+)", text(obj, "status", "url"))
    except (ShapeError, AttributeError, TypeError):
        pass  # malformed: what it does not say in the right place gives nothing away there
    return [name for name in found if name]
