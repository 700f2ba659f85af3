"""The rules of the house that a linter cannot state, each with a planted violation that shows it bites."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy.orm import configure_mappers

from u4ssc_gov.core.db import Base
from u4ssc_gov.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "u4ssc_gov"
TEMPLATES = ROOT / "templates"
# What a service may be without being a use case: helpers that only compute or that audit itself needs.
CEILING_LINES = 500
CEILING_FUNCTION = 60


def python_files() -> list[Path]:
    """Our own modules."""
    return sorted(PACKAGE.rglob("*.py"))


def service_modules() -> list[Path]:
    """Modules that write: services of rooms, and workflows."""
    return [p for p in python_files() if p.stem == "services" or p.parent.name in ("services", "workflows")]


# --- services take what they need as parameters -------------------------------------------------------------------


def missing_parameters(function: Callable[..., object]) -> set[str]:
    """Which of ``actor`` and ``now`` a public writing function does not take by keyword."""
    names = set(inspect.signature(function).parameters)
    return {"now"} - names


def public_functions(path: Path) -> Iterator[Callable[..., object]]:
    """Functions defined in the module whose names do not start with an underscore."""
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for name, value in vars(module).items():
        if not name.startswith("_") and inspect.isfunction(value) and value.__module__ == module.__name__:
            yield value


# Nothing happens at an instant there: names are computed, a lock is taken, a salt is drawn, rows are read or copied.
PURE_HELPERS = {
    "account_key",
    "network_key",
    "pair_key",
    "browser_key",
    "lock",
    "newest_note",
    "commit_person",
    "commit_value",
    "person_of",
    "previous_of",
    "require_unconcerned",
    "copy_documents",
}


@pytest.mark.parametrize("path", service_modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_services_take_the_time_as_a_parameter(path):
    for function in public_functions(path):
        if "session" in inspect.signature(function).parameters and function.__name__ not in PURE_HELPERS:
            assert not missing_parameters(function), f"{path}: {function.__name__}"


def test_a_service_that_forgets_the_time_is_found():
    def cast_vote(session: object, *, actor: object) -> None: ...

    assert missing_parameters(cast_vote) == {"now"}


# --- sizes --------------------------------------------------------------------------------------------------------


def too_long(source: str) -> list[str]:
    """Functions over the ceiling."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > CEILING_FUNCTION:
                found.append(f"{node.name}: {length}")
    return found


