"""Where things are and the few constants that everything shares."""

import os
from pathlib import Path

home = Path(__file__).resolve().parent.parent
data_dir = home / "data"
architectures_dir = data_dir / "architectures"

MONTH_DAYS = 365.25 / 12
MAX_LINE_BYTES = 8 * 1024 * 1024


def own_database() -> Path:
    """The user's database: `$ROUTECAST_DB`, else data/routecast.duckdb."""
    configured = os.environ.get("ROUTECAST_DB")
    return Path(configured).expanduser() if configured else data_dir / "routecast.duckdb"


def demo_database() -> Path:
    """The demo's database, apart from the user's so that the two never mix."""
    return data_dir / "demo.duckdb"


def default_database() -> Path:
    """What opens when nobody says: `$ROUTECAST_DB`, else the user's database if it exists, else the demo's."""
    own = own_database()
    return own if os.environ.get("ROUTECAST_DB") or own.exists() else demo_database()
