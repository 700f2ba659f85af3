"""What starts the program, or says in a sentence what this computer lacks: its reader has never seen a traceback."""

from __future__ import annotations

import sys

OLDEST = (3, 11)
NOT_CHECKABLE = 2


def entry() -> None:
    """Start the program; for `python -m u4verify` and for the single file."""
    sys.exit(start())


def start() -> int:
    """The exit code of the program. 2 when it cannot run here."""
    if sys.version_info[:2] < OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        return _lacks(f"u4verify needs Python {OLDEST[0]}.{OLDEST[1]} or newer. This is Python {found}.")
    try:
        from u4verify.program import main  # noqa: PLC0415 - it may be impossible, and then a sentence says why
    except ImportError as missing:
        package = (missing.name or "cryptography").partition(".")[0]
        return _lacks(
            f"u4verify needs the package “{package}”, which is not installed here, or not as a whole. Install it with:"
            f" {sys.executable or 'python3'} -m pip install {package}"
        )
    return main()


def _lacks(sentence: str) -> int:
    encoding = sys.stderr.encoding or "utf-8"
    text = f"Nothing was checked. {sentence}\n"
    sys.stderr.write(text.encode(encoding, errors="replace").decode(encoding))
    return NOT_CHECKABLE


if __name__ == "__main__":
    entry()
