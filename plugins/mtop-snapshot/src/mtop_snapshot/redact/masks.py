"""The mask of a secret, and the account of what was masked."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections import Counter
from collections.abc import Mapping

from mtop_snapshot.redact.names import looks_secret

MASK = re.compile(r"<redacted sha256:[0-9a-f]{8}>")
MIN_KNOWN = 8
MAX_KNOWN = 1000
_COMMON = re.compile(
    r"(?:true|false|none|null|default|disabled|enabled|production|[0-9.]{1,9}|/[\w./-]*)", re.IGNORECASE
)


_WORD = r"(?:[A-Z]?[a-z]+|[A-Z]+)"
# What a variable may say that a log says too without giving anything away.
_PUBLIC = re.compile(
    rf"{_WORD}(?:[-_ ]{_WORD})?(?:[-_]\d{{1,2}})?"  # a word or two, a region
    r"|[-+]?\d[\d.,:/ -]*[A-Za-z%]{0,3}|\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-][\d:]+)?"  # a number, a time
    r"|v?\d+(?:\.\d+)+(?:[.+-][a-z0-9]{1,12})*"  # a version
    r"|(?:file://|\.{0,2}/|~)[^\s=?]*"  # a path
    r"|(?:[a-z][a-z0-9+.-]*://)?(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z]{2,}|[0-9.]{7,15}|\[[0-9a-f:.]+\])(?::\d{2,5})?"
    r"(?:/[\w./-]*)?|[a-z][a-z0-9+.-]*://[a-z0-9.-]+(?::\d{2,5})?(?:/[\w./-]*)?|[a-z0-9-]+:\d{2,5}"  # a host, a URL
    r"|[a-z0-9][a-z0-9._-]*(?:/[a-z0-9._-]+)+(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?"  # an image
    r"|[a-z0-9.-]+:(?:v?\d+(?:\.\d+)+[\w.-]*|latest)"
    r"|(?=.*[-.])[A-Za-z][\w.-]*/[\w.-]+"  # a model
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
        self.guessed: set[str] = set()
        self.names: set[str] = set()
        self.file = ""
        self.place = ""
        self._kept: dict[str, str] = {}
        self._sorted: tuple[str, ...] = ()
        self._guesses: tuple[int, int, tuple[str, ...]] = (0, 0, ())

    @property
    def found(self) -> tuple[str, ...]:
        """The secrets met so far, the longest first: of two that overlap the longer is masked."""
        if len(self._sorted) != len(self.known):
            self._sorted = tuple(sorted(self.known, key=lambda value: (-len(value), value)))
        return self._sorted

    @property
    def guesses(self) -> tuple[str, ...]:
        """Values that may be secrets, the longest first: masked in logs and events, unless an object is named so."""
        sizes = len(self.guessed), len(self.names)
        if self._guesses[:2] != sizes:
            rest = self.guessed - self.names
            self._guesses = (*sizes, tuple(sorted(rest, key=lambda value: (-len(value), value))))
        return self._guesses[2]

    @property
    def met(self) -> int:
        """How many values are masked wherever they stand in a log."""
        return len(self.known) + len(self.guesses)

    def guess(self, value: str) -> None:
        """Remembers a value that may be a secret: long enough, and no common word, path, number, host or image."""
        if len(value) < MIN_KNOWN or len(self.guessed) >= MAX_KNOWN or MASK.search(value):
            return
        public = len(value) < 1000 and (_PUBLIC.fullmatch(value) or _COMMON.fullmatch(value))
        if not public or any(map(looks_secret, re.split("[/:]", value))):
            self.guessed.add(value)

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
