"""``python -m u4ssc_gov …``: everything an operator types. Says in one sentence what is wrong, never a traceback."""

from __future__ import annotations

import argparse
import gc
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from alembic import command
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

import u4ssc_gov.models  # the metadata must be whole before the first query  # noqa: F401
from u4ssc_gov.accounts import services as accounts
from u4ssc_gov.accounts.models import Account, Person
from u4ssc_gov.core import backup, migrations
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.clock import clock_starting_at, monotonic
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import U4sscError
from u4ssc_gov.core.logs import configure_logging
from u4ssc_gov.core.runtime import Runtime, make_runtime
from u4ssc_gov.demo.beginning import initiative_instant
from u4ssc_gov.documents.models import StoredFile
from u4ssc_gov.initiative.loading import load_initiative
from u4ssc_gov.jobs import JOBS, run_job
from u4ssc_gov.ledger import commands as ledger
from u4ssc_gov.notifications.smtp import parse_smtp_url
from u4ssc_gov.partners import services as partners
from u4ssc_gov.partners.models import Partner
from u4ssc_gov.serving import serve
from u4ssc_gov.settings import Settings, SettingsError, load_settings

_LONG = 2.0  # seconds after which a step says that it is running
Say = Callable[[str], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 not done, 2 asked for wrongly."""
    arguments = _parser().parse_args(argv)
    try:
        settings = load_settings()
        if settings.smtp_url:
            parse_smtp_url(settings.smtp_url)
        configure_logging(quiet=True)
        return int(arguments.run(arguments, settings))
    except SettingsError as error:
        return _refuse(str(error), 2)
    except (U4sscError, backup.BackupError) as error:
        return _refuse(str(error), 1)
    except (OperationalError, OSError) as error:
        return _refuse(f"This did not work: {str(getattr(error, 'orig', error)).splitlines()[0]}", 1)
    except KeyboardInterrupt:
        return _refuse("Stopped.", 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m u4ssc_gov", description="U4SSC Governance")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    add("up", _up, "Prepare what is missing, then serve the platform until Ctrl-C.")
    add("migrate", _migrate, "Bring the database to the newest schema.")
    add("migration", _migration, "Write a migration for what changed in the models.").add_argument("message")
    add("load-initiative", _load_initiative, "Load the initiative's records; a second time changes nothing.")
    demo = add("load-demo", _load_demo, "Load a demonstration year around today; refused in production.")
    demo.add_argument("--scale", type=_scale, default=1, help="how many years of records (1 to 20)")
    user = add("create-secretariat-user", _create_secretariat_user, "Let the first secretariat officer in.")
    user.add_argument("email")
    user.add_argument("--name", required=True, help="the officer's name")
    user.add_argument("--agency", required=True, help="ITU, UNECE or UN-Habitat")
    add("backup", _backup, "Copy database and files into a new folder while the platform runs.").add_argument("folder")
    add("restore", _restore, "Bring a copy back into an empty installation.").add_argument("folder")
    _add_jobs(commands.add_parser("jobs", help="List or run the jobs.", description="List or run the jobs."))
    text = "Open, check or export the ledger of decisions."
    _add_ledger(commands.add_parser("ledger", help=text, description=text))
    return parser


def _add_jobs(parser: argparse.ArgumentParser) -> None:
    inner = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    inner.add_parser("list", help="Name each job and what it does.").set_defaults(run=_list_jobs)
    run = inner.add_parser("run", help="Run one job now.")
    run.add_argument("name")
    run.add_argument("--now", type=_instant, help="instant to run it for, such as 2026-12-31T23:00:00+00:00")
    run.set_defaults(run=_run_job)


def _add_ledger(parser: argparse.ArgumentParser) -> None:
    inner = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, work: Callable[[Runtime, datetime, argparse.Namespace], int], text: str) -> None:
        made = inner.add_parser(name, help=text, description=text)
        if name == "export":
            made.add_argument("file", type=Path)
        made.set_defaults(run=partial(_with_runtime, work))

    add("open", lambda rt, now, _: ledger.open_log(rt, say, now=now), "Make the key and the first entry, once.")
    add("verify", lambda rt, _, __: ledger.verify(rt, say), "Recompute the whole ledger; exit code 1 when damaged.")
    add("export", lambda rt, _, a: ledger.export(rt, a.file, say), "Write every entry into a file, one a line.")
    add("key", lambda rt, _, __: ledger.show_key(rt, say), "Print the verifier key.")
    add("trust", lambda rt, _, __: ledger.show_trust(rt, say), "Print the trust file for u4verify.")


def _with_runtime(
    work: Callable[[Runtime, datetime, argparse.Namespace], int], arguments: argparse.Namespace, settings: Settings
) -> int:
    with _running(settings) as (runtime, now):
        return work(runtime, now, arguments)


def say(text: str) -> None:
    """Write one line to the terminal at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _refuse(sentence: str, code: int) -> int:
    sys.stderr.write(sentence + "\n")
    return code


@contextmanager
def _step(title: str) -> Iterator[Say]:
    """A step that keeps quiet while it is quick; after two seconds it says what it does, and then how far it is."""
    began = last = monotonic()
    slow = threading.Timer(_LONG, say, (f"{title} …",))
    slow.daemon = True
    slow.start()

    def progress(line: str) -> None:
        nonlocal last
        if monotonic() - max(last, began + _LONG) >= _LONG:
            last = monotonic()
            say(f"  {line}")

    try:
        yield progress
    finally:
        slow.cancel()
    if monotonic() - began >= _LONG:
        say(f"  done in {monotonic() - began:.0f} s")


@contextmanager
def _running(settings: Settings) -> Iterator[tuple[Runtime, datetime]]:
    runtime = make_runtime(settings)
    try:
        yield runtime, clock_starting_at(settings.now).now()
    finally:
        runtime.database.dispose()


def _up(_arguments: argparse.Namespace, settings: Settings) -> int:
    with _running(settings) as (runtime, now):
        _bring_up_to_date(runtime)
        with _step("Loading the records of the initiative") as progress:
            load_initiative(runtime, now=initiative_instant(runtime, now=now), say=progress)
        if settings.environment == "demo" and not _has_demo(runtime):
            with _step("Making a demonstration year around today") as progress:
                _make_demo(runtime, 1, progress, now=now)
        people = _people_to_try(runtime) if settings.is_demo else []
    say("Starting …")
    gc.freeze()  # from here on this process only watches two others, and ends at once when told to
    return serve(settings=settings, port=settings.port, on_ready=lambda: _welcome(settings, people))


def _bring_up_to_date(runtime: Runtime) -> None:
    """Apply what is missing. A database that is newer than this code is refused before anything is touched."""
    current = migrations.current_revision(runtime.database)
    if current == migrations.head_revision():
        return
    if current is not None and current not in migrations.known_revisions():
        raise SettingsError("The database was made by a newer version of the platform. Start that version instead.")
    with _step("Preparing the database"):
        migrations.upgrade(runtime.database)


def _has_demo(runtime: Runtime) -> bool:
    with runtime.database.read() as session:
        return session.scalar(select(Account.id).where(Account.demo_role != "").limit(1)) is not None


def _people_to_try(runtime: Runtime) -> list[str]:
    """The names of the three persons a newcomer should be first: a leader, a voter, an officer."""
    wanted = ("leader", "board_representative", "secretariat")
    with runtime.database.read() as session:
        rows = session.execute(
            select(Account.demo_role, Person.full_name)
            .join(Person, Person.id == Account.person_id)
            .where(Account.demo_role.in_(wanted))
        )
        names = dict(rows.tuples().all())
    return [names.get(role, "") for role in wanted]


def _welcome(settings: Settings, people: list[str]) -> None:
    say(f"\nU4SSC Governance is ready:  {settings.base_url}\n")
    tasks = ("write the minutes of the last e-meeting", "record your agency's vote", "see tenures and waiting cities")
    if any(people):
        say(f"Try first, at {settings.base_url}/sign-in:")
        width = max(len(name) for name in people)
        for name, task in zip(people, tasks, strict=True):
            say(f"  {name:<{width}}  {task}")
        say(f"Mails are shown at {settings.base_url}/admin/mail" + (" and sent." if settings.smtp_url else "."))
    say(f"Data are kept in {settings.data_dir}. Ctrl-C stops everything.")


def _migrate(_arguments: argparse.Namespace, settings: Settings) -> int:
    with _running(settings) as (runtime, _now):
        before = migrations.current_revision(runtime.database)
        _bring_up_to_date(runtime)
        after = migrations.current_revision(runtime.database)
    say(f"The database is at revision {after}." if before == after else f"The database is now at revision {after}.")
    return 0


def _migration(arguments: argparse.Namespace, settings: Settings) -> int:
    """Compare the models with a database at the newest revision and write the difference down."""
    config = migrations.alembic_config()
    number = int(migrations.head_revision() or 0) + 1
    with _running(settings) as (runtime, _now), runtime.database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, arguments.message, autogenerate=True, rev_id=f"{number:04}")
    return 0


