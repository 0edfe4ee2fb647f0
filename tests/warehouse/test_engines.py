"""What is written for each engine: everything it differs in, text that its dialect reads, and values that stay values."""

from types import SimpleNamespace

import duckdb
import pytest
from sqlglot import exp, parse_one

from analytics.engines import ENGINES, Window
from analytics.engines.connection import Address, connect
from analytics.engines.dialects import REWRITES
from analytics.engines.kinds import engine_of
from analytics.engines.translate import translated
from analytics.errors import SourceError
from analytics.logs.fields import REQUEST_FIELDS
from analytics.store.segments import segment_schema
from analytics.traffic.segment import ROLLUPS, question_sql
from analytics.warehouse.address import checked_engine_url
from analytics.warehouse.relations import (
    prices_sql,
    request_relations,
    scored_relations,
    source_rows_sql,
    staged_relations,
)

KINDS = {"text": "VARCHAR", "timestamp": "TIMESTAMP WITH TIME ZONE", "count": "BIGINT", "number": "DOUBLE", "share": "DOUBLE", "boolean": "BOOLEAN"}  # fmt: skip
HOSTILE = ("' OR 1=1 --", "\\' OR 1=1 --", 'a"b`c', "x\\", "$where", "%s", "模型\n;DROP TABLE log")
PAGES = (
    "SELECT request_id, strftime(timestamp AT TIME ZONE 'Asia/Kathmandu', '%Y-%m-%d %H:%M:%S') AS at, epoch_us(timestamp) AS sort_value "
    "FROM requests WHERE timestamp >= TIMESTAMPTZ '2026-10-01' AND contains(request_id, $text) AND list_contains($models, model) "
    "AND (source, request_id) < ('a', 'b') ORDER BY timestamp DESC, source DESC, request_id DESC LIMIT 51",
    "SELECT CASE WHEN hour(timestamp) > 6 AND dayofweek(timestamp) = 0 THEN 0 ELSE 1 END AS route, time_bucket(INTERVAL 15 MINUTE, timestamp) AS b, "
    "sum(list_cost_usd) FILTER (batch) AS usd FROM requests GROUP BY ALL ORDER BY ALL",
)  # fmt: skip


def written(engine: str, question: str, **values: object) -> str:
    """A question over a log with every column, in the SQL of an engine."""
    found = {field.name: KINDS[field.kind] for field in REQUEST_FIELDS}
    text, types = source_rows_sql("log", '"llm"."Log"', found, {}, ENGINES[engine])
    prices = prices_sql(
        [["gpt-4o", None, "gpt-4o", "openai", None, None, 0, None, 2.5, 10.0, 1.25, None, None, None, 0.5]]
    )
    staged = staged_relations(text, types, prices, True, "warehouse")
    over = (*staged, *request_relations(), ("requests", "SELECT * EXCLUDE (fell_back) FROM clean"), *scored_relations("SELECT * FROM late", "clean", "warehouse"))  # fmt: skip
    with duckdb.connect() as here:
        here.execute(segment_schema)
        names = {row[0]: row[1] for row in here.execute("DESCRIBE requests").fetchall()}
    tables = {"clean": names | {"fell_back": "BOOLEAN"}, "scored": names | {"fell_back": "BOOLEAN"}, "requests": names}
    return translated(question, values, ENGINES[engine], over, Window().values(), tables).sql


@pytest.mark.parametrize("engine", ENGINES)
def test_every_sum_is_written_in_the_words_of_the_engine(engine: str) -> None:
    for question in (*map(question_sql, ROLLUPS), *PAGES):
        asked = {"text": "x", "models": ["a"]} if "$text" in question else {}
        sql = written(engine, question, **asked)
        tree = parse_one(sql, dialect=ENGINES[engine].dialect)
        assert isinstance(tree, exp.Query)
        assert "<window" not in sql
        for foreign in (
            ()
            if engine == "duckdb"
            else (
                "FILTER",
                "GROUP BY ALL",
                "TIME_BUCKET",
                "HASH(",
                "ISFINITE",
                "UTINYINT",
                "EXCLUDE",
                "REGEXP",
                "QUALIFY",
            )
        ):
            assert foreign not in sql.upper(), (foreign, sql[:300])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_stays_a_value(engine: str, value: str) -> None:
    sql = written(engine, "SELECT count(*) AS n FROM requests WHERE model = $model", model=value)
    tree = parse_one(sql, dialect=ENGINES[engine].dialect)
    compared = tree.args["where"].this
    assert isinstance(compared, exp.EQ)
    assert compared.expression.is_string
    assert compared.expression.this == value


def test_every_difference_has_its_rewrite_and_its_engine() -> None:
    listed = {name for engine in ENGINES.values() for name in engine.differs}
    assert listed == set(REWRITES)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://reader@db.example.com/x", "names no engine"),
        ("postgres://reader:geheim@db.example.com/x", "holds a password"),
        ("postgres:///x", "names no host"),
        ("postgres://reader@db.example.com/x?host=169.254.169.254", "may not ask for 'host'"),
        ("postgres://reader@db.example.com/x?password=geheim", "may not ask for 'password'"),
        ("pyspark://?spark.jars=http://evil.example/x.jar", "may not ask for 'spark.jars'"),
        ("duckdb://?allow_unsigned_extensions=true", "nothing is known there"),
    ],
)
def test_an_address_is_checked(url: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        checked_engine_url(url)
    assert said in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_addresses_of_every_engine_are_known() -> None:
    assert engine_of("postgresql://reader@db.example.com/x") == "postgres"
    for name in ENGINES:
        assert engine_of(f"{name}://x") == name


@pytest.mark.parametrize("name", ["duckdb", "pyspark"])
def test_a_session_begins_with_what_its_engine_needs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark's optimizer must not infer constraints: over the log's derived columns its driver runs out of memory."""
    asked: list[str] = []
    backend = SimpleNamespace(raw_sql=asked.append)
    monkeypatch.setattr("ibis.connect", lambda *_, **__: backend)
    connect(Address(f"{name}://session-of-a-test"))
    assert tuple(asked) == ENGINES[name].start
    assert any("UTC" in one for one in asked)
    assert any("constraintPropagation.enabled = false" in one for one in asked) is (name == "pyspark")
