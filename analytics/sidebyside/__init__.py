"""The same prompt through several models: run, score, and turn the answers into evidence.

A run is a ledger on the disk (`ledger`), carried out by `run`, begun and resumed by `work`; `outcomes` loads its scores.
"""

from analytics.sidebyside.endpoints import Endpoint, endpoints_file, read_endpoints
from analytics.sidebyside.estimate import Price, price_run, usual_output
from analytics.sidebyside.ledger import Run, list_runs, new_run_id, read_run
from analytics.sidebyside.order import Order, Prompt, order_of
from analytics.sidebyside.outcomes import load_run, outcome_rows
from analytics.sidebyside.pricing import PriceList
from analytics.sidebyside.prompts import prompts_of, read_prompts, typed_prompts
from analytics.sidebyside.run import Standing
from analytics.sidebyside.work import RunFacts, begin_run, facts_json, go_on, run_facts

__all__ = [
    "Endpoint",
    "Order",
    "Price",
    "PriceList",
    "Prompt",
    "Run",
    "RunFacts",
    "Standing",
    "begin_run",
    "endpoints_file",
    "facts_json",
    "go_on",
    "list_runs",
    "load_run",
    "new_run_id",
    "order_of",
    "outcome_rows",
    "price_run",
    "prompts_of",
    "read_endpoints",
    "read_prompts",
    "read_run",
    "run_facts",
    "typed_prompts",
    "usual_output",
]
