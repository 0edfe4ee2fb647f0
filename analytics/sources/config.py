"""The sources of a database: a TOML file beside it, `PATH.sources.toml`.

[[source]]
name = "gateway"
kind = "litellm"
url = "https://llm.example.com"      # hosted services have one of their own
key_env = "LITELLM_KEY"              # the NAME of the environment variable that holds the key, never the key
user_env = "LANGFUSE_PUBLIC_KEY"     # where two are needed (Langfuse), or for Basic authentication
project = "default"                  # Phoenix: project, MLflow: experiment
from = 2026-10-01                    # how far back the first sync reads (default: 30 days)
source = "litellm"                   # under which name its requests are loaded (default: the format's)
keep_prompts = false                 # true, or "redacted": without what names a person
allow_private = false                # true: private and loopback addresses may be called
overlap_minutes = 60                 # how far back each sync looks again, for rows that came late
page_size = 500                      # smaller where single records are large

A warehouse (kind = "warehouse") has instead of an API a table, and optionally other names for its columns:

url = "postgres://reader@db.example.com/logs"   # without a password: that is in the variable key_env
table = "llm.requests"
scores = "llm.scores"                # late scores: request_id, quality, quality_metric, scored_at
columns = { timestamp = "created_at" }

Above the sources may stand
forget_prompts_after_days = 90       # each sync forgets the texts of prompts that are older
"""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import tomli_w

from analytics.errors import CallError, SourceError
from analytics.http import checked_url
from analytics.logs.fields import REQUEST_FIELDS
from analytics.logs.texts import REDACTED, KeepPrompts
from analytics.sources.kinds import KINDS, WAREHOUSE, Kind
from analytics.store import file_change
from analytics.warehouse.address import checked_engine_url
from analytics.whole_file import write_whole

Keys = Callable[[str], str | None]

FIRST_DAYS = 30
RETENTION, MOST_DAYS = "forget_prompts_after_days", 36_500
HEADER = (
    "# Gateways and services that sync. Written by Routecast; comments are not kept. Keys stay in the environment.\n\n"
)
_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")
_variable = re.compile(r"[A-Z][A-Z0-9_]{0,79}")
_VARIABLES = ("key_env", "user_env")
_OF_WAREHOUSES = ("table", "scores", "columns")


@dataclass(frozen=True)
class Source:
    """One entry of the file; the field `start` is its key `from`, `columns` a table there and pairs here."""

    name: str
    kind: str
    url: str = ""
    key_env: str = ""
    user_env: str = ""
    project: str = ""
    start: date | None = None
    source: str = ""
    keep_prompts: KeepPrompts = False
    allow_private: bool = False
    overlap_minutes: int = 60
    page_size: int = 0
    table: str = ""
    scores: str = ""
    columns: tuple[tuple[str, str], ...] = ()

    @property
    def about(self) -> Kind:
        """What is known of its kind."""
        return KINDS[self.kind]

    @property
    def base(self) -> str:
        """Where its API is."""
        return self.url or self.about.url

    @property
    def identity(self) -> str:
        """What a cursor belongs to: another server or project is read from its beginning."""
        of_table = f" {self.table} {self.scores} {self.columns} {self.start}" if self.kind == WAREHOUSE else ""
        return f"{self.kind} {self.base} {self.project}{of_table}"

    def first_instant(self, now: datetime) -> datetime:
        """From when the first sync reads."""
        return datetime.combine(self.start, time(), UTC) if self.start else now - timedelta(days=FIRST_DAYS)


def environment_keys(name: str) -> str | None:
    """A key from the environment."""
    return os.environ.get(name)


def sources_file(database: Path) -> Path:
    """Where the sources of a database are: `PATH.sources.toml`."""
    return database.with_name(database.name + ".sources.toml")


def read_sources(database: Path) -> tuple[Source, ...]:
    """The sources beside a database, in their order; none when there is no file. Raises SourceError."""
    return _parse(sources_file(database).name, _content(database))


def forget_after_days(database: Path) -> int | None:
    """After how many days each sync forgets the texts of prompts; None: never. Raises SourceError."""
    content = _content(database)
    _parse(sources_file(database).name, content)
    days: int | None = content.get(RETENTION)
    return days


def _content(database: Path) -> dict[str, Any]:
    file = sources_file(database)
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file.name} cannot be read as UTF-8 text: save it again.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SourceError(f"{file.name} is not valid TOML: {error}.") from error


def save_sources(database: Path, sources: tuple[Source, ...]) -> None:
    """Check the sources and write their file in one rename; raises SourceError, and then nothing has changed."""
    file = sources_file(database)
    days = forget_after_days(database)
    content = {**({RETENTION: days} if days else {}), "source": [_entry(one) for one in sources]}
    _parse(file.name, content)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file_change(database, "change the sources", ", ".join(one.name for one in sources)):
            write_whole(file, HEADER + tomli_w.dumps(content))
    except OSError as error:
        raise SourceError(
            f"{file} could not be written ({error.strerror}): free space or mend its permissions."
        ) from error


def add_source(database: Path, source: Source) -> None:
    """Add a source; raises SourceError when its name is taken or it makes no sense."""
    save_sources(database, (*read_sources(database), source))