@pytest.mark.parametrize("path", python_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_functions_stay_small(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= CEILING_LINES
    assert too_long(source) == []


def test_a_long_function_is_found():
    assert too_long("def f():\n" + "    x = 1\n" * 70)


# --- every module says why it exists ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", python_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_says_why_it_exists(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


# --- the database -------------------------------------------------------------------------------------------------


def test_no_relationship_loads_by_itself():
    configure_mappers()
    lazy = [
        f"{mapper.class_.__name__}.{name}: {relation.lazy}"
        for mapper in Base.registry.mappers
        for name, relation in mapper.relationships.items()
        if relation.lazy != "raise_on_sql"
    ]
    assert lazy == []


def test_no_governance_row_is_deleted_by_a_cascade():
    cascades = [
        f"{table.name}.{key.parent.name}"
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.ondelete is not None
    ]
    assert cascades == []


# --- time and addresses -------------------------------------------------------------------------------------------

_CLOCK_READS = re.compile(r"datetime\.now\(|\.utcnow\(|date\.today\(|time\.time\(|func\.now\(")


def clock_reads(source: str) -> bool:
    """Whether the source reads the time."""
    return bool(_CLOCK_READS.search(source))


def test_only_the_clock_reads_the_time():
    readers = [p.name for p in python_files() if clock_reads(p.read_text(encoding="utf-8"))]
    assert readers == ["clock.py"]


def test_a_clock_read_is_found():
    assert clock_reads("x = datetime.now(UTC)")


def test_only_settings_reads_the_environment():
    readers = [
        str(p.relative_to(PACKAGE)) for p in python_files() if re.search(r"os\.environ|getenv", p.read_text("utf-8"))
    ]
    assert set(readers) <= {"settings.py", "serving.py"}


def test_no_address_is_built_from_the_request():
    assert [p for p in python_files() if "_external=True" in p.read_text("utf-8")] == []


def test_the_scheduler_only_ticks():
    source = (PACKAGE / "scheduler.py").read_text("utf-8")
    assert "IntervalTrigger" in source
    assert "CronTrigger" not in source
    assert not re.search(r"""add_job\([^)]*['"]cron['"]""", source)


# --- templates ----------------------------------------------------------------------------------------------------


def template_files() -> list[Path]:
    """Every template."""
    return sorted(p for p in TEMPLATES.rglob("*") if p.suffix in (".html", ".txt"))


def unsafe_bits(source: str) -> list[str]:
    """What the content security policy or the autoescape would be bypassed by."""
    found = re.findall(r"\|\s*safe\b|<style|\bstyle=|\son[a-z]+=|javascript:", source)
    return [bit.strip() for bit in found]


@pytest.mark.parametrize("path", template_files(), ids=lambda p: str(p.relative_to(TEMPLATES)))
def test_templates_compile_and_hold_nothing_inline(path, app):
    name = str(path.relative_to(TEMPLATES))
    app.jinja_env.parse(path.read_text(encoding="utf-8"))
    if not name.startswith("email/") and name != "macros/email.html":  # mail clients need inline styles
        assert unsafe_bits(path.read_text(encoding="utf-8")) == []


def test_something_inline_is_found():
    assert unsafe_bits('<p style="color:red" onclick="x()">{{ x|safe }}')


class _Words(HTMLParser):
    """Collects what a reader sees: text, and the attributes that are read out."""

    READ_OUT = ("title", "aria-label", "placeholder", "alt")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value or "" for name, value in attrs if name in self.READ_OUT]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def bare_words(source: str) -> list[str]:
    """Words in a template outside gettext (names, entities and units left out)."""
    source = re.sub(r"{%-?\s*block \w+_(class|attrs)\s*-?%}.*?{%-?\s*endblock\s*-?%}", "", source, flags=re.DOTALL)
    source = re.sub(r"{%-?\s*set [\w.]+\s*=.*?%}|{#.*?#}|{%.*?%}", "", source, flags=re.DOTALL)
    reader = _Words()
    reader.feed(re.sub(r"{{.*?}}", "0", source, flags=re.DOTALL))
    return [w for text in reader.texts for w in re.findall(r"[^\W\d_]{3,}", text) if w not in ALLOWED_WORDS]


ALLOWED_WORDS = {"U4SSC", "SSC", "UTC", "CSV", "PDF", "Ctrl", "ITU", "UNECE", "Habitat", "ics", "min"}


@pytest.mark.parametrize(
    "path",
    [p for p in template_files() if p.suffix == ".html" and p.parent.name not in ("styleguide",)],
    ids=lambda p: str(p.relative_to(TEMPLATES)),
)
def test_every_word_goes_through_gettext(path):
    assert bare_words(path.read_text(encoding="utf-8")) == []


def test_a_bare_word_is_found():
    assert bare_words("<p title='Tip'>Hello {{ _('x') }}</p>") == ["Tip", "Hello"]


def test_every_mail_template_has_both_parts_and_is_queued_somewhere():
    sources = "\n".join(p.read_text("utf-8") for p in python_files())
    rooms = [p for p in (TEMPLATES / "email").iterdir() if p.is_dir()]
    names = {f"{room.name}/{path.stem}" for room in rooms for path in room.iterdir()}
    assert names, "no mail templates found"
    for name in sorted(names):
        assert (TEMPLATES / "email" / f"{name}.txt").exists(), name
        assert (TEMPLATES / "email" / f"{name}.html").exists(), name
        assert f'"{name}"' in sources, f"{name} is never queued"


# --- papers -------------------------------------------------------------------------------------------------------


def test_every_setting_is_documented():
    names = set(re.findall(r'"((?:U4SSC_[A-Z_]+)|PORT|DATABASE_URL)"', (PACKAGE / "settings.py").read_text("utf-8")))
    assert len(names) >= len(Settings.__dataclass_fields__) - 1
    example = (ROOT / ".env.example").read_text("utf-8")
    operations = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for name in sorted(names):
        assert name in example, f"{name} is not in .env.example"
        assert name in operations, f"{name} is not in docs/operations.md"


def test_every_paragraph_names_a_module_and_a_test_that_exist():
    import csv

    lines = (ROOT / "docs" / "tor.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]
    with (PACKAGE / "initiative" / "data" / "clauses.csv").open(encoding="utf-8", newline="") as source:
        keys = [row["key"] for row in csv.DictReader(source)]
    assert [row[0] for row in rows] == keys
    for key, _title, module, test in rows:
        if module != "-":
            for one in module.split():
                assert (ROOT / one).exists(), f"{key}: {one}"
        for node in test.split() if test != "-" else []:
            _check_node(key, node)
        assert (module == "-") == (test == "-"), f"{key}: a built clause names both"
    assert any(row[3] != "-" for row in rows)


def _check_node(key: str, node: str) -> None:
    path, _, name = node.partition("::")
    assert (ROOT / path).exists(), f"{key}: {path}"
    if name:
        assert f"def {name.split('::')[-1]}(" in (ROOT / path).read_text("utf-8"), f"{key}: {node}"
