"""Texts of prompts: not stored unless asked, redacted when asked, and gone from the disk when they are old."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics.errors import RunError, SourceError, UsageError
from analytics.logs import load_log, load_outcomes
from analytics.logs.texts import REDACTED
from analytics.sidebyside import Prompt, list_runs, order_of, outcome_rows, read_run, run_facts
from analytics.sidebyside.forget import forget_prompts
from analytics.sidebyside.ledger import open_ledger, run_file
from analytics.sidebyside.order import Order, order_record
from analytics.sidebyside.outcomes import answer_key
from analytics.sidebyside.pricing import PriceList
from analytics.sidebyside.work import go_on
from analytics.sources.config import Source, add_source, forget_after_days, read_sources, sources_file
from analytics.store import list_changes, open_store, write_transaction

CANARY = "the zebra canary 4711 sings"
ALWAYS = datetime(2100, 1, 1, tzinfo=UTC)
CALL = {
    "request_id": "a",
    "timestamp": "2026-10-01T00:00:00Z",
    "model": "gpt-4o",
    "input_tokens": 10,
    "output_tokens": 5,
}


def jsonl(file: Path, *rows: object) -> Path:
    file.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
    )
    return file


def on_disk(folder: Path, text: str = CANARY, but: Path | None = None) -> list[str]:
    """Files below `folder` with the text in their bytes, as they are and inside compressed Parquet."""
    import polars as pl

    found = []
    for file in folder.rglob("*"):
        if not file.is_file() or file == but:
            continue
        held = file.read_bytes()
        if file.suffix == ".parquet":
            held += str(pl.read_parquet(file).to_dicts()).encode()
        if text.encode() in held:
            found.append(str(file.relative_to(folder)))
    return found


def hostile_log(file: Path) -> Path:
    """A log with the canary wherever a log can have one: prompt, tags, error, a refused row, a line that is no JSON."""
    return jsonl(
        file,
        CALL | {"prompt": CANARY, "Messages": [CANARY], "response_body": CANARY, "kind": "chat"},
        CALL
        | {
            "request_id": "b",
            "prompt": CANARY,
            "status": "error",
            "error": f"refused: {CANARY}",
            "tags": {"Prompt": CANARY, "prompt_version": "7"},
        },
        CALL | {"request_id": "c", "prompt": CANARY, "output_tokens": -1},
        json.dumps(CALL | {"request_id": "d", "prompt": CANARY})[:-3],
    )


@pytest.mark.parametrize("keep", [False, REDACTED])
def test_a_text_is_stored_nowhere_unless_asked_for(keep: bool | str, database: Path, tmp_path: Path) -> None:
    if keep:
        pytest.importorskip("datafog")
    file = hostile_log(tmp_path / "log.jsonl")
    result = load_log(database, file, keep_prompts=keep)
    assert (result.loaded, result.rejected) == (2, 2)
    kept = on_disk(tmp_path, but=file)
    # Redacting takes out what names a person, and no more: the prompt itself is kept then.
    assert [one for one in kept if not one.endswith("requests.parquet")] == ([] if not keep else ["log.duckdb"])
    rows = open_store(database).rows(
        "SELECT prompt, prompt_chars, error, tags::VARCHAR FROM requests ORDER BY request_id"
    )
    assert [(row[0], row[1]) for row in rows] == [(CANARY if keep else None, len(CANARY))] * 2
    assert [row[2] for row in rows] == [None, "refused: [prompt]"]
    assert [json.loads(row[3]) for row in rows] == [{"kind": "chat"}, {"prompt_version": "7"}]


def test_a_broken_csv_line_is_kept_only_where_the_file_has_no_texts(database: Path, tmp_path: Path) -> None:
    head = "request_id,timestamp,model,input_tokens,output_tokens"
    file = tmp_path / "log.csv"
    file.write_text(f"{head},prompt\na,2026-10-01,gpt-4o,1,1,x\nb,2026-10-01,gpt-4o,1,1,{CANARY},too,many\n")
    load_log(database, file)
    plain = tmp_path / "plain.csv"
    plain.write_text(f"{head}\nc,2026-10-01,gpt-4o,1,1\nd,2026-10-01,gpt-4o,1,1,too,many\n")
    load_log(database, plain)
    raw = [row[0] for row in open_store(database).rows("SELECT raw FROM rejections ORDER BY load_id")]
    assert raw == ["", "d,2026-10-01,gpt-4o,1,1,too,many"]


def test_what_names_a_person_is_redacted(database: Path, tmp_path: Path) -> None:
    pytest.importorskip("datafog")
    text = (
        "Write to ann.lee@example.com or +1 (555) 123-4567 about card 4111 1111 1111 1111, SSN 123-45-6789, IBAN GB82 WEST 1234 5698 "
        "7654 32, host 192.168.1.20, key sk-proj-abcdEFGH1234567890abcd. What is 6 times 7?"
    )
    load_log(database, jsonl(tmp_path / "log.jsonl", CALL | {"prompt": text}), keep_prompts=REDACTED)
    pairs = [{"prompt_id": "p", "model": model, "quality": 1.0, "prompt": text} for model in ("gpt-4o", "gpt-4o-mini")]
    load_outcomes(database, jsonl(tmp_path / "pairs.jsonl", *pairs), redact=True)
    store = open_store(database)
    for table in ("requests", "outcomes"):
        prompt, chars, hashed = store.rows(
            f"SELECT any_value(prompt), any_value(prompt_chars), any_value(prompt_hash) FROM {table}"
        )[0]
        assert prompt.startswith(
            "Write to [EMAIL_1] or [PHONE_1] about card [CREDIT_CARD_1], SSN [SSN_1], IBAN [IBAN], host [IP_ADDRESS_1], key [KEY]"
        )
        assert prompt.endswith("What is 6 times 7?")
        assert chars == len(text)
        assert store.rows("SELECT md5($text)", {"text": text})[0][0] == hashed  # pairs still find their request
    assert on_disk(tmp_path / "log.duckdb.segments", "ann.lee") == []
    assert b"ann.lee" not in database.read_bytes()


def loaded_everywhere(database: Path, tmp_path: Path) -> None:
    """The canary in every place that keeps a text when it is asked to."""
    load_log(database, hostile_log(tmp_path / "log.jsonl"), keep_prompts=True)
    late = CALL | {"request_id": "z", "timestamp": "2026-11-20T00:00:00Z", "prompt": "a young prompt"}
    load_log(database, jsonl(tmp_path / "late.jsonl", late), keep_prompts=True)
    load_log(database, jsonl(tmp_path / "scores.jsonl", {"request_id": "a", "quality": 0.5}), "scores")
    load_outcomes(
        database,
        jsonl(tmp_path / "pairs.jsonl", {"prompt_id": "p", "model": "gpt-4o", "quality": 1.0, "prompt": CANARY}),
    )
    with write_transaction(database, "own", "test") as transaction:
        findings = json.dumps({"words": {"gpt-4o": [CANARY]}, "apgr": 0.5})
        transaction.catalogue.execute(
            "INSERT INTO routers VALUES ('default', 1, '2026-10-02', 'quality', ['gpt-4o'], ?)", [findings]
        )
    order = Order(
        (Prompt("p", CANARY, expected="42"), Prompt("q", CANARY, expected="1")),
        ("gpt-4o",),
        check="numeric",
        judge="gpt-4o",
    )
    with open_ledger(database, "20261001-120000-abcdef", order_record(order)) as (ledger, _):
        end = {
            "kind": "end",
            "attempt": 1,
            "status": "ok",
            "cost_usd": 0.01,
            "stopped_because": "",
            "input_tokens": 7,
            "output_tokens": 3,
        }
        for prompt_id, answer in (("p", f"{CANARY} 42"), ("q", f"{CANARY} 2")):
            ledger.append(
                {
                    **end,
                    "call": answer_key(prompt_id, "gpt-4o"),
                    "origin": "user",
                    "model": "gpt-4o",
                    "prompt_id": prompt_id,
                    "text": answer,
                }
            )
            for direction in ("forward", "reverse"):
                key = json.dumps(["judge", prompt_id, direction, "gpt-4o", "gpt-4o"])
                ledger.append(
                    {
                        **end,
                        "call": key,
                        "origin": "judge",
                        "model": "gpt-4o",
                        "prompt_id": prompt_id,
                        "text": f'{CANARY} {{"A": 7}}',
                    }
                )


def sources_of_text(tmp_path: Path) -> None:
    for file in tmp_path.glob("*.jsonl"):
        file.unlink()


def test_old_texts_leave_the_disk_and_every_number_stays(database: Path, tmp_path: Path) -> None:
    loaded_everywhere(database, tmp_path)
    sources_of_text(tmp_path)
    assert {Path(one).name for one in on_disk(tmp_path)} == {
        "log.duckdb",
        "requests.parquet",
        "20261001-120000-abcdef.jsonl",
    }
    store = open_store(database)
    prices = PriceList(database)
    numbers = {
        "requests": "SELECT * EXCLUDE (prompt, tags, error) FROM requests ORDER BY request_id",
        "rollup": "SELECT * FROM rollup ORDER BY ALL",
        "scores": "SELECT * FROM class_scores ORDER BY ALL",
        "outcomes": "SELECT * EXCLUDE (prompt) FROM outcomes ORDER BY ALL",
        "loads": "SELECT * FROM loads ORDER BY load_id",
        "rejections": "SELECT load_id, line, reason FROM rejections ORDER BY ALL",
    }
    before = {name: store.frame(sql) for name, sql in numbers.items()}
    (run_id,) = list_runs(database)
    run = read_run(database, run_id)
    rows, facts = outcome_rows(run, prices), run_facts(run)
    assert [row["quality"] for row in rows] == [1.0, 0.0]
    assert rows[0]["judge_score"] == pytest.approx(0.7)

    found = forget_prompts(database, datetime.now(UTC) + timedelta(seconds=5))

    assert on_disk(tmp_path) == []
    assert (found.database.requests, found.database.outcomes, found.database.routers, found.runs) == (3, 1, 1, 1)
    after = open_store(database)
    for name, sql in numbers.items():
        assert after.frame(sql).equals(before[name]), name
    run = read_run(database, run_id)
    assert [row | {"prompt": None} for row in rows] == outcome_rows(run, prices)
    assert run_facts(run) == facts
    assert order_of(run.order).prompts[0].text == ""
    with pytest.raises(RunError, match="were forgotten"):
        go_on(database, run_id)
    latest = list_changes(after).row(0, named=True)
    assert latest["what"] == "forget prompts"
    assert CANARY not in str(list_changes(after).to_dicts())
    # Nothing is left to forget: nothing is written.
    assert forget_prompts(database, ALWAYS).database.total == 0
    assert open_store(database).version == after.version
    load_log(database, jsonl(tmp_path / "more.jsonl", CALL | {"request_id": "n"}))  # and the database goes on


def test_young_texts_stay(database: Path, tmp_path: Path) -> None:
    loaded_everywhere(database, tmp_path)
    found = forget_prompts(database, datetime(2026, 11, 1, tzinfo=UTC))
    store = open_store(database)
    assert store.rows("SELECT request_id FROM requests WHERE prompt IS NOT NULL") == [("z",)]
    assert (found.database.outcomes, found.database.refused_rows) == (0, 0)  # loaded today
    assert store.rows("SELECT count(*) FROM outcomes WHERE prompt IS NOT NULL") == [(1,)]


def test_a_run_that_is_going_on_is_left_alone(database: Path, tmp_path: Path) -> None:
    loaded_everywhere(database, tmp_path)
    (run_id,) = list_runs(database)
    with open_ledger(database, run_id):
        found = forget_prompts(database, ALWAYS)
    assert found.busy == (run_id,)
    assert CANARY.encode() in run_file(database, run_id).read_bytes()


def test_retention_stands_in_the_sources_file_and_survives_a_new_source(database: Path) -> None:
    sources_file(database).write_text("forget_prompts_after_days = 30\n")
    add_source(database, Source("one", "litellm", "https://llm.example.com", "LITELLM_KEY", keep_prompts=REDACTED))
    assert forget_after_days(database) == 30
    assert read_sources(database)[0].keep_prompts == REDACTED
    for wrong in ("0", "-1", "true", "1.5", '"30"'):
        sources_file(database).write_text(f"forget_prompts_after_days = {wrong}\n")
        with pytest.raises(SourceError, match="whole number of days"):
            read_sources(database)


def test_redacting_without_the_package_says_so(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analytics.logs import texts

    texts.redactor.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "datafog", None)
    with pytest.raises(UsageError, match="pip install datafog"):
        load_log(database, jsonl(tmp_path / "log.jsonl", CALL | {"prompt": "x"}), keep_prompts=REDACTED)
    texts.redactor.cache_clear()
