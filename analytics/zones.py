"""Time zones people live in: the names of the IANA database, one for each place, without its old spellings."""

import importlib.resources
import zoneinfo
from functools import cache
from pathlib import Path


@cache
def zone_names() -> tuple[str, ...]:
    """UTC, then the names of the IANA list of places (zone.tab) in order; what Python and DuckDB both know."""
    places = {line.split("\t")[2] for line in _lines("zone.tab") if line and not line.startswith("#")}
    known = zoneinfo.available_timezones()
    if not places:  # no list of places on this machine: every Area/Place is better than none
        places = {
            name
            for name in known
            if "/" in name and not name.startswith(("Etc/", "US/", "SystemV/", "posix/", "right/"))
        }
    return ("UTC", *sorted(places & known))


def canonical_zone(name: str | None) -> str | None:
    """The name in `zone_names` for what a browser says (Asia/Calcutta is Asia/Kolkata); None for what nobody knows."""
    if name is None or name in zone_names():
        return name
    target = _aliases().get(name)
    return target if target in zone_names() else None


@cache
def _aliases() -> dict[str, str]:
    """Old names and the names they stand for."""
    links = [line.split() for line in _lines("tzdata.zi") if line.startswith("L ")]
    aliases = {link[2]: link[1] for link in links}
    return aliases | dict.fromkeys(("Etc/UTC", "Etc/GMT", "GMT", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu"), "UTC")


def _lines(name: str) -> list[str]:
    """A file of the time zone database, from the system or from the tzdata package; empty without either."""
    for folder in zoneinfo.TZPATH:
        if (file := Path(folder, name)).is_file():
            return file.read_text(encoding="utf-8").splitlines()
    try:
        return importlib.resources.files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8").splitlines()
    except (ModuleNotFoundError, OSError):
        return []
