"""Which architectures make sense to compare on a log, the most telling first."""

from pathlib import Path

from analytics import audit, settings
from analytics.errors import RoutecastError
from analytics.policies import Architecture, load_architecture, parse_architecture, route_sql, single_model
from analytics.saved import list_saved
from analytics.store import Store

# In this order the shipped architectures explain each other; others follow by file name.
SHIPPED = ("single-opus", "single-sonnet", "multi-model", "learned", "cascade")
COMPARED = 3
OWN_MODELS = 4


def offered_architectures(store: Store) -> list[Architecture]:
    """On a user's own log its dearest model alone, what was kept, the other models it knows, and the shipped files of which
    any rule is met; each once. On the demo the shipped files, then what was kept.
    """
    shipped, kept = [load_architecture(file) for file in shipped_files()], _kept(store)
    if store.kind == "demo":
        return [*shipped, *kept]
    singles = [single_model(model) for model in known_models(store)[:OWN_MODELS]]
    found = [*singles[:1], *kept, *singles[1:], *(one for one in shipped if is_met(store, one))]
    once: dict[object, Architecture] = {}
    for one in found:
        once.setdefault((one.routes, one.default, one.overhead), one)
    return list(once.values())


def known_models(store: Store) -> list[str]:
    """The log's models, dearest first, then those that were only tried side by side."""
    tried = [row[0] for row in store.rows("SELECT model FROM outcomes GROUP BY model ORDER BY count(*) DESC, model")]
    return list(dict.fromkeys([*audit.scope_options(store)["model"], *tried]))


def shipped_files() -> list[Path]:
    """The architecture files that come with the program, in their order."""
    files = sorted(settings.architectures_dir.glob("*.toml"))
    return sorted(files, key=lambda file: SHIPPED.index(file.stem) if file.stem in SHIPPED else len(SHIPPED))


def default_architectures(store: Store) -> list[Architecture]:
    """What is compared when nobody chose, as on Overview."""
    return offered_architectures(store)[:COMPARED]


def is_met(store: Store, architecture: Architecture) -> bool:
    """Whether any traffic meets a rule of the architecture, as far as traffic classes tell; true without rules."""
    if not architecture.routes or not architecture.on_classes:
        return True
    classes = "(SELECT *, complexity_bin / 100.0 AS complexity FROM classes)"
    rows = store.rows(f"SELECT 1 FROM {classes} WHERE ({route_sql(architecture)}) < {len(architecture.routes)} LIMIT 1")
    return bool(rows)


def _kept(store: Store) -> list[Architecture]:
    """Kept architectures that can still be read, the latest first."""
    found = []
    for one in list_saved(store):
        if one.kind == "architecture":
            try:
                found.append(parse_architecture(one.content))
            except RoutecastError:
                continue  # the Saved page says what is wrong with it
    return found