def _make_demo(runtime: Runtime, scale: int, progress: Say, *, now: datetime) -> None:
    from u4ssc_gov.demo.loading import load_demo  # noqa: PLC0415 - it pulls in every room; a later start needs none

    load_demo(runtime, now=now, scale=scale, say=progress)


def _load_initiative(_arguments: argparse.Namespace, settings: Settings) -> int:
    with _running(settings) as (runtime, now):
        load_initiative(runtime, now=initiative_instant(runtime, now=now), say=say)
    return 0


def _load_demo(arguments: argparse.Namespace, settings: Settings) -> int:
    if settings.is_production:
        raise SettingsError("The demonstration is refused in production: it would put invented people among real ones.")
    with _running(settings) as (runtime, now):
        if _has_demo(runtime):
            say("The demonstration is loaded already; start with an empty U4SSC_DATA_DIR to make it anew.")
            return 0
        _make_demo(runtime, arguments.scale, say, now=now)
    return 0


def _create_secretariat_user(arguments: argparse.Namespace, settings: Settings) -> int:
    with _running(settings) as (runtime, now), runtime.database.transaction() as session:
        partner = session.scalar(select(Partner).where(Partner.acronym == arguments.agency))
        if partner is None or not partner.is_secretariat_agency:
            known = session.scalars(
                select(Partner.acronym).where(Partner.is_secretariat_agency.is_(True)).order_by(Partner.position)
            )
            names = ", ".join(known) or "none on record: run load-initiative first"
            return _refuse(f"{arguments.agency} does not run the Secretariat (¶30). Agencies: {names}.", 2)
        account, secret = accounts.invite_person(
            session,
            full_name=arguments.name,
            email=arguments.email,
            organisation=partner.acronym,
            actor=SYSTEM,
            now=now,
        )
        partners.add_secretariat_member(
            session, partner, account.person, starts_on=geneva_date(now), actor=SYSTEM, now=now
        )
    say(f"{arguments.name} is a secretariat officer of {arguments.agency}. The invitation is in the outbox.")
    if secret:  # it went out a moment ago otherwise
        say(f"It is also: {settings.base_url}/invitation/{secret}")
    return 0


