"""The archive of a decision record. It has exactly one spelling, so a record is the same bytes wherever it was made.

It is read without the usual zip reader: nothing is decompressed, no directory is believed, so no archive can ask for
more memory than its own size, and two readers cannot see two different contents.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from u4verify.verdict import NotCheckable, Refuted

LARGEST = 60 * 1024 * 1024
MOST_MEMBERS = 12
REQUIRED = ("record.json", "text/decision.json", "reveal.json", "TRUST.txt", "READ-ME.html")
OPTIONAL = ("record.pdf",)

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION = 20
_MADE_BY = 3 << 8 | _VERSION  # Unix
_MODE = 0o644 << 16
_DAY = 1 << 5 | 1  # 1980-01-01


def read(data: bytes) -> dict[str, bytes]:
    """The members of a record, if the archive is exactly the one that its members make."""
    if len(data) > LARGEST:
        raise NotCheckable("archive.size", "The file is larger than any decision record (60 MB).")
    members = _members(data)
    names = tuple(members)
    if names not in (REQUIRED, REQUIRED + OPTIONAL):
        raise Refuted("archive.members", "The archive does not hold exactly the files of a decision record, in order.")
    if build(members) != data:
        raise Refuted("archive.form", "The archive is not written the way a decision record is.")
    return members


def _members(data: bytes) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    at = 0
    while data[at : at + 4] == _LOCAL_MARK:
        if len(data) - at < _LOCAL.size or len(members) == MOST_MEMBERS:
            raise Refuted("archive.form", "The archive is cut off, or holds more files than a record.")
        _, _, _, method, _, _, crc, packed, size, name_length, extra = _LOCAL.unpack_from(data, at)
        start = at + _LOCAL.size + name_length
        end = start + size
        if method != 0 or packed != size or extra != 0 or end > len(data):
            raise Refuted("archive.form", "The archive is compressed, cut off or has extra fields.")
        name = data[at + _LOCAL.size : start].decode("ascii", errors="replace")
        if name in members:
            raise Refuted("archive.twice", f"The archive holds “{name}” twice.")
        members[name] = data[start:end]
        if zlib.crc32(members[name]) != crc:
            raise Refuted("archive.damaged", f"“{name}” in the archive is damaged.")
        at = end
    if not members:
        raise NotCheckable("archive.none", "This is not a decision record: it is not an archive of the expected kind.")
    return members


def build(members: Mapping[str, bytes]) -> bytes:
    """The archive of these members, in this order."""
    body, directory = bytearray(), bytearray()
    for name, content in members.items():
        spelled = name.encode("ascii")
        crc, size, offset = zlib.crc32(content), len(content), len(body)
        body += _LOCAL.pack(_LOCAL_MARK, _VERSION, 0, 0, 0, _DAY, crc, size, size, len(spelled), 0)
        body += spelled + content
        directory += _CENTRAL.pack(
            _CENTRAL_MARK, _MADE_BY, _VERSION, 0, 0, 0, _DAY, crc, size, size, len(spelled), 0, 0, 0, 0, _MODE, offset
        )
        directory += spelled
    count = len(members)
    end = _END.pack(_END_MARK, 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)
