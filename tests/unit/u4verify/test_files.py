"""Forgeries by whoever hands a record on: the log is right, the file is not."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest

from tests.support import ledger_ballots as ballots
from tests.support import ledger_maker as maker
from tests.support import ledger_primitives as primitives
from tests.support.ledger_maker import Maker
from tests.support.ledger_primitives import Signer, canonical
from u4verify import archive, record, sentences
from u4verify.schema import KINDS
from u4verify.trust import Trust, read_trust
from u4verify.verdict import NotCheckable, Refuted

HONEST = ballots.a_vote()
MEMBERS = HONEST.members()
TRUST = read_trust(json.dumps(HONEST.trust()).encode())


def rule_of(data: bytes, trust: Trust = TRUST) -> str | None:
    verdict = record.verify_bytes(data, trust)
    assert verdict.code != 1 or verdict.broken is not None
    return verdict.broken["rule"] if verdict.broken else None


def listed() -> list[dict]:
    return json.loads(MEMBERS["record.json"])["entries"]


def with_entries(change: Callable[[list[dict]], object]) -> bytes:
    entries = listed()
    change(entries)
    return primitives.repack(MEMBERS, entries=entries)


def swap(entries: list[dict]) -> None:
    entries[9], entries[10] = entries[10], entries[9]


def swap_proofs(entries: list[dict]) -> None:
    entries[9]["proof"], entries[10]["proof"] = entries[10]["proof"], entries[9]["proof"]


def alter(entries: list[dict]) -> None:
    entries[9]["entry"] = entries[9]["entry"].replace('"approve"', '"object"')


def test_the_honest_file_is_verified():
    assert rule_of(primitives.repack(MEMBERS)) is None


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("ballot.chain", swap),
        ("order", lambda entries: entries.insert(1, entries.pop(3))),
        ("inclusion", swap_proofs),
        ("inclusion", alter),
        ("inclusion", lambda entries: entries[9]["proof"].pop()),
        ("order", lambda entries: entries.insert(9, entries[9])),
        ("ballot.chain", lambda entries: entries.pop(10)),
        ("ballot.chain", lambda entries: entries.pop(11)),
        ("log.opened", lambda entries: entries.pop(0)),
        ("mandate.seat", lambda entries: entries.pop(1)),
        ("electorate", lambda entries: entries.__delitem__(slice(1, 3))),
        ("electorate.mandate", lambda entries: entries.pop(7)),
        ("opened.missing", lambda entries: entries.pop(8)),
        ("record.truncated", lambda entries: entries.__delitem__(slice(13, None))),
        ("record.truncated", lambda entries: entries.__delitem__(slice(1, None))),
        ("record.form", lambda entries: entries.clear()),
        ("entry.form", lambda entries: entries[9].update(entry="{}")),
        ("entry.form", lambda entries: entries[9].update(entry='{"seq":true}')),
        ("entry.form", lambda entries: entries[9].update(proof=["00" * 32] * 65)),
        ("record.form", lambda entries: entries[9].update(proof=["00" * 31])),
        ("record.form", lambda entries: entries[9].update(more=1)),
    ],
)
def test_entries_dropped_added_moved_or_altered(rule, change):
    assert rule_of(with_entries(change)) == rule


def test_a_second_opening_of_the_log_cannot_stand_for_the_first():
    made = Maker()
    made.add("log.opened", origin=made.origin, key=made.signer.key)
    made.join("ITU").open()
    made.at("2027-03-13T10:00:00.000000Z").close("no_quorum")
    members = made.members()
    entries = json.loads(members["record.json"])["entries"]
    assert rule_of(primitives.repack(members, entries=entries[1:])) == "log.opened"


def test_a_certificate_left_out_at_the_end_makes_an_older_record_that_says_how_far_it_goes():
    verdict = record.verify_bytes(with_entries(lambda entries: entries.pop()), TRUST)
    assert verdict.code == 3
    assert verdict.facts["afterwards"] == []
    words = "\n".join(sentences.of(verdict))
    assert f"Complete up to entry {HONEST.of('ballot.closed')[0]['seq']} of" in words
    assert "Whether one followed, such as an annulment" in words


def cut(made: Maker, seq: int) -> str | None:
    """What is said of the record of an honest log without one entry, and without the comments and persons of all."""
    members = made.members() | {"reveal.json": canonical({"comments": [], "persons": []})}
    entries = json.loads(members["record.json"])["entries"]
    kept = [item for item in entries if json.loads(item["entry"])["seq"] != seq]
    assert len(kept) == len(entries) - 1
    trust = read_trust(json.dumps(made.trust()).encode())
    return rule_of(primitives.repack(members, entries=kept), trust)


HONEST_LOGS = {
    "vote": ballots.an_annulled_vote,
    "hidden": ballots.a_hidden_vote,
    "silence": ballots.a_silence,
    "election": ballots.an_election,
}


@pytest.mark.parametrize("name", HONEST_LOGS)
def test_no_entry_of_a_ballot_can_be_cut_out_unseen(name):
    made = HONEST_LOGS[name]()
    own = [entry for entry in made.entries if entry.get("ballot") == made.code]
    cut_out = {entry["seq"]: cut(made, entry["seq"]) for entry in own[1:-1]}
    assert set(cut_out.values()) == {"ballot.chain"}, cut_out
    assert cut(made, own[0]["seq"]) == "opened.missing"


def test_the_honest_logs_hold_every_kind_of_entry_that_can_be_followed_by_another():
    kinds = {entry["kind"] for make in HONEST_LOGS.values() for entry in make().entries if "ballot" in entry}
    ends = {"ballot.withdrawn", "ballot.superseded", "ballot.referred"}
    assert kinds == {kind for kind, table in KINDS.items() if "ballot" in table} - ends


def test_an_answer_altered_in_a_log_signed_by_another_key():
    made = ballots.a_vote(signer=Signer(maker.ORIGIN, seed="thief"))
    made.of("position.cast")[0]["choice"] = "object"
    made.of("ballot.closed")[0]["positions"][0]["choice"] = "object"
    made.of("ballot.closed")[0]["tally"] |= {"approve": 0, "object": 1}
    made.of("ballot.closed")[0]["outcome"] = made.of("ballot.certified")[0]["outcome"] = "tie"
    assert rule_of(made.record()) == "checkpoint.signature"
    thief = read_trust(json.dumps(made.trust()).encode())
    assert rule_of(made.record(), thief) is None  # the forgery is whole: only the key gives it away


def test_the_checkpoint_of_another_log():
    other = ballots.a_vote(origin="other.example/1", signer=Signer("other.example/1"))
    assert rule_of(primitives.repack(MEMBERS, checkpoint=other.checkpoint())) == "checkpoint.origin"
    assert rule_of(other.record()) == "checkpoint.origin"


def test_a_checkpoint_of_another_state_or_none():
    assert rule_of(primitives.repack(MEMBERS, checkpoint=HONEST.checkpoint(14))) == "inclusion"
    assert rule_of(primitives.repack(MEMBERS, checkpoint=HONEST.body())) == "checkpoint.form"
    unsigned = HONEST.body() + "\n" + Signer("somebody.example").line(HONEST.body())
    assert rule_of(primitives.repack(MEMBERS, checkpoint=unsigned)) == "checkpoint.signature"
    assert record.verify_bytes(primitives.repack(MEMBERS, checkpoint=unsigned)).code == 1


def test_more_entries_than_belong_into_the_record():
    made = ballots.a_vote()
    made.add("seat.joined", seat="FAO", name="FAO", on=None)
    extra = {"entry": canonical(made.entries[-1]).decode(), "proof": made.proof(15)}
    last_of_ballot = made.members()
    entries = json.loads(last_of_ballot["record.json"])["entries"]
    assert rule_of(primitives.repack(last_of_ballot, entries=[*entries, extra])) == "record.seat"
    made.entries[-1] |= {"seat": "ITU", "kind": "seat.left", "on": "2027-03-20"}
    del made.entries[-1]["name"]
    members = made.members()
    entries = json.loads(members["record.json"])["entries"]
    extra = {"entry": canonical(made.entries[-1]).decode(), "proof": made.proof(15)}
    assert rule_of(primitives.repack(members, entries=[*entries, extra])) == "record.end"


def test_the_entries_of_another_ballot():
    assert rule_of(primitives.repack(MEMBERS, ballot="B-27-02")) == "record.ballot"


@pytest.mark.parametrize(
    ("rule", "name", "content"),
    [
        ("text.digest", "text/decision.json", canonical(HONEST.frozen | {"if_approved": "More."})),
        ("text.code", "text/decision.json", canonical(HONEST.frozen | {"code": "B-27-02"})),
        (
            "text.candidates",
            "text/decision.json",
            canonical(HONEST.frozen | {"candidates": [{"candidate": 1, "name": "A"}]}),
        ),
        ("text.posts", "text/decision.json", canonical(HONEST.frozen | {"posts": 1})),
        ("text.form", "text/decision.json", canonical(HONEST.frozen | {"more": 1})),
        ("text.form", "text/decision.json", b"[]"),
        ("canonical", "text/decision.json", canonical(HONEST.frozen) + b"\n"),
        ("canonical", "reveal.json", b'{"persons":[],"comments":[]}'),
        ("reveal.form", "reveal.json", b'{"comments":[]}'),
        ("trust.file", "TRUST.txt", b"nothing"),
        ("trust.file", "TRUST.txt", f"{HONEST.signer.key}\n{Signer('x.example').key}\n".encode()),
        ("trust.file", "TRUST.txt", f"{HONEST.signer.key}\n".encode()),
        ("trust.file", "TRUST.txt", MEMBERS["TRUST.txt"] + f"({Signer('x.example').key})\n".encode()),
        ("trust.file", "TRUST.txt", MEMBERS["TRUST.txt"].replace(b"minutes", f"key={Signer('x').key}".encode())),
        ("trust.file", "TRUST.txt", MEMBERS["TRUST.txt"] + b"\n"),
    ],
)
def test_the_other_files(rule, name, content):
    assert rule_of(primitives.repack(MEMBERS | {name: content})) == rule


@pytest.mark.parametrize("name", maker.FILES)
def test_a_file_that_record_json_does_not_know(name):
    assert rule_of(primitives.pack(MEMBERS | {name: MEMBERS[name] + b" "})) == "record.files"


def revealed(comments: list[dict] | None = None, persons: list[dict] | None = None) -> bytes:
    value = {"comments": HONEST.comments if comments is None else comments}
    value["persons"] = HONEST.persons if persons is None else persons
    return primitives.repack(MEMBERS | {"reveal.json": canonical(value)})


def test_what_is_revealed_must_be_what_was_recorded():
    comment, person = HONEST.comments[0], HONEST.persons[4]
    assert rule_of(revealed([comment | {"comment": "Yes."}])) == "reveal.comment"
    assert rule_of(revealed([comment | {"cure": "Money."}])) == "reveal.comment"
    assert rule_of(revealed([comment | {"seq": 9}])) == "reveal.comment"
    assert rule_of(revealed([comment | {"seq": 1}])) == "reveal.comment"
    assert rule_of(revealed([comment | {"comment": None}])) is None
    assert rule_of(revealed(persons=[person | {"salt": primitives.salt("x")}])) == "reveal.person"
    assert rule_of(revealed(persons=[person | {"value": person["value"] | {"name": "Eve"}}])) == "reveal.person"
    assert rule_of(revealed(persons=[person | {"commitment": primitives.salt("x")}])) == "reveal.person"


def test_a_person_with_another_mandate():
    made = ballots.a_vote()
    cast = made.of("position.cast")[0]
    old, cast["person"] = cast["person"], made.person("Eve", "mdt_99")
    made.persons = [person for person in made.persons if person["commitment"] != old]
    assert rule_of(made.record()) == "reveal.mandate"


# --- the archive --------------------------------------------------------------------------------------------------

HONEST_ZIP = primitives.pack(MEMBERS)


def written(**options: object) -> bytes:
    """The archive by the standard library, with one thing different."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name, data in MEMBERS.items():
            info = zipfile.ZipInfo(name, options.get("date", (1980, 1, 1, 0, 0, 0)))  # type: ignore[arg-type]
            info.create_system, info.external_attr = 3, 0o644 << 16
            for option in ("create_system", "external_attr", "extra", "comment", "compress_type", "internal_attr"):
                if option in options:
                    setattr(info, option, options[option])
            target.writestr(info, data)
        target.comment = options.get("remark", b"")  # type: ignore[assignment]
    return stream.getvalue()


