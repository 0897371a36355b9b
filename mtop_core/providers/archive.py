"""A snapshot in a `.tar.gz`: read by our own few lines, because what is no plain file has no place in it.

Python's tarfile knows links, devices, sparse files and headers of any size; a reader that knows none of
them needs no list of what to refuse.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from mtop_core.errors import DataError, NotFoundError, UsageError
from mtop_core.objects.text import plain, shorten

GZIP = b"\x1f\x8b"
MARK = b"mtop sha256="
HEAD = GZIP + b"\x08\x10\x00\x00\x00\x00\x00\xff" + MARK  # a gzip header with a comment, and no time
HEAD_SIZE = len(HEAD) + 65  # the digest of all that follows, in hexadecimal, and a zero
MAX_MEMBERS = 500_000
MAX_NAME_HEADER = 4096
_BLOCK = 512
_PIECE = 1 << 18
_SAFE = re.compile(r"(?!/)(?:(?!\.{1,2}/)[^/\x00-\x1f\x7f]+/)*(?!\.{1,2}$)[^/\x00-\x1f\x7f]+")


class Archive:
    """The files of a `.tar.gz`, unpacked into a temporary file without a name."""

    def __init__(self, name: str, stream: IO[bytes]) -> None:
        self._name = plain(name)
        self._spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the archive
        self._members: dict[str, tuple[int, int]] = {}
        self._unpack(stream)
        self._index()

    def open(self, name: str) -> IO[bytes]:
        """One file of the archive; NotFoundError where it is absent."""
        if name not in self._members:
            raise NotFoundError(f"{self._name}: no {plain(name)} in it")
        part: Any = _Part(self._spool, *self._members[name])
        return io.BufferedReader(part)

    def names(self) -> Iterator[str]:
        """Every file of the archive."""
        return iter(self._members)

    def _unpack(self, stream: IO[bytes]) -> None:
        limit = limit_mib() << 20
        size = 0
        try:
            for piece in _inflated(stream, self._refuse):
                size += len(piece)
                if size > limit:
                    raise self._refuse(f"unpacks to more than {limit >> 20} MiB", "MTOP_MAX_SNAPSHOT_MIB allows more")
                self._spool.write(piece)
        except zlib.error:
            raise self._refuse("damaged, it cannot be unpacked") from None
        except OSError as error:
            raise self._refuse((error.strerror or "cannot be unpacked").lower()) from None

    def _index(self) -> None:
        self._spool.seek(0)
        name = ""  # from a header of its own, for the next file
        while any(header := self._spool.read(_BLOCK)):
            kind, size, own = self._header(header)
            start = self._spool.tell()
            if kind in (b"x", b"L"):
                name = self._long_name(size, kind)
            elif kind == b"5":
                self._member((name or own).rstrip("/") or ".", folder=True)
                name = ""
            elif kind in (b"0", b"\0"):
                self._members[self._member(name or own)] = (start, size)
                name = ""
            else:
                raise self._refuse(f'"{_short(own)}" is a link or a device, and no snapshot has one')
            self._spool.seek(start + -(-size // _BLOCK) * _BLOCK)
        if len(header) < _BLOCK:
            raise self._refuse("cut short")
        self._take_off_folder()
        if any(any(rest) for rest in iter(lambda: self._spool.read(_PIECE), b"")):
            raise self._refuse("something stands after its end")

    def _header(self, header: bytes) -> tuple[bytes, int, str]:
        """Kind, size and name that a header says; it must be as we write it, to the last bit."""
        if len(header) < _BLOCK or header[257:263] not in (b"ustar\0", b"ustar "):
            raise self._refuse("cut short, or no tar archive inside")
        try:
            size = int(header[124:136].rstrip(b" \0") or b"0", 8)
            checksum = int(header[148:156].rstrip(b" \0"), 8)
        except ValueError:
            raise self._refuse("a damaged header") from None
        if checksum != sum(header[:148]) + 8 * 32 + sum(header[156:]) or size < 0:
            raise self._refuse("a damaged header")
        name, prefix = (part.partition(b"\0")[0].decode("utf-8", "replace") for part in (header[:100], header[345:500]))
        return header[156:157], size, f"{prefix}/{name}" if prefix and header[257:263] == b"ustar\0" else name

    def _long_name(self, size: int, kind: bytes) -> str:
        """The name in a header of its own, of POSIX or of GNU, of which nothing else is taken."""
        if size > MAX_NAME_HEADER:
            raise self._refuse("a header of unlikely size")
        data = self._spool.read(size)
        if kind == b"L":
            return data.rstrip(b"\0").decode("utf-8", "replace")
        match = re.search(rb"(?:^|\n)\d+ path=([^\n]*)\n", data)
        return match.group(1).decode("utf-8", "replace") if match else ""

    def _take_off_folder(self) -> None:
        """Forgets the one folder that all files are in, as `tar` packs one."""
        folders = {name.partition("/")[0] for name in self._members}
        if len(folders) == 1 and all("/" in name for name in self._members):
            self._members = {name.partition("/")[2]: place for name, place in self._members.items()}

    def _member(self, name: str, *, folder: bool = False) -> str:
        if not folder or name != ".":
            name = name.removeprefix("./")
            if not _SAFE.fullmatch(name):
                raise self._refuse(f'"{_short(name)}" leads out of the archive')
        if name in self._members:
            raise self._refuse(f'"{_short(name)}" stands in it twice')
        if len(self._members) >= MAX_MEMBERS:
            raise self._refuse(f"more than {MAX_MEMBERS:,} files in it")
        return name

    def _refuse(self, why: str, hint: str = "") -> DataError:
        return DataError(f"{self._name}: {why}", hint or "it is refused as a whole")


class _Part(io.RawIOBase):
    """A stretch of a file as a file of its own."""

    def __init__(self, whole: IO[bytes], start: int, size: int) -> None:
        self._whole, self._start, self._size, self._at = whole, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = min(max(base + offset, 0), self._size)
        return self._at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self._whole.seek(self._start + self._at)
        data = self._whole.read(min(len(buffer), self._size - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _inflated(stream: IO[bytes], refuse: Callable[[str], DataError]) -> Iterator[bytes]:
    """What a gzip stream unpacks to, piece by piece; the digest in our own header is checked on the way."""
    start = stream.read(HEAD_SIZE)
    digest, wanted = None, b""
    unpacker = zlib.decompressobj(wbits=31)
    if start.startswith(HEAD) and re.fullmatch(rb"[0-9a-f]{64}\0", start[len(HEAD) :]):
        digest, wanted = hashlib.sha256(), start[len(HEAD) : -1]
    elif start[3:4] not in (b"\0", b"\x08"):  # tar and gzip write these; anything else is a header of ours, changed
        raise refuse("a damaged header")
    piece = start
    while piece:
        if digest is not None and piece is not start:
            digest.update(piece)
        rest = piece
        while rest and not unpacker.eof:
            yield unpacker.decompress(rest, _PIECE)
            rest = unpacker.unconsumed_tail
        if unpacker.unused_data:
            raise refuse("something stands after its end")
        piece = stream.read(_PIECE)
    while not unpacker.eof and (more := unpacker.decompress(b"", _PIECE)):
        yield more
    if not unpacker.eof:
        raise refuse("cut short")
    if digest is not None and digest.hexdigest().encode() != wanted:
        raise refuse("changed since it was saved")


def limit_mib() -> int:
    """How many MiB an archive may unpack to: MTOP_MAX_SNAPSHOT_MIB, or 1024."""
    given = os.environ.get("MTOP_MAX_SNAPSHOT_MIB", "")
    if not given:
        return 1024
    if re.fullmatch("[0-9]{1,7}", given) is None or int(given) == 0:
        raise UsageError(f'MTOP_MAX_SNAPSHOT_MIB is "{shorten(plain(given), 20)}", expected a whole number of MiB')
    return int(given)


def _short(name: str) -> str:
    return shorten(plain(name), 60)
