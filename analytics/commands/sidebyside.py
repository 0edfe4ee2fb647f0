"""sidebyside: the same prompts through several models, scored, and loaded as evidence."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.commands.shared import JsonObject, positive, show_progress, whole, writing_database
from analytics.errors import UsageError

if TYPE_CHECKING:
    from analytics.commands.shared import Commands
    from analytics.sidebyside import RunFacts, Standing

CHECKS = ("exact", "regex", "json-schema", "numeric")


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    parser = commands.add_parser(
        "sidebyside", parents=[common], help="send the same prompts to several models, score and load the answers"
    )
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--prompts", type=Path, metavar="FILE", help="CSV, JSON Lines, Parquet or text with prompts")
    given.add_argument("--plan", type=Path, metavar="PLAN.csv", help="a sampling plan written by `evidence --plan`")
    given.add_argument("--resume", metavar="ID", help="go on with a run that stopped; nothing answered is asked again")
    parser.add_argument("--models", default="", metavar="A,B", help="which models (default of a plan: those it names)")
    parser.add_argument("--endpoint", action="append", default=[], metavar="NAME", help="only this endpoint")
    parser.add_argument(
        "--max-usd", type=positive, metavar="X", help="make no call that could bring the cost above this"
    )
    parser.add_argument("--max-output-tokens", type=whole, default=1024, metavar="N", help="default: %(default)s")
    parser.add_argument(
        "--check", choices=CHECKS, default="", help="score answers (exact, numeric: against `expected`)"
    )
    parser.add_argument(
        "--against", default="", metavar="TEXT", help="the regular expression, or the schema (@FILE reads it)"
    )
    parser.add_argument(
        "--judge", default="", metavar="MODEL", help="a model that grades the answers, blind, in both orders"
    )
    parser.add_argument("--rubric", default="", metavar="TEXT", help="what the judge grades by (@FILE reads it)")
    parser.add_argument(
        "--metric", default="", metavar="NAME", help="the metric of the scores (default: the check's name)"
    )
    parser.add_argument("--estimate", action="store_true", help="say what it would cost, and make no call")
    parser.set_defaults(run=_sidebyside)


def _sidebyside(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.sidebyside import PriceList, begin_run, price_run, usual_output
    from analytics.sidebyside.present import price_text
    from analytics.store import open_store

    database = writing_database(options)
    if options.resume:
        return _go_on(database, options.resume, options.max_usd)
    order = _order(options)
    price = price_run(order, PriceList(database), usual_output(open_store(database) if database.exists() else None))
    if options.estimate:
        return {"estimate": vars(price) | {"unpriced": list(price.unpriced)}}, price_text(price)
    show_progress(0.0, price_text(price))
    return _go_on(database, begin_run(database, order), None)


def _order(options: argparse.Namespace) -> Any:
    from analytics.sidebyside import Order, read_prompts

    prompts = read_prompts(options.plan or options.prompts)
    named = [one.strip() for one in options.models.split(",") if one.strip()]
    models = tuple(dict.fromkeys(named or [model for prompt in prompts for model in prompt.models]))
    if not models:
        raise UsageError("No model is named: give some with --models a,b.")
    return Order(
        prompts, models, tuple(options.endpoint), options.max_output_tokens, options.max_usd, options.check,
        _text_of(options.against), options.metric, options.judge, _text_of(options.rubric),
    )  # fmt: skip


def _text_of(text: str) -> str:
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{text[1:]} cannot be read as text: check the path.") from error


def _go_on(database: Path, run_id: str, max_usd: float | None) -> tuple[JsonObject, str]:
    from analytics.sidebyside import PriceList, facts_json, go_on, load_run, outcome_rows, read_run, run_facts
    from analytics.sidebyside.present import run_text

    stopped = False
    try:
        run = go_on(database, run_id, _tell, max_usd=max_usd)
    except KeyboardInterrupt:
        stopped, run = True, read_run(database, run_id)
    rows = outcome_rows(run, PriceList(database))
    loaded = None if stopped or not rows else load_run(database, run, show_progress)
    facts: RunFacts = run_facts(run, rows)
    found = facts_json(facts) | {
        "stopped": stopped,
        "outcomes": None if loaded is None else {"loaded": loaded.loaded, "duplicates": loaded.duplicates},
    }
    return found, run_text(facts, None if loaded is None else loaded.loaded)


def _tell(what: str, standing: "Standing") -> None:
    fraction = 0.999 * standing.done / max(1, standing.total)
    show_progress(fraction, f"{standing.done:,} of {standing.total:,} {what}, ${standing.spent_usd:,.4f}")
