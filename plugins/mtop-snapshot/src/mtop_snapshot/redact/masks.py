"""The mask of a secret, and the account of what was masked."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections import Counter
from collections.abc import Mapping

MASK = re.compile(r"<redacted sha256:[0-9a-f]{8}>")
MIN_KNOWN = 8
MAX_KNOWN = 1000
_COMMON = re.compile(
    r"(?:true|false|none|null|default|disabled|enabled|production|[0-9.]{1,9}|/[\w./-]*)", re.IGNORECASE
)


class Masker:
    """Masks values, counts them by file and rule, and remembers the secrets it met.

    The same value has the same mask under the same salt, so that a difference shows without the value.
    """

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self.counts: dict[str, Counter[str]] = {}
        self.places: dict[tuple[str, str], str] = {}
        self.known: set[str] = set()
        self.file = ""
        self.place = ""
        self._kept: dict[str, str] = {}
        self._sorted: tuple[str, ...] = ()

    @property
    def found(self) -> tuple[str, ...]:
        """The secrets met so far, the longest first: of two that overlap the longer is masked."""
        if len(self._sorted) != len(self.known):
            self._sorted = tuple(sorted(self.known, key=lambda value: (-len(value), value)))
        return self._sorted

    @property
    def salt_id(self) -> str:
        """What tells salts apart and says nothing about one."""
        return hashlib.sha256(b"mtop salt id" + self._salt).hexdigest()[:8]

    def mask(self, value: str, rule: str, *, known: bool = False) -> str:
        """The mask of a value; with `known` the value is masked wherever else it stands."""
        if MASK.fullmatch(value):
            return value
        self.count(rule)
        if known and len(value) >= MIN_KNOWN and not _COMMON.fullmatch(value) and len(self.known) < MAX_KNOWN:
            self.known.add(value)
        if value not in self._kept:
            if len(self._kept) > 10_000:
                self._kept.clear()
            digest = hmac.new(self._salt, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
            self._kept[value] = f"<redacted sha256:{digest[:8]}>"
        return self._kept[value]

    def count(self, rule: str, number: int = 1) -> None:
        """Accounts for something that was masked or left out in the current file."""
        self.counts.setdefault(self.file, Counter())[rule] += number
        self.places.setdefault((self.file, rule), self.place)

    def report(self) -> dict[str, Mapping[str, object]]:
        """The counts by rule, and by file and rule, both sorted."""
        rules: Counter[str] = Counter()
        for counts in self.counts.values():
            rules.update(counts)
        files = {file: dict(sorted(counts.items())) for file, counts in sorted(self.counts.items()) if counts}
        return {"rules": dict(sorted(rules.items())), "files": files}


def own_salt(folder: str) -> bytes:
    """The salt of this user, made at the first call; it never leaves the folder, which is not part of any snapshot."""
    import secrets
    import tempfile

    path = os.path.join(folder, ".salt")
    try:
        with open(path, "rb") as stream:
            salt = stream.read(64)
        if len(salt) == 32:
            return salt
    except FileNotFoundError:
        pass
    os.makedirs(folder, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".salt.")  # readable for its owner alone
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_bytes(32))
    try:
        os.link(name, path)  # of two that make one at once, the first wins
    except FileExistsError:
        pass
    except OSError:
        os.replace(name, path)
        name = ""
    if name:
        os.unlink(name)
    with open(path, "rb") as stream:
        return stream.read(64)
