"""Reading architecture files: TOML in, an `Architecture` or one clear sentence out."""

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from analytics.errors import ArchitectureError
from analytics.policies.architecture import (
    Architecture,
    Cascade,
    Learned,
    Overhead,
    Plan,
    Predicate,
    Route,
    Split,
    Use,
    Verifier,
)
from analytics.prices.aliases import canonical_model

MAX_BYTES = 1_000_000
MAX_NAME = 200
_PLANS = ("use", "split", "cascade", "learned")
_PLAN_KEYS = (*_PLANS, "accept_at", "verifier")
_ROUTER = re.compile(r"[\w.-]+@[\w.-]+")


def load_architecture(path: Path) -> Architecture:
    """Read an architecture file; raises ArchitectureError naming the file, the place in it and the remedy."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ArchitectureError(f"{path.name} is larger than 1 MB: an architecture file holds a few routes.")
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArchitectureError(f"{path.name} is not UTF-8 text: save it as UTF-8.") from error
    except OSError as error:
        raise ArchitectureError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    return parse_architecture(text, path.name)


def parse_architecture(text: str, where: str = "the architecture") -> Architecture:
    """Parse TOML text; `where` names it in errors."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ArchitectureError(f"{where} is not valid TOML: {str(error) or 'it is nested too deeply'}.") from error
    _known(where, content, ("name", "description", "route", "default", "overhead"))
    name = content.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
        raise ArchitectureError(f'{where} needs a name of at most {MAX_NAME} characters: add name = "..." at the top.')
    description = content.get("description", "")
    if not isinstance(description, str):
        raise ArchitectureError(f"{where}: description must be text.")
    if "default" not in content:
        raise ArchitectureError(
            f'{where} has no [default]: add one with use = "MODEL" for requests that match no route.'
        )
    routes = content.get("route", [])
    if not isinstance(routes, list):
        raise ArchitectureError(f"{where}: write routes as [[route]] tables.")
    return Architecture(
        name=name,
        description=description,
        routes=tuple(_route(f"{where}, route {number}", entry) for number, entry in enumerate(routes, start=1)),
        default=_plan(f"{where}, default", _table(f"{where}, default", content["default"]), _PLAN_KEYS),
        overhead=_overhead(f"{where}, overhead", content.get("overhead", {})),
    )


def _route(where: str, entry: object) -> Route:
    table = _table(where, entry)
    if not isinstance(table.get("when"), str):
        raise ArchitectureError(f"{where}: 'when' is missing: add a condition such as when = \"complexity < 0.5\".")
    return Route(_predicate(table["when"], where), _plan(where, table, ("when", *_PLAN_KEYS)))


def _predicate(text: str, where: str) -> Predicate:
    # sqlglot takes 0.1 s to import: an architecture without routes does not need it.
    from analytics.policies.predicate import parse_predicate

    return parse_predicate(text, where)


def _plan(where: str, table: Mapping[str, Any], keys: tuple[str, ...]) -> Plan:
    _known(where, table, keys)
    named = [kind for kind in _PLANS if kind in table]
    if len(named) != 1:
        found = f"has {' and '.join(named)}" if named else "has none"
        raise ArchitectureError(f"{where}: a plan is exactly one of use, split, cascade or learned; this one {found}.")
    for key in ("accept_at", "verifier"):
        if key in table and named[0] != "cascade":
            raise ArchitectureError(f"{where}: '{key}' belongs to a cascade: remove it.")
    readers: dict[str, Callable[[str, Mapping[str, Any]], Plan]] = {
        "use": _use,
        "split": _split,
        "cascade": _cascade,
        "learned": _learned,
    }
    return readers[named[0]](where, table)


def _use(where: str, table: Mapping[str, Any]) -> Use:
    return Use(_model(f"{where}, use", table["use"]))


def _split(where: str, table: Mapping[str, Any]) -> Split:
    split = _table(f"{where}, split", table["split"])
    weights: dict[str, float] = {}
    for name, weight in split.items():
        model = _model(f"{where}, split", name)
        if model in weights:
            raise ArchitectureError(f"{where}, split: {model} appears twice: give it one weight.")
        weights[model] = _number(f"{where}, split, {name}", weight, 0.0, 1.0)
    if not weights or min(weights.values()) <= 0 or abs(math.fsum(weights.values()) - 1) > 1e-6:
        total = math.fsum(weights.values())
        raise ArchitectureError(f"{where}, split: weights must be above 0 and sum to 1; these sum to {total:g}.")
    return Split(tuple(weights.items()))


