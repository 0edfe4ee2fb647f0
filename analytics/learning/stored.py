"""Trained routers as the database keeps them."""

from dataclasses import dataclass

import numpy as np

from analytics.errors import SimulationError
from analytics.outcomes.arrays import FloatArray, IntArray, StrArray, floats, integers, texts
from analytics.store import Store

LATEST = "latest"


@dataclass(frozen=True)
class StoredRouter:
    """Predictions on unseen requests: `traffic` rows stand for `n` requests each; `predicted` is (rows, models)."""

    name: str
    version: int
    models: tuple[str, ...]
    use_case: StrArray
    tenth: IntArray
    n: FloatArray
    predicted: FloatArray
    prompt_id: StrArray
    prompt_predicted: FloatArray


def read_router(store: Store, reference: str) -> StoredRouter | None:
    """The router `name@version` or `name@latest`; None when nothing of that name was ever trained.

    Raises SimulationError for a version that does not exist.
    """
    name, _, wanted = reference.partition("@")
    known = store.rows("SELECT version, models FROM routers WHERE name = $name ORDER BY version", {"name": name})
    if not known:
        return None
    versions = {int(version): tuple(models) for version, models in known}
    version = max(versions) if wanted in ("", LATEST) else int(wanted) if wanted.isdigit() else -1
    if version not in versions:
        offered = ", ".join(f"{name}@{one}" for one in versions)
        raise SimulationError(f"There is no router '{reference}': use one of {offered}, or {name}@{LATEST}.")
    values = {"name": name, "version": version}
    same = "WHERE name = $name AND version = $version"
    spread = ", ".join(f"predicted[{m + 1}] AS p_{m}" for m in range(len(versions[version])))
    traffic = store.columns(f"SELECT use_case, tenth, n, {spread} FROM router_traffic {same} ORDER BY ALL", values)
    prompts = store.columns(f"SELECT prompt_id, {spread} FROM router_prompts {same} ORDER BY prompt_id", values)
    models = versions[version]

    def table(found: dict[str, np.ndarray]) -> FloatArray:
        return np.stack([floats(found[f"p_{m}"]) for m in range(len(models))], axis=1)

    return StoredRouter(
        name, version, models, texts(traffic["use_case"]), integers(traffic["tenth"]), floats(traffic["n"]), table(traffic),
        texts(prompts["prompt_id"]), table(prompts),
    )  # fmt: skip
