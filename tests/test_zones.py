"""Every zone that is offered works in Python and in DuckDB; browsers' old names are understood."""

import zoneinfo

import duckdb
import pytest

from analytics.zones import canonical_zone, zone_names


def test_all_places_are_offered_and_known_to_both() -> None:
    names = zone_names()
    assert names[0] == "UTC"
    assert len(names) == len(set(names)) > 400
    assert {
        "Europe/Berlin",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "America/Argentina/Buenos_Aires",
        "Pacific/Chatham",
    } <= set(names)
    assert not {"Asia/Calcutta", "US/Eastern", "Etc/GMT+5", "EST"} & set(names)
    assert set(names) <= zoneinfo.available_timezones()
    with duckdb.connect() as connection:
        known = {row[0] for row in connection.execute("SELECT name FROM pg_timezone_names()").fetchall()}
    assert set(names) <= known


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Asia/Calcutta", "Asia/Kolkata"), ("Europe/Kiev", "Europe/Kyiv"), ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Etc/UTC", "UTC"), ("Europe/Amsterdam", "Europe/Amsterdam"), ("Mars/Olympus", None), (None, None),
    ],
)  # fmt: skip
def test_what_a_browser_says_is_understood(said: str | None, meant: str | None) -> None:
    assert canonical_zone(said) == meant
