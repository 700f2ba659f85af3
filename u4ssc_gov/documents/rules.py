"""What may be uploaded: a short list of kinds, recognised by content and by name, both of which must agree.

Nothing that a browser runs is on the list: no HTML, no SVG, no Office file with macros (threat T22).
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath

import puremagic

from u4ssc_gov.core.text import clean_line

MAXIMUM_SIZE = 20 * 1024 * 1024
NAME_LENGTH = 200
ACCEPT = ".pdf,.docx,.xlsx,.odt,.txt,.png,.jpg,.jpeg"
_OOXML = "application/vnd.openxmlformats-officedocument"
# Extension → media type. The second table says which member proves the kind of a zipped document.
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": f"{_OOXML}.wordprocessingml.document",
    "xlsx": f"{_OOXML}.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "txt": "text/plain",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}
_PROOF = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_MACROS = ("vbaproject.bin", "basic/script-lc.xml")
_UNSAFE = re.compile(r'[<>:"|?*\\/\x00-\x1f]')
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")


def clean_name(name: str) -> str:
    """A file name without folders, control characters or what a file system refuses; never empty, never hidden."""
    last = clean_line(name).replace("\\", "/").rsplit("/", 1)[-1]
    safe = clean_line(_UNSAFE.sub("", last)).strip(". ")  # again: what was taken out may have kept letters apart
    stem, dot, extension = safe.rpartition(".")
    if not dot:
        return safe[:NAME_LENGTH] or "file"
    return f"{(stem.strip('. ') or 'file')[: NAME_LENGTH - len(extension) - 1]}.{extension}"[:NAME_LENGTH]


def extension_of(name: str) -> str:
    """The last extension in lower case, without the dot."""
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def media_type_of(name: str, content: bytes) -> str | None:
    """The media type when extension and content agree on an allowed kind, else ``None``."""
    extension = extension_of(name)
    media_type = MEDIA_TYPES.get(extension)
    if media_type is None:
        return None
    if extension == "txt":
        agrees = _is_plain_text(content)
    elif extension in ("docx", "xlsx", "odt"):
        agrees = _is_zipped(extension, content)
    else:
        agrees = media_type in _recognised(content)
    return media_type if agrees else None


def _recognised(content: bytes) -> set[str]:
    try:
        return {match.mime_type for match in puremagic.magic_string(content[:65536])}
    except (puremagic.PureError, ValueError):
        return set()


def _is_plain_text(content: bytes) -> bool:
    if _CONTROL.search(content):
        return False
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not text.lstrip().startswith("<")


def _is_zipped(extension: str, content: bytes) -> bool:
    """Look at the list of members only; nothing is unpacked, so there is no bomb to go off."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            declared = archive.open("mimetype").read(100) if extension == "odt" else b""
    except (zipfile.BadZipFile, KeyError, RuntimeError, ValueError, NotImplementedError, OSError, EOFError):
        return False
    if any(name.lower().endswith(_MACROS) for name in names):
        return False
    if extension == "odt":
        return declared.decode("ascii", "replace").strip() == MEDIA_TYPES["odt"]
    return _PROOF[extension] in names