def _cascade(where: str, table: Mapping[str, Any]) -> Cascade:
    models = _chain(f"{where}, cascade", table["cascade"])
    accept_at = _number(f"{where}, accept_at", table["accept_at"], 0.0, 1.0) if "accept_at" in table else None
    verifier = _verifier(f"{where}, verifier", table["verifier"]) if "verifier" in table else None
    if accept_at is None and verifier is None:
        raise ArchitectureError(
            f"{where}: a cascade needs to know when an answer is good enough: add accept_at = 0.7 (a threshold on judge_score) "
            "or verifier = { true_accept = 0.95, false_accept = 0.15 }."
        )
    return Cascade(models, accept_at, verifier)


def _verifier(where: str, entry: object) -> Verifier:
    table = _table(where, entry)
    _known(where, table, ("true_accept", "false_accept", "cost_usd", "latency_ms"))
    for key in ("true_accept", "false_accept"):
        if key not in table:
            raise ArchitectureError(f"{where}: '{key}' is missing: a verifier needs true_accept and false_accept.")
    return Verifier(
        _number(f"{where}, true_accept", table["true_accept"], 0.0, 1.0),
        _number(f"{where}, false_accept", table["false_accept"], 0.0, 1.0),
        _number(f"{where}, cost_usd", table.get("cost_usd", 0.0), 0.0, 1000.0),
        _number(f"{where}, latency_ms", table.get("latency_ms", 0.0), 0.0, 1e7),
    )


def _learned(where: str, table: Mapping[str, Any]) -> Learned:
    learned = _table(f"{where}, learned", table["learned"])
    _known(f"{where}, learned", learned, ("models", "min_quality", "worth_usd", "router"))
    if "models" not in learned or ("min_quality" in learned) == ("worth_usd" in learned):
        raise ArchitectureError(
            f"{where}, learned: it needs models = [...] and either min_quality = 0.9 or worth_usd = 0.1."
        )
    router = learned.get("router", "default@latest")
    if not isinstance(router, str) or not _ROUTER.fullmatch(router):
        raise ArchitectureError(f"{where}, learned: router is 'name@version', such as default@latest.")
    models = _chain(f"{where}, learned", learned["models"])
    least, worth = (
        _number(f"{where}, learned, {name}", learned[name], 0.0, most) if name in learned else None
        for name, most in (("min_quality", 1.0), ("worth_usd", 1e6))
    )
    return Learned(models, least, router, worth)


def _chain(where: str, entry: object) -> tuple[str, ...]:
    if not isinstance(entry, list) or len(entry) < 2:
        raise ArchitectureError(f"{where}: list at least two models, cheapest first.")
    models = tuple(_model(where, name) for name in entry)
    repeated = next((model for model in models if models.count(model) > 1), None)
    if repeated:
        raise ArchitectureError(f"{where}: {repeated} appears twice: name each model once.")
    return models


def _overhead(where: str, entry: object) -> Overhead:
    table = _table(where, entry)
    _known(where, table, ("latency_ms", "cost_usd"))
    return Overhead(
        _number(f"{where}, latency_ms", table.get("latency_ms", 0.0), 0.0, 1e7),
        _number(f"{where}, cost_usd", table.get("cost_usd", 0.0), 0.0, 1000.0),
    )


def _model(where: str, name: object) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
        raise ArchitectureError(f"{where}: {str(name)[:60]!r} is not the name of a model.")
    return canonical_model(name)


def _number(where: str, value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ArchitectureError(f"{where}: {str(value)[:40]!r} is not a number between {low:g} and {high:g}.")
    return float(value)


def _table(where: str, entry: object) -> Mapping[str, Any]:
    if not isinstance(entry, dict):
        raise ArchitectureError(f"{where}: this must be a table of key = value.")
    return entry


def _known(where: str, table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known keys are {', '.join(keys)}."
            raise ArchitectureError(f"{where}: unknown key '{key[:60]}'; {hint}")