def test_two_writers_agree_on_the_archive():
    assert archive.build(MEMBERS) == HONEST_ZIP == written()
    assert archive.read(HONEST_ZIP) == MEMBERS


@pytest.mark.parametrize(
    "options",
    [
        {"date": (2027, 1, 1, 0, 0, 0)},
        {"create_system": 0},
        {"external_attr": 0o600 << 16},
        {"extra": b"\xfe\xca\x00\x00"},
        {"comment": b"x"},
        {"internal_attr": 1},
        {"compress_type": zipfile.ZIP_DEFLATED},
        {"remark": b"x"},
    ],
)
def test_an_archive_written_otherwise(options):
    with pytest.raises(Refuted) as broken:
        archive.read(written(**options))
    assert broken.value.rule == "archive.form"


def test_a_member_twice():
    name = b"TRUST.txt"
    body = archive.build({"TRUST.txt": b"a"})[: 30 + len(name) + 1]
    with pytest.raises(Refuted) as broken:
        archive.read(body + body)
    assert broken.value.rule == "archive.twice"
    stream = io.BytesIO(HONEST_ZIP)
    with zipfile.ZipFile(stream, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr("record.json", b"{}")
    assert rule_of(stream.getvalue()) == "archive.twice"


@pytest.mark.parametrize(
    "members",
    [
        {name: MEMBERS[name] for name in reversed(MEMBERS)},
        {name: MEMBERS[name] for name in list(MEMBERS)[:-1]},
        MEMBERS | {"more.txt": b""},
        MEMBERS | {"../record.pdf": b""},
        {"record.json": b"{}"},
    ],
)
def test_other_members_than_those_of_a_record(members):
    assert rule_of(primitives.pack(members)) == "archive.members"


def test_no_archive_too_many_members_and_too_large():
    for data in (b"", b"PK", b"hello", archive.build({})):
        with pytest.raises(NotCheckable):
            archive.read(data)
    with pytest.raises(Refuted):
        archive.read(archive.build({f"{n}.txt": b"" for n in range(13)}))
    with pytest.raises(NotCheckable):
        archive.read(bytes(archive.LARGEST + 1))


def test_a_size_that_lies_asks_for_no_memory():
    lying = bytearray(HONEST_ZIP)
    lying[18:26] = b"\xff" * 8  # both sizes of the first member: 4 GB
    assert rule_of(bytes(lying)) == "archive.form"


def test_every_truncation_is_refused():
    for length in range(0, len(HONEST_ZIP), 7):
        assert record.verify_bytes(HONEST_ZIP[:length], TRUST).code in (1, 2)
    for more in (b"\0", b"PK\x05\x06", HONEST_ZIP):
        assert record.verify_bytes(HONEST_ZIP + more, TRUST).code == 1


def test_a_maker_is_the_same_every_time():
    assert Maker().export() == Maker().export()
    assert ballots.a_vote().record() == HONEST_ZIP