def _entry(source: Source) -> dict[str, Any]:
    """A source as it stands in the file: what is as it is anyway is left out."""
    blank = Source(source.name, source.kind)
    given = {field.name: getattr(source, field.name) for field in fields(source)}
    kept = {key: value for key, value in given.items() if key in ("name", "kind") or value != getattr(blank, key)}
    if source.columns:
        kept["columns"] = dict(source.columns)
    return {("from" if key == "start" else key): value for key, value in kept.items()}


def _parse(file: str, content: Mapping[str, Any]) -> tuple[Source, ...]:
    for key in content:
        if key not in ("source", RETENTION):
            raise SourceError(f"{file}: unknown key '{key[:40]}'; each source is a table [[source]].")
    days = content.get(RETENTION, 1)
    if type(days) is not int or not 1 <= days <= MOST_DAYS:
        raise SourceError(f"{file}: {RETENTION} must be a whole number of days between 1 and {MOST_DAYS}.")
    entries = content.get("source", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SourceError(f"{file}: each source is a table [[source]].")
    found = tuple(_source(f"{file}, source {number}", entry) for number, entry in enumerate(entries, start=1))
    for one in found:
        if sum(other.name == one.name for other in found) > 1:
            raise SourceError(f"{file}: there are two sources named '{one.name}': give each a name of its own.")
    return found


def _source(where: str, entry: Mapping[str, Any]) -> Source:
    types = {"from" if field.name == "start" else field.name: field.default for field in fields(Source)}
    for key, value in entry.items():
        if key not in types:
            near = difflib.get_close_matches(key, types, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known keys are {', '.join(types)}."
            raise SourceError(f"{where}: unknown key '{key[:40]}'; {hint}")
        if key == "keep_prompts" and value == REDACTED:
            continue
        wanted = {"from": date, "name": str, "kind": str, "columns": dict}.get(key) or type(types[key])
        if type(value) is not wanted:
            raise SourceError(f"{where}: {key} must be {_words(wanted)}.")
    columns = entry.get("columns", {})
    if not all(isinstance(name, str) for name in columns.values()):
        raise SourceError(f'{where}: columns must be names, such as columns = {{ timestamp = "created_at" }}.')
    given = {"start" if key == "from" else key: value for key, value in entry.items()}
    source = Source(**given | {"columns": tuple(sorted(columns.items()))})
    return _checked(where, source)


def _checked(where: str, source: Source) -> Source:
    if not _name.fullmatch(source.name):
        raise SourceError(f"{where}: name '{source.name[:60]}' is empty, too long or has other characters than letters, digits, blanks and . _ -")  # fmt: skip
    if source.kind not in KINDS:
        raise SourceError(f"{where}: there is no kind '{source.kind[:40]}': use one of {', '.join(KINDS)}.")
    where, about = f"{where} ({source.name})", source.about
    if not source.base:
        raise SourceError(f"{where}: url is missing: {about.title} has no address of its own.")
    for key in _VARIABLES:
        _check_variable(where, key, getattr(source, key), about)
    if about.needs_key and not source.key_env:
        raise SourceError(f"{where}: key_env is missing: name the environment variable that holds the key.")
    if about.needs_user and not source.user_env:
        raise SourceError(f"{where}: user_env is missing: name the environment variable that holds {about.needs_user}.")
    if not 0 <= source.overlap_minutes <= 60 * 24 * 30:
        raise SourceError(f"{where}: overlap_minutes must be between 0 and 43200 (30 days).")
    if not 0 <= source.page_size <= about.page_size:
        raise SourceError(f"{where}: page_size must be between 1 and {about.page_size}.")
    if source.kind == WAREHOUSE:
        _check_warehouse(where, source)
    elif any(getattr(source, key) for key in _OF_WAREHOUSES):
        raise SourceError(f'{where}: table, scores and columns are for warehouses only: set kind = "warehouse".')
    try:
        if source.kind == WAREHOUSE:
            return replace(source, url=checked_engine_url(source.url))
        # Whether a private address may be called is asked when it is: one entry does not keep the others from theirs.
        return replace(source, url=checked_url(source.url, allow_private=True) if source.url else "")
    except (CallError, SourceError) as error:
        raise SourceError(f"{where}: {error}") from error


def _check_variable(where: str, key: str, name: str, about: Kind) -> None:
    """Only variables that are named for it: whoever adds a source must not send other secrets of the server anywhere."""
    if name and not (_variable.fullmatch(name) and name.startswith((f"{about.variables}_", "ROUTECAST_"))):
        raise SourceError(
            f"{where}: {key} must be the name of an environment variable that begins with {about.variables}_ or ROUTECAST_, not a key."
        )


def _check_warehouse(where: str, source: Source) -> None:
    """A table, and other names only for columns that a log has."""
    if not source.table:
        raise SourceError(f"{where}: table is missing: name the table that holds the log.")
    known = {field.name for field in REQUEST_FIELDS}
    for name, own in source.columns:
        if name not in known or not own:
            raise SourceError(
                f"{where}: there is no column '{name[:40]}' in a log: use one of {', '.join(sorted(known))}."
            )


def _words(kind: type) -> str:
    return {
        dict: "a table of names",
        str: "text",
        bool: "true or false",
        int: "a whole number",
        date: "a date such as 2026-10-01",
    }[kind]
