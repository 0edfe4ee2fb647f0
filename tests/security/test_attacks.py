"""Untrusted input at every door: each attack ends in one clear sentence, or in nothing; none reaches beyond its door.

What other tests hold already is not here: addresses (sources/test_config.py, sidebyside/test_endpoints.py), keys that leak
(sources/test_secrets.py), HTML, slides and CSV of reports (reports/test_hostile.py), Markdown (charts/test_markdown.py),
conditions (policies/test_predicate.py), packed links (policies/test_link.py), damaged files (logs/test_fuzz.py).
"""

import gzip
import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from analytics.errors import ArchitectureError, LoadError, PriceError, RoutecastError, RunError, SourceError, StoreError
from analytics.logs import load_log, load_outcomes
from analytics.logs.guess import guess_mapping
from analytics.logs.mapping import Column, Mapping, mappings_file, save_mapping, saved_mappings
from analytics.policies import load_architecture, parse_architecture
from analytics.prices.own import own_prices_file, read_own_prices
from analytics.reconcile import load_invoices
from analytics.saved import read_saved
from analytics.sidebyside import endpoints_file, read_endpoints, read_prompts, read_run
from analytics.sources.config import read_sources, sources_file
from analytics.store import open_store, write_transaction

HEAD = "request_id,timestamp,model,input_tokens,output_tokens"
GOOD = "a,2026-10-01,gpt-4o,10,5"
CALL = {"request_id": "a", "timestamp": "2026-10-01", "model": "gpt-4o", "input_tokens": 10, "output_tokens": 5}
MEGABYTE = 2**20
BOMB_MEGABYTES = 64


