"""Make the single file: `python -m u4verify.build u4verify.pyz`.

The canonical writer rfc8785 is put into it, with its licence. It needs cryptography where it runs, which is no pure
Python and cannot be put into one file; without it the program says so.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import zipapp
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

_FIXED = 315_619_200  # 1980-01-02: the same source makes the same file
BUNDLED = "rfc8785"
# Written here because zipapp would stamp its own with the time of the day.
_MAIN = "import u4verify.__main__\n\nu4verify.__main__.entry()\n"


def build(target: Path) -> None:
    """Put the source, what it needs of pure Python, and nothing else into one file that Python can run."""
    with tempfile.TemporaryDirectory() as folder:
        for place in _sources():
            copied = Path(folder) / place.parent.name / place.name
            copied.parent.mkdir(exist_ok=True)
            shutil.copyfile(place, copied)
            os.utime(copied, (_FIXED, _FIXED))
        for name, text in ((f"{BUNDLED}/LICENSE", _licence()), ("__main__.py", _MAIN)):
            (Path(folder) / name).write_text(text, "utf-8")
            os.utime(Path(folder) / name, (_FIXED, _FIXED))
        for made in Path(folder).iterdir():
            os.utime(made, (_FIXED, _FIXED))
        target.parent.mkdir(parents=True, exist_ok=True)
        zipapp.create_archive(folder, target, interpreter="/usr/bin/env python3")


def _sources() -> list[Path]:
    """The modules of this package and of the one that goes with it."""
    listed = distribution(BUNDLED).files or []
    found = [Path(str(file.locate())) for file in listed if file.parts[0] == BUNDLED and file.suffix == ".py"]
    if not found:
        raise FileNotFoundError(f"{BUNDLED} is not installed as a package that could be copied")
    return sorted([*Path(__file__).resolve().parent.glob("*.py"), *found])


def _licence() -> str:
    listed = distribution(BUNDLED).files or []
    return next(Path(str(file.locate())).read_text("utf-8") for file in listed if file.name == "LICENSE")


def main(words: Sequence[str]) -> int:
    """The command."""
    if len(words) != 1:
        sys.stderr.write("usage: python -m u4verify.build OUT.pyz\n")
        return 2
    build(Path(words[0]))
    sys.stdout.write(f"{words[0]}: run it with Python 3.11 or newer; needs the package cryptography.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
