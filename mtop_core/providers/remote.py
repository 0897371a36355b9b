"""Files behind URLs (s3, gs, memory and what else fsspec has a driver for), where fsspec is installed."""

from __future__ import annotations

from typing import Any

from mtop_core.errors import MtopError, NotFoundError, SourceError, UsageError
from mtop_core.objects.text import plain


def fetch(url: str) -> bytes:
    """All bytes behind a URL, as far as the limit for snapshots allows."""
    from mtop_core.providers.archive import limit_mib

    limit = limit_mib() << 20
    system, path = filesystem(url)
    try:
        with system.open(path, "rb") as stream:
            data: bytes = stream.read(limit + 1)
    except FileNotFoundError:
        raise NotFoundError(f"{shown(url)}: there is nothing") from None
    except Exception as error:
        raise failed(url, error) from None
    if len(data) > limit:
        raise SourceError(f"{shown(url)}: more than {limit >> 20} MiB", "MTOP_MAX_SNAPSHOT_MIB allows more")
    return data


def put(url: str, path: str) -> None:
    """Writes a local file to a URL, all of it or nothing."""
    import shutil

    system, target = filesystem(url)
    try:
        with system.transaction, system.open(target, "wb") as stream, open(path, "rb") as source:
            shutil.copyfileobj(source, stream, 1 << 20)
    except Exception as error:
        raise failed(url, error) from None


def exists(url: str) -> bool:
    """Whether there is something behind a URL."""
    system, path = filesystem(url)
    try:
        return bool(system.exists(path))
    except Exception as error:
        raise failed(url, error) from None


def filesystem(url: str) -> tuple[Any, str]:
    """The file system of a URL and the path on it; UsageError where no driver is installed."""
    try:
        import fsspec  # type: ignore[import-untyped]
    except ImportError:
        raise UsageError("URLs need fsspec, which is not installed", "pip install 'mtop-snapshot[remote]'") from None
    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{shown(url)}: {plain(str(error))}", "install the driver of that scheme") from None
    except Exception as error:
        raise failed(url, error) from None
    return system, str(path)


def failed(url: str, error: Exception) -> MtopError:
    """What to say of a driver's error: no more of a stranger's words than their kind, for they may hold a secret."""
    why = (error.strerror or "").lower() if isinstance(error, OSError) else ""
    return SourceError(f"{shown(url)}: {plain(why) or type(error).__name__}")


def shown(url: str) -> str:
    """A URL without what may be secret in it: user, password and query."""
    scheme, _, rest = url.partition("://")
    return plain(f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}")
