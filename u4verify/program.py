"""The command line: `python -m u4verify record FILE --trust trust.json`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from u4verify import archive, compare, log, receipt, record, sentences
from u4verify.trust import Trust, read_trust
from u4verify.verdict import Findings, NotCheckable, Verdict, judge

LARGEST_SMALL = 4 * 1024 * 1024

_EPILOG = (
    "Exit code: 0 verified; 1 refuted; 2 not checkable (unknown format, no trusted key, not covered by a checkpoint"
    " yet); 3 verified with warnings. Take the keys for --trust from a place that is not this file and not the"
    " platform: the Terms of Reference, the minutes of an annual meeting, a partner’s page."
)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="u4verify", description=__doc__, epilog=_EPILOG)
    commands = top.add_subparsers(dest="command", required=True)
    trusted = argparse.ArgumentParser(add_help=False)
    trusted.add_argument("--trust", type=Path, help="JSON file with origin, keys, witnesses and threshold")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
    for name, words in (
        ("record", "check a decision record (record.zip)"),
        ("receipt", "check a receipt (*.u4receipt)"),
    ):
        commands.add_parser(name, parents=[trusted, shared], help=words).add_argument("file", type=Path)
    whole = commands.add_parser("log", parents=[trusted, shared], help="check a whole log, one entry on each line")
    whole.add_argument("file", type=Path)
    whole.add_argument("--checkpoint", type=Path, help="the signed checkpoint that covers it")
    two = commands.add_parser("compare", parents=[shared], help="compare two logs, checkpoints or mails")
    two.add_argument("first", type=Path)
    two.add_argument("second", type=Path)
    two.add_argument("--proof", type=Path, help="a consistency proof (hexadecimal hashes), instead of a whole log")
    return top


def read(path: Path, limit: int) -> bytes:
    """A file, but never more than `limit` bytes of it."""
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except (OSError, ValueError):
        raise NotCheckable("file", f"The file “{path.name}” cannot be read.") from None
    if len(data) > limit:
        raise NotCheckable("file.size", f"The file “{path.name}” is too large.")
    return data


def run(arguments: argparse.Namespace) -> Verdict:
    """Carry out one command. A file that cannot be read ends like any other check: in a verdict."""
    verdicts: list[Verdict] = []

    def check(_findings: Findings) -> None:
        verdicts.append(_command(arguments))

    failed = judge(check)
    return verdicts[0] if verdicts else failed


def _command(arguments: argparse.Namespace) -> Verdict:
    if arguments.command == "compare":
        proof = read(arguments.proof, LARGEST_SMALL) if arguments.proof else None
        return compare.verify_bytes(read(arguments.first, log.LARGEST), read(arguments.second, log.LARGEST), proof)
    trust: Trust | None = read_trust(read(arguments.trust, LARGEST_SMALL)) if arguments.trust else None
    if arguments.command == "record":
        return record.verify_bytes(read(arguments.file, archive.LARGEST), trust)
    if arguments.command == "receipt":
        return receipt.verify_bytes(read(arguments.file, receipt.LARGEST), trust)
    note = read(arguments.checkpoint, LARGEST_SMALL) if arguments.checkpoint else None
    return log.verify_bytes(read(arguments.file, log.LARGEST), note, trust)


def main(words: Sequence[str] | None = None) -> int:
    """Print the verdict and return its exit code."""
    arguments = parser().parse_args(words)
    verdict = run(arguments)
    if arguments.json:
        output = json.dumps(verdict.as_dict(), ensure_ascii=True, indent=2)
    else:
        output = "\n".join(sentences.of(verdict))
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(output.encode(encoding, errors="replace").decode(encoding) + "\n")
    return verdict.code
