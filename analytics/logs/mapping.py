from pathlib import Path
from analytics.logs.formats import Format
def saved_formats(database: Path) -> tuple[Format, ...]:
    return ()