def packed(file: Path, start: bytes, filling: bytes) -> Path:
    """A gzip file whose content is `start` and then 64 MB of the filling, without an end of line."""
    with gzip.open(file, "wb", compresslevel=1) as stream:
        stream.write(start)
        for _ in range(BOMB_MEGABYTES):
            stream.write(filling * (MEGABYTE // len(filling)))
    return file


def packed_zstd(file: Path) -> Path:
    with pa.CompressedOutputStream(str(file), "zstd") as stream:
        stream.write(json.dumps(CALL).encode() + b'\n{"request_id":"')
        for _ in range(BOMB_MEGABYTES):
            stream.write(b"a" * MEGABYTE)
    return file


def written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000
UPLOADS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "gzip bomb, one endless CSV line": (lambda at: packed(at / "x.csv.gz", f"{HEAD}\na,".encode(), b"1"), "longer than 8 MB"),
    "gzip bomb, one endless JSON line": (lambda at: packed(at / "x.jsonl.gz", json.dumps(CALL).encode() + b'\n{"a":"', b"a"), "longer than 16 MB"),
    "gzip bomb, endless blanks after a good row": (lambda at: packed(at / "x.jsonl.gz", json.dumps(CALL).encode() + b"\n", b" "), "longer than 16 MB"),
    "gzip bomb, nothing but blanks": (lambda at: packed(at / "x.jsonl.gz", b" ", b" "), "only blank lines"),
    "gzip bomb, zeros": (lambda at: packed(at / "x.gz", b"", b"\0"), "binary file"),
    "zstd bomb": (lambda at: packed_zstd(at / "x.jsonl.zst"), "longer than 16 MB"),
    "zip": (lambda at: _bytes(at / "x.zip", b"PK\x03\x04" + b"\0" * 64), "a ZIP or Excel file"),
    "xlsx": (lambda at: _bytes(at / "x.csv", b"PK\x03\x04" + b"\0" * 64), "a ZIP or Excel file"),
    "100,000 columns in a CSV": (lambda at: written(at / "x.csv", ",".join(map("c{}".format, range(100_000))) + "\n1\n"), "columns, and 2,000 is the most"),
    "20,000 keys in a record": (lambda at: written(at / "x.jsonl", json.dumps(CALL | {f"k{n}": n for n in range(20_000)}) + "\n"), "columns, and 2,000 is the most"),
    "20,000 keys in a later record": (
        lambda at: written(at / "x.jsonl", (json.dumps(CALL) + "\n") * 60 + json.dumps(CALL | {f"k{n}": n for n in range(20_000)}) + "\n"),
        "columns, and 2,000 is the most",
    ),
    "a million opening brackets": (lambda at: written(at / "x.json", "[" * 1_000_000), "cannot be read"),
    "100,000 nested objects": (lambda at: written(at / "x.jsonl", DEEP + "\n"), "no column request_id"),
    "a number too large for any column": (lambda at: written(at / "x.csv", f"{HEAD}\na,2026-10-01,gpt-4o,{'9' * 400},5\n"), "input_tokens"),
}  # fmt: skip


def _bytes(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("attack", UPLOADS)
def test_a_hostile_file_is_one_sentence_in_little_memory(attack: str, database: Path, tmp_path: Path) -> None:
    make, said = UPLOADS[attack]
    file = make(tmp_path)
    tracemalloc.start()
    with pytest.raises(LoadError, match=said) as refused:
        load_log(database, file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Python's part of the memory, where an endless line would be; DuckDB bounds its own by the longest line allowed.
    assert peak < 64 * MEGABYTE
    assert "Traceback" not in str(refused.value)
    assert not database.exists()


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_json_in_tags_loads_or_is_refused(depth: int, database: Path, tmp_path: Path) -> None:
    tags = '{"prompt":' * depth + "1" + "}" * depth
    file = written(
        tmp_path / "x.jsonl",
        json.dumps(CALL | {"tags": 0}).replace('"tags": 0', f'"tags": {tags}')
        + "\n"
        + json.dumps(CALL | {"request_id": "b"})
        + "\n",
    )
    assert load_log(database, file).loaded >= 1


# A file's name is given to DuckDB, whose readers take names for patterns.
NAMES = (
    "*.csv",
    "?.csv",
    "[ab].csv",
    "a'b.csv",
    "a;DROP TABLE meta;.csv",
    "-rf.csv",
    "$(touch x).csv",
    "نموذج\u202e.csv",
    "x.csv?hive=1",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("load", [load_log, load_outcomes])
def test_a_name_reads_no_other_file(
    name: str, load: Callable[[Path, Path], object], database: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    rows = {
        load_log: (HEAD, GOOD, "b,2026-10-01,gpt-4o,1,1"),
        load_outcomes: ("prompt_id,model,quality", "a,gpt-4o,1", "b,gpt-4o,1"),
    }[load]
    for other in ("a.csv", "b.csv"):
        written(folder / other, f"{rows[0]}\n{rows[2]}\n")
    load(database, written(folder / name, f"{rows[0]}\n{rows[1]}\n"))
    found = open_store(database).rows("SELECT request_id FROM requests UNION ALL SELECT prompt_id FROM outcomes")
    assert found == [("a",)]
    assert open_store(database).rows("SELECT file FROM loads") == [(name,)]


def test_a_database_in_a_folder_named_like_a_pattern_reads_its_own_segments(tmp_path: Path) -> None:
    for folder, row in (("db", "b,2026-10-01,gpt-4o,2,2"), ("d[b]", GOOD)):
        (tmp_path / folder).mkdir()
        load_log(tmp_path / folder / "log.duckdb", written(tmp_path / folder / "log.csv", f"{HEAD}\n{row}\n"))
    for folder, wanted in (("db", "b"), ("d[b]", "a")):
        assert open_store(tmp_path / folder / "log.duckdb").rows("SELECT request_id FROM requests") == [(wanted,)]


@pytest.mark.parametrize(
    "row",
    [
        {"tags": {"$ref": "file:///etc/passwd"}},
        {"prompt": "@/etc/passwd"},
        {"error": "read_text('/etc/passwd')"},
        {"model": "'); SELECT * FROM read_text('/etc/passwd'); --"},
    ],
)
def test_content_that_names_a_file_is_only_text(row: dict[str, object], database: Path, tmp_path: Path) -> None:
    load_log(database, written(tmp_path / "x.jsonl", json.dumps(CALL | row) + "\n"), keep_prompts=True)
    assert "root:" not in str(open_store(database).rows("SELECT * FROM requests"))


def test_a_write_that_loads_a_file_reads_nothing_else(database: Path, tmp_path: Path) -> None:
    secret = written(tmp_path / "secret.csv", f"{HEAD}\n{GOOD}\n")
    file = written(tmp_path / "log.csv", f"{HEAD}\n{GOOD}\n")
    with write_transaction(database, "own", "test") as transaction:
        transaction.reads_only(file)
        read = transaction.catalogue
        assert len(read.execute(f"SELECT * FROM read_csv('{file}')").fetchall()) == 1
        for reach in (
            f"SELECT * FROM read_csv('{secret}')",
            f"SELECT * FROM glob('{tmp_path}/*')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            f"ATTACH '{tmp_path}/other.duckdb' AS other",
            "SELECT * FROM read_text('https://example.com/')",
            "SET enable_external_access = true",
            "INSTALL httpfs",
            "LOAD httpfs",
        ):
            with pytest.raises(duckdb.Error):
                read.execute(reach)
    assert sorted(one.name for one in tmp_path.iterdir() if one.suffix in (".csv", ".duckdb")) == [
        "log.csv",
        "log.duckdb",
        "secret.csv",
    ]


def test_the_dashboards_connection_reaches_nothing_and_stays_locked(database: Path, tmp_path: Path) -> None:
    load_log(database, written(tmp_path / "log.csv", f"{HEAD}\n{GOOD}\n"))
    store = open_store(database)
    outside = tmp_path / "leak.csv"
    for reach in (
        "SELECT * FROM read_text('/etc/passwd')",
        f"COPY (SELECT 1) TO '{outside}'",
        f"WITH w AS (COPY (SELECT 1) TO '{outside}') SELECT 1",
        f"ATTACH '{tmp_path}/other.duckdb' AS other",
        f"SELECT * FROM read_parquet('{tmp_path}/log.duckdb.segments/../../*/*.parquet')",
        "WITH d AS (DELETE FROM catalogue.meta RETURNING *) SELECT * FROM d",
        "DROP TABLE catalogue.loads",
        "SET enable_external_access = true",
        "SET GLOBAL allowed_directories = ['/']",
        "RESET lock_configuration",
        "PRAGMA enable_external_access",
        "INSTALL httpfs",
        "EXPORT DATABASE '/tmp/leak'",
    ):
        with pytest.raises((duckdb.Error, StoreError)):
            store.rows(reach)
    assert not outside.exists()
    assert store.rows("SELECT request_id FROM requests") == [("a",)]


BROKEN_TOML = {
    "no TOML": "[[[",
    "a billion years": "x = 9999999999-01-01",
    "deep arrays": "x = " + "[" * 100_000,
    "not UTF-8": "\udcff",
    "a megabyte of keys": "\n".join(f"k{n} = {n}" for n in range(60_000)),
    "a wrong shape": "price = 3\nendpoint = 3\nsource = 3\nname = 3\ndefault = 3\n",
}
READERS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], object]]] = {
    "architecture": (lambda database: database.with_name("architecture.toml"), lambda database: load_architecture(database.with_name("architecture.toml"))),
    "prices": (own_prices_file, lambda database: read_own_prices(own_prices_file(database))),
    "sources": (sources_file, read_sources),
    "endpoints": (endpoints_file, read_endpoints),
    "mappings": (mappings_file, saved_mappings),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("attack", BROKEN_TOML)
def test_a_hostile_toml_file_is_one_sentence(attack: str, reader: str, database: Path) -> None:
    place, read = READERS[reader]
    place(database).write_bytes(BROKEN_TOML[attack].encode("utf-8", "surrogateescape"))
    with pytest.raises(RoutecastError) as refused:
        read(database)
    assert len(str(refused.value)) < 2_000


PREDICATES = (
    "1 = 1; DROP TABLE meta",
    "use_case in (SELECT file FROM loads)",
    "read_text('/etc/passwd') = 'x'",
    "use_case = (SELECT getenv('HOME'))",
    "exists (select 1)",
    "use_case like '%' || chr(39) || '%' or pg_sleep(10)",
    "complexity < 0.5 -- \n union select 1",
    "regexp_matches(use_case, '(a+)+$')",
    "query_table('loads') is not null",
    "COLUMNS('.*') = 'x'",
    "getvariable('x') = 1",
    "(" * 5_000 + "true" + ")" * 5_000,
    " and ".join(["complexity < 0.5"] * 20_000),
)


@pytest.mark.parametrize("text", PREDICATES)
def test_a_condition_reaches_no_further_than_its_columns(text: str) -> None:
    toml = f'name = "x"\n[[route]]\nwhen = {json.dumps(text)}\nuse = "gpt-4o"\n[default]\nuse = "gpt-4o"\n'
    started = time.monotonic()
    with pytest.raises(ArchitectureError):
        parse_architecture(toml)
    assert time.monotonic() - started < 30


INVOICES = {
    "deep JSON": ("i.json", "[" * 200_000),
    "formula as an amount": ("i.csv", "provider,month,amount\nopenai,2026-10,=1+1\n"),
    "an amount without end": ("i.csv", "provider,month,amount\nopenai,2026-10,1e999\n"),
    "a month beyond time": ("i.csv", "provider,month,amount\nopenai,99999-10,1\n"),
    "the last month there is": ("i.csv", "provider,month,amount\nopenai,9999-12,1\n"),
    "no UTF-8": ("i.csv", "provider,month,amount\n\udcff,2026-10,x\n"),
    "a field without end": ("i.csv", 'provider,month,amount\nopenai,2026-10,"' + "1" * 200_000 + "\n"),
}


@pytest.mark.parametrize("attack", INVOICES)
def test_a_hostile_invoice_is_one_sentence(attack: str, database: Path, tmp_path: Path) -> None:
    load_log(database, written(tmp_path / "log.csv", f"{HEAD}\n{GOOD}\n"))
    name, text = INVOICES[attack]
    file = _bytes(tmp_path / name, text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LoadError):
        load_invoices(database, [file])


PROMPTS = {
    "deep JSON": ("p.jsonl", DEEP + "\n"),
    "no prompt at all": ("p.csv", "a,b\n1,2\n"),
    "a broken Parquet": ("p.parquet", "PAR1" + "x" * 100),
    "not UTF-8": ("p.txt", "\udcff"),
    "a prompt without end": ("p.txt", "x" * 5_000_000),
}


@pytest.mark.parametrize("attack", PROMPTS)
def test_a_hostile_file_of_prompts_is_one_sentence(attack: str, tmp_path: Path) -> None:
    name, text = PROMPTS[attack]
    with pytest.raises(LoadError):
        read_prompts(_bytes(tmp_path / name, text.encode("utf-8", "surrogateescape")))


def test_a_bomb_of_prompts_does_not_unpack(tmp_path: Path) -> None:
    for name in ("p.csv", "p.jsonl", "p.txt"):
        file = packed(tmp_path / "x.gz", b"prompt\n", b"a").rename(tmp_path / name)
        with pytest.raises(LoadError):
            read_prompts(file)


@pytest.mark.parametrize(
    "reference", ["../../etc/passwd", "x' OR 1=1 --", "a.b.c", "." * 10_000, "\x00", "1e9", "a.-1"]
)
def test_a_link_to_something_kept_is_only_a_name(reference: str, database: Path) -> None:
    with write_transaction(database, "own", "test"):
        pass
    assert read_saved(open_store(database), reference) is None


@pytest.mark.parametrize(
    "run_id", ["../../../etc/passwd", "20261001-120000-abcdef/../x", "", "20261001-120000-abcdeg", "\x00"]
)
def test_a_run_is_named_by_its_id_alone(run_id: str, database: Path) -> None:
    with pytest.raises(RunError):
        read_run(database, run_id)


@pytest.mark.parametrize("place", ["/dev/zero", "/dev/stdin", "/proc/self/environ", "/etc", "/nowhere/x.csv", "\x00"])
def test_a_path_that_is_no_log_is_refused(place: str, database: Path) -> None:
    with pytest.raises(LoadError):
        load_log(database, Path(place))
    with pytest.raises(LoadError):
        guess_mapping(Path(place), "x")


def test_a_mapping_cannot_be_named_into_another_table(database: Path) -> None:
    columns = {name: Column(name) for name in ("timestamp", "model", "input_tokens", "output_tokens")}
    save_mapping(database, Mapping('x]\n[y"', ("timestamp",), columns))
    assert list(saved_mappings(database)) == ['x]\n[y"']


def test_a_price_file_that_is_a_folder_or_a_database_that_is_a_device_says_so(database: Path) -> None:
    own_prices_file(database).mkdir()
    with pytest.raises(PriceError):
        read_own_prices(own_prices_file(database))
    sources_file(database).mkdir()
    with pytest.raises(SourceError):
        read_sources(database)
    with pytest.raises(StoreError):
        open_store(Path("/dev/zero"))
