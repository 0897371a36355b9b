"""A folder of a snapshot as a `.tar.gz`: the same bytes for the same files, whoever packs them and whenever."""

from __future__ import annotations

import hashlib
import os
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO

from mtop_core.providers.archive import HEAD, HEAD_SIZE

_PIECE = 1 << 18
_BLOCK = 512


def pack(folder: str, names: Iterable[str], out: IO[bytes], tell: Callable[[int], None] = lambda size: None) -> None:
    """Writes files of a folder, in the order given, to a file that can be sought in.

    The header of the result holds the digest of all that follows it, so that no bit of it can change unseen.
    `tell` hears of every piece that was packed, by its size.
    """
    digest, checksum, total = hashlib.sha256(), 0, 0
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    out.write(b"\0" * HEAD_SIZE)
    for piece in _tar(folder, names):
        checksum, total = zlib.crc32(piece, checksum), total + len(piece)
        _write(out, digest, packer.compress(piece))
        tell(len(piece))
    tail = checksum.to_bytes(4, "little") + (total & 0xFFFFFFFF).to_bytes(4, "little")
    _write(out, digest, packer.flush() + tail)
    out.seek(0)
    out.write(HEAD + digest.hexdigest().encode() + b"\0")


def _write(out: IO[bytes], digest: hashlib._Hash, data: bytes) -> None:
    digest.update(data)
    out.write(data)


def _tar(folder: str, names: Iterable[str]) -> Iterator[bytes]:
    for name in names:
        path = os.path.join(folder, name)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = os.stat(path).st_size, 0o644, 0
        entry.uid = entry.gid = 0
        yield entry.tobuf(tarfile.PAX_FORMAT)
        with open(path, "rb") as stream:
            yield from iter(lambda stream=stream: stream.read(_PIECE), b"")  # type: ignore[misc]
        yield b"\0" * (-entry.size % _BLOCK)
    yield b"\0" * (2 * _BLOCK)
