"""A scope's days are local: by instants as by converting every row."""

from datetime import date

import duckdb
import pytest

from analytics.scope import Scope


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York", "America/Havana", "Pacific/Auckland"])
def test_local_days_are_those_of_a_conversion_row_by_row(zone: str) -> None:
    """Every quarter of an hour around both changes of the clock of 2026; in Havana one of them is at midnight."""
    connection = duckdb.connect()
    connection.execute("SET timezone = 'UTC'")
    connection.execute(
        "CREATE TABLE log AS SELECT unnest(generate_series(TIMESTAMPTZ '2026-03-01', TIMESTAMPTZ '2026-11-20', INTERVAL 15 MINUTE)) AS bucket"
    )
    for start, end in (
        (date(2026, 3, 8), date(2026, 3, 8)),
        (date(2026, 4, 5), date(2026, 10, 31)),
        (date(2026, 11, 1), None),
    ):
        where, values = Scope(start, end, time_zone=zone).where("bucket")
        found = connection.execute(
            f"SELECT count(*), min(bucket)::TEXT, max(bucket)::TEXT FROM log WHERE {where}", values
        ).fetchall()
        expected = connection.execute(
            f"SELECT count(*), min(bucket)::TEXT, max(bucket)::TEXT FROM log WHERE (bucket AT TIME ZONE '{zone}')::DATE "
            f"BETWEEN '{start}' AND '{end or date(2099, 1, 1)}'"
        ).fetchall()
        assert found == expected
