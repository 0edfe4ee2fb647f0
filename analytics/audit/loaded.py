"""What is loaded: requests, models and days of the log, and the prompts that several models answered."""

from dataclasses import dataclass
from datetime import date

from analytics.store import Store


@dataclass(frozen=True)
class Loaded:
    """Counts over the whole log; days are UTC and None without a log. `prompts` were answered by two models or more."""

    requests: int
    models: int
    first: date | None
    last: date | None
    prompts: int


def what_is_loaded(store: Store) -> Loaded:
    """What the database holds, whatever the scope."""
    requests, models, first, last = store.rows(
        "SELECT coalesce(sum(requests), 0)::BIGINT, count(DISTINCT model), (min(bucket) AT TIME ZONE 'UTC')::DATE, "
        "(max(bucket) AT TIME ZONE 'UTC')::DATE FROM rollup"
    )[0]
    prompts = store.rows(
        "SELECT count(*) FROM (SELECT prompt_id FROM outcomes GROUP BY prompt_id HAVING count(DISTINCT model) > 1)"
    )[0][0]
    return Loaded(requests, models, first, last, prompts)
