"""Syncing: pages from a source into a file, the file into the database together with the new cursor, and on.

What a page brought and the cursor behind it become visible in one rename: after a crash the next sync goes on at the
first page that was not loaded, and a page that is read twice adds nothing. Pages are gathered until a load is worth it.
"""

import fcntl
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from analytics.engines import Address
from analytics.errors import RoutecastError, SourceError
from analytics.http import checked_key, hidden_forms, scrubbed
from analytics.logs.load import load_into
from analytics.people import require_editor
from analytics.reconcile.keep import enter_daily_costs
from analytics.settings import MAX_LINE_BYTES
from analytics.sidebyside.forget import forget_prompts
from analytics.sources.api import Api, JsonObject, Limits, open_api
from analytics.sources.config import Keys, Source, environment_keys, forget_after_days, read_sources
from analytics.sources.cursor import Counts, Position, read_position, window_of, write_position
from analytics.sources.kinds import WAREHOUSE
from analytics.sources.page import Page, Stream
from analytics.sources.paging import Pages
from analytics.store import open_store, write_transaction
from analytics.waiting import wait_for
from analytics.warehouse import Warehouse, WarehouseResult, check_engine_address, sync_warehouse
from analytics.whole_file import scratch_folder

Progress = Callable[[float, str], None]

BATCH_RECORDS = 20_000
BATCH_BYTES = 256 * 1024 * 1024
MAX_PAGES = 20_000
MAX_EXAMPLES = 5
# How long the calls of a warehouse are read again, for those that came late.
LEAST_SETTLING = timedelta(days=3)
_CUT_CHARACTERS = 1_000


@dataclass(frozen=True)
class SyncResult:
    """What became of a source. `error` says why it stopped early; what was loaded until then stays. `until`: everything
    before it has been read. `incomplete`: how many records lack something at the source itself; `examples` are the first.
    `transferred`: rows of sums that came from a warehouse (None: it is none).
    """

    name: str
    kind: str
    counts: Counts
    until: datetime | None = None
    error: str | None = None
    incomplete: int = 0
    examples: tuple[str, ...] = ()
    transferred: int | None = None

    @property
    def warning(self) -> str | None:
        """What was read and is not whole, in a sentence; it is looked for again while it is within the overlap."""
        if not self.incomplete:
            return None
        records = "1 record is" if self.incomplete == 1 else f"{self.incomplete:,} records are"
        more = ", ..." if self.incomplete > len(self.examples) else ""
        return f"{records} incomplete at the source, and what is missing there is not loaded: {', '.join(self.examples)}{more}."


@dataclass
class _Batch:
    """Records gathered in a file, not loaded yet."""

    file: Path
    counts: Counts = field(default_factory=Counts)
    records: int = 0
    size: int = 0

    def add(self, page: Page, api: Api) -> None:
        """Append a page, one record a line, without anything secret that the source may have echoed."""
        self.counts += Counts(pages=1)
        with self.file.open("a", encoding="utf-8") as handle:
            for record in page.records:
                self.size += handle.write(api.scrubbed(_line(record)) + "\n")
                self.records += 1

    @property
    def full(self) -> bool:
        return self.records >= BATCH_RECORDS or self.size >= BATCH_BYTES

    def clear(self) -> None:
        self.file.unlink(missing_ok=True)
        self.counts, self.records, self.size = Counts(), 0, 0


@dataclass
class _Run:
    """One source's sync: where to, with which bounds, and what it brought so far."""

    database: Path
    source: Source
    now: datetime
    tell: Progress
    max_pages: int
    counts: dict[str, Counts] = field(default_factory=dict)
    until: datetime | None = None
    incomplete: int = 0
    examples: tuple[str, ...] = ()
    transferred: int | None = None
    again: bool = False

    def note(self, page: Page, api: Api) -> None:
        """Remember what a page lacks."""
        self.incomplete += len(page.incomplete)
        examples = self.examples + tuple(map(api.scrubbed, page.incomplete))
        self.examples = examples[:MAX_EXAMPLES]

    @property
    def total(self) -> Counts:
        return sum(self.counts.values(), Counts())


def sync_sources(
    database: Path,
    names: Sequence[str] = (),
    keys: Keys = environment_keys,
    progress: Progress | None = None,
    limits: Limits = Limits(),  # noqa: B008
    max_pages: int = MAX_PAGES,
    again: bool = False,
) -> list[SyncResult]:
    """Sync the named sources of a database, or all; one that fails does not keep the others from theirs.

    `again`: a warehouse is read from its beginning, as after a change of prices or for calls that came very late.

    Raises SourceError when a name is unknown, when there is no source, or when another sync of the database is running.
    """
    require_editor("sync a source")
    sources = _chosen(database, names)
    tell = progress or (lambda fraction, what: None)
    results = []
    with _alone(database):
        for number, source in enumerate(sources):

            def told(fraction: float, what: str, number: int = number, source: Source = source) -> None:
                tell((number + min(fraction, 1.0)) / len(sources), f"{source.name}: {what}")

            now = datetime.now(UTC).replace(microsecond=0)
            run = _Run(database, source, now, told, max_pages, again=again)
            results.append(_sync(run, keys, limits))
        days = forget_after_days(database)
        if days is not None:
            forget_prompts(database, datetime.now(UTC) - timedelta(days=days), thorough=False)
    tell(1.0, "done")
    return results


