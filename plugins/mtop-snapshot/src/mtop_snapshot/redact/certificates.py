"""Certificates by what tells them apart: fingerprint, subject and the end of their time, from their DER alone."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

_BODY = re.compile(r"-----BEGIN [A-Z0-9 ]*CERTIFICATE-----(.*?)(?:-----END|\Z)", re.DOTALL)
_SEQUENCE, _SET, _VERSION, _COMMON_NAME = 0x30, 0x31, 0xA0, b"\x55\x04\x03"


def described(pem: str) -> str:
    """`<certificate sha256:... subject CN=... notAfter ...>`; what is damaged by its fingerprint alone."""
    match = _BODY.search(pem)
    body = re.sub(r"\\n|\s", "", match.group(1)) if match else ""
    try:
        der = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        der = body.encode()
    fingerprint = hashlib.sha256(der).hexdigest()[:16]
    try:
        subject, end = _subject_and_end(der)
    except (IndexError, ValueError):
        return f"<certificate sha256:{fingerprint}>"
    name = f" subject CN={subject}" if subject else ""
    return f"<certificate sha256:{fingerprint}{name} notAfter {end}>"


def _subject_and_end(der: bytes) -> tuple[str, str]:
    """The common name of the subject and the last moment of a certificate; ValueError where it is none."""
    _, certificate, _ = _value(der, 0)
    _, tbs, _ = _value(certificate, 0)
    at = 0
    parts: list[bytes] = []
    while at < len(tbs) and len(parts) < 6:
        tag, value, at = _value(tbs, at)
        if tag != _VERSION:
            parts.append(value)
    _, _, _, validity, subject = parts[:5]
    _, _, middle = _value(validity, 0)
    tag, end, _ = _value(validity, middle)
    return _common_name(subject), _moment(tag, end.decode("ascii"))


def _common_name(subject: bytes) -> str:
    at = subject.find(b"\x06\x03" + _COMMON_NAME)
    if at < 0:
        return ""
    _, name, _ = _value(subject, at + 5)
    text = name.decode("utf-8", "replace")
    return "".join(char for char in text if char.isprintable() and char not in "<>")[:64]


def _moment(tag: int, text: str) -> str:
    digits = text if tag == 0x18 else ("20" if text[:2] < "50" else "19") + text
    if not re.fullmatch(r"\d{14}Z", digits):
        raise ValueError(digits)
    year, month, day, hour, minute, second = (
        digits[a:b] for a, b in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
    )
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"


def _value(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Tag, content and end of the DER value at a position."""
    tag, size, at = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 0 < count < 5:
            raise ValueError("length")
        size, at = int.from_bytes(data[at : at + count], "big"), at + count
    if at + size > len(data):
        raise ValueError("cut short")
    return tag, data[at : at + size], at + size
