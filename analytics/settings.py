"""Where things are and the few constants that everything shares."""

import os
from pathlib import Path

home = Path(__file__).resolve().parent.parent
data_dir = home / "data"
architectures_dir = data_dir / "architectures"

MONTH_DAYS = 365.25 / 12
MAX_LINE_BYTES = 8 * 1024 * 1024
# A record of JSON may be longer than a row of CSV.
MAX_RECORD_BYTES = 2 * MAX_LINE_BYTES


def _configured(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value).expanduser() if value else None


def own_database() -> Path:
    """The user's database: `$ROUTECAST_DB`, else data/routecast.duckdb."""
    return _configured("ROUTECAST_DB") or _configured("ROUTECAST_OWN_DB") or data_dir / "routecast.duckdb"


def demo_database() -> Path:
    """The demo's database, apart from the user's so that the two never mix."""
    return _configured("ROUTECAST_DEMO_DB") or data_dir / "demo.duckdb"


def default_database() -> Path:
    """What opens when nobody says: `$ROUTECAST_DB`, else the user's database if it exists, else the demo's."""
    own = own_database()
    return own if os.environ.get("ROUTECAST_DB") or own.exists() else demo_database()