def _list_jobs(_arguments: argparse.Namespace, _settings: Settings) -> int:
    width = max(len(name) for name in JOBS)
    for name, job in JOBS.items():
        say(f"{name:<{width}}  every {job.every}  {job.sentence}")
    return 0


def _run_job(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.name not in JOBS:
        return _refuse(f"There is no job {arguments.name}. Jobs: {', '.join(JOBS)}.", 2)
    if arguments.now is not None and settings.is_production:
        raise SettingsError("--now is refused in production: it would remind and close for an instant that is not now.")
    with _running(settings) as (runtime, now):
        run = run_job(runtime, arguments.name, now=arguments.now or now)
    note = f" ({run.note})" if run.note else ""
    say(f"{run.job}: {run.done} done, {run.failed} failed, {run.seconds} s{note}")
    return 1 if run.failed else 0


def _backup(arguments: argparse.Namespace, settings: Settings) -> int:
    with _running(settings) as (runtime, now), _step("Copying"):
        manifest = backup.back_up(runtime, Path(arguments.folder), files=StoredFile.__tablename__, now=now)
    say(f"Copied and checked: {manifest.rows} rows and {len(manifest.files)} files into {arguments.folder}.")
    return 0


def _restore(arguments: argparse.Namespace, settings: Settings) -> int:
    with _running(settings) as (runtime, _now), _step("Bringing the copy back"):
        manifest = backup.restore(runtime, Path(arguments.folder))
        _bring_up_to_date(runtime)
    say(f"Brought back and checked: {manifest.rows} rows and {len(manifest.files)} files of {manifest.made_at}.")
    say("Before anybody writes: bring the ledger’s keys folder back too, then: python -m u4ssc_gov ledger verify")
    return 0


def _scale(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 20:
        raise argparse.ArgumentTypeError("a whole number from 1 to 20")
    return int(text)


def _instant(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("an instant such as 2026-12-31T23:00:00+00:00") from error
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