def _chosen(database: Path, names: Sequence[str]) -> list[Source]:
    sources = {one.name: one for one in read_sources(database)}
    if not sources:
        raise SourceError("No source is set up: add one on the Sources page or in the file PATH.sources.toml beside the database.")  # fmt: skip
    for name in names:
        if name not in sources:
            raise SourceError(f"There is no source named '{name[:60]}': use one of {', '.join(sources)}.")
    return [sources[name] for name in dict.fromkeys(names or sources)]


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """One sync of a database at a time; the lock goes with the process, however it ends."""
    file = database.with_name(database.name + ".sync.lock")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        opened = file.open("a")
    except OSError as error:
        raise SourceError(
            f"{file} cannot be written ({error.strerror}): mend its permissions, or choose another place with --db."
        ) from error
    with opened as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SourceError("Another sync of this database is running: wait until it is done.") from None
        yield


def _sync(run: _Run, keys: Keys, limits: Limits) -> SyncResult:
    """One source, its failure as a sentence."""
    source = run.source
    error = None
    key = ""
    try:
        named = (source.key_env, source.user_env)
        key, user = (checked_key(name, keys(name)) if name else "" for name in named)
        if source.kind == WAREHOUSE:
            _sync_warehouse(run)
        else:
            wait_for(_sync_streams(run, key, user, limits))
    except RoutecastError as failure:
        error = scrubbed(str(failure), hidden_forms([key]))
    except OSError as failure:
        where = failure.filename or run.database.parent
        error = f"{where}: {failure.strerror or failure}. Free space or mend its permissions, then sync again."
    return SyncResult(
        source.name, source.kind, run.total, run.until, error, run.incomplete, run.examples, run.transferred
    )


def _sync_warehouse(run: _Run) -> None:
    """Windows of a warehouse's log, each with the position behind it."""
    source = run.source
    check_engine_address(source.url, source.allow_private)
    position = None if run.again else read_position(run.database, source, "requests")
    settling = max(LEAST_SETTLING, timedelta(minutes=source.overlap_minutes))
    warehouse = Warehouse(
        source.name, Address(source.url, source.key_env), source.table, source.columns, source.scores, source.source,
        source.start, settling, source.keep_prompts is True,
    )  # fmt: skip

    def note(connection: duckdb.DuckDBPyConnection, since: datetime, result: WarehouseResult) -> None:
        counts = Counts(result.windows, result.read, result.loaded, result.duplicates, result.rejected)
        write_position(connection, source, "requests", Position(since), counts)
        run.counts["requests"], run.until, run.transferred = counts, since, result.transferred

    sync_warehouse(run.database, warehouse, position.since if position else None, run.now, note, run.tell)


async def _sync_streams(run: _Run, key: str, user: str, limits: Limits) -> None:
    source = run.source
    secrets = [secret for secret in (key, user and f"{user}:{key}") if secret]
    async with open_api(source.base, source.about.headers(key, user), secrets, source.allow_private, limits) as api:
        for stream in source.about.streams:
            if stream.name != "requests" and not _has_requests(run.database):
                continue  # scores and costs are held against requests
            with scratch_folder(run.database.with_name(run.database.name + ".syncing")) as folder:
                await _sync_stream(run, api, stream, _Batch(folder / f"{source.name}.jsonl"))


def _has_requests(database: Path) -> bool:
    return database.exists() and bool(open_store(database).rows("SELECT 1 FROM segments LIMIT 1"))


async def _sync_stream(run: _Run, api: Api, stream: Stream, batch: _Batch) -> None:
    """Read a window page by page, loading as it goes; where a page cannot be had, those before it are loaded."""
    found = read_position(run.database, run.source, stream.name)
    position = window_of(run.source, found, stream.overlap, stream.whole_days, run.now)
    until = position.until or run.now
    run.counts[stream.name] = Counts()
    pages = Pages(run.source, api, stream, until)
    while True:
        try:
            position, page = await pages.next(position)
        except RoutecastError:
            if batch.counts.pages:
                _load(run, stream, batch, position)
            raise
        batch.add(page, api)
        run.note(page, api)
        read = run.total.read + batch.records
        run.tell(_progress(pages.number, page.of), f"page {pages.number:,} of {stream.name}, {read:,} records")
        last = page.following is None
        position = (
            Position(max(position.since, api.not_after(until)))
            if last
            else Position(position.since, until, page.following)
        )
        stop = last or run.total.pages + batch.counts.pages >= run.max_pages
        if stop or batch.full:
            _load(run, stream, batch, position)
        if stop:
            run.until = position.since if run.until is None else min(run.until, position.since)
            return


def _progress(number: int, of: int | None) -> float:
    """How far along, in [0, 1); without a number of pages it slows down as it goes."""
    return min(number / (of + 1), 0.99) if of else number / (number + 10)


def _load(run: _Run, stream: Stream, batch: _Batch, position: Position) -> None:
    """The batch and the position behind it into the database, both or neither."""
    with write_transaction(run.database, "own", "sync a source") as transaction:
        counts = batch.counts
        if batch.records and stream.name == "costs":
            read, new = enter_daily_costs(transaction, batch.file)
            counts += Counts(0, read, new, read - new, 0)
        elif batch.records:
            source = run.source
            result = load_into(
                transaction, batch.file, stream.format, source.source or None, source.keep_prompts, part=True
            )
            counts += Counts(0, result.read, result.loaded, result.duplicates, result.rejected)
        transaction.detail = f"{run.source.name}, {stream.name}: {counts.loaded:,} of {counts.read:,} loaded"
        transaction.noted = bool(counts.loaded or counts.rejected)
        counts += run.counts[stream.name]
        write_position(transaction.catalogue, run.source, stream.name, position, counts)
    run.counts[stream.name] = counts
    batch.clear()


def _line(record: JsonObject) -> str:
    """A record on one line; one that no reader would take is cut, so that it is refused by itself and kept as refused."""
    line = json.dumps(record)
    return line if len(line) < MAX_LINE_BYTES else line[:_CUT_CHARACTERS]
