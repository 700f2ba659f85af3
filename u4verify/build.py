"""Make the single file: `python -m u4verify.build u4verify.pyz`. It needs cryptography and rfc8785 where it runs."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import zipapp
from collections.abc import Sequence
from pathlib import Path

_FIXED = 315_619_200  # 1980-01-02: the same source makes the same file


def build(target: Path) -> None:
    """Put the source, and nothing else, into one file that Python can run."""
    source = Path(__file__).resolve().parent
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "u4verify"
        package.mkdir()
        for module in sorted(source.glob("*.py")):
            shutil.copyfile(module, package / module.name)
            os.utime(package / module.name, (_FIXED, _FIXED))
        os.utime(package, (_FIXED, _FIXED))
        target.parent.mkdir(parents=True, exist_ok=True)
        zipapp.create_archive(folder, target, interpreter="/usr/bin/env python3", main="u4verify.__main__:entry")


def main(words: Sequence[str]) -> int:
    """The command."""
    if len(words) != 1:
        sys.stderr.write("usage: python -m u4verify.build OUT.pyz\n")
        return 2
    build(Path(words[0]))
    sys.stdout.write(f"{words[0]}: run it with Python 3.11 or newer; needs the packages cryptography and rfc8785.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
