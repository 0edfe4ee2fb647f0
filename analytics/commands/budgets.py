"""forecast, budget, anomalies: where spend is heading, whether budgets hold, and which days stand out."""

import argparse
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, positive, reading_database

if TYPE_CHECKING:
    from analytics.commands.shared import Commands
    from analytics.scope import Scope
    from analytics.store import Store


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add these commands to the parser."""
    zoned = argparse.ArgumentParser(add_help=False)
    zoned.add_argument(
        "--time-zone", default="UTC", metavar="ZONE", help="days begin at midnight in this zone (default: UTC)"
    )

    forecast = commands.add_parser("forecast", parents=[common, zoned], help="what the month will have cost")
    forecast.set_defaults(run=_forecast)

    anomalies = commands.add_parser(
        "anomalies", parents=[common, zoned], help="days that left the weekly pattern, and why"
    )
    anomalies.set_defaults(run=_anomalies)

    budget = commands.add_parser("budget", parents=[common], help="monthly budgets: set, list, remove")
    actions = budget.add_subparsers(dest="action", required=True, metavar="ACTION")
    of = argparse.ArgumentParser(add_help=False)
    what = of.add_mutually_exclusive_group()
    what.add_argument("--team", metavar="NAME", help="the budget of a team (default: of everything)")
    what.add_argument("--use-case", metavar="NAME", help="the budget of a use case")
    what.add_argument("--model", metavar="NAME", help="the budget of a model")
    setting = actions.add_parser("set", parents=[common, of], help="add a budget or change it")
    setting.add_argument("monthly_usd", type=positive, metavar="USD", help="the most a month may cost")
    setting.set_defaults(run=_set)
    actions.add_parser("list", parents=[common, zoned], help="every budget against its month").set_defaults(run=_list)
    actions.add_parser("remove", parents=[common, of], help="remove a budget").set_defaults(run=_remove)


def _forecast(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.charts.forecast_words import month_note, month_sentence
    from analytics.forecast import month_end
    from analytics.forecast.present import month_json

    month = month_end(*_view(options))
    if month is None:
        return month_json(None), "Nothing in the log has a price."
    return month_json(month), f"{month_sentence(month)}.\n{month_note(month)}"


def _anomalies(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.charts.forecast_words import anomaly_sentences
    from analytics.forecast import find_anomalies
    from analytics.forecast.present import anomaly_json

    found = find_anomalies(*_view(options))
    sentences = anomaly_sentences(found)
    described = [anomaly_json(one, said) for one, said in zip(found or (), sentences, strict=False)]
    return {"anomalies": None if found is None else described}, "\n".join(sentences)


def _set(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from dataclasses import asdict

    from analytics.forecast import set_budget
    from analytics.forecast.budgets import title

    budget = set_budget(_store(options), *_what(options), options.monthly_usd)
    return asdict(budget), f"The budget of {title(budget.kind, budget.name)} is ${budget.monthly_usd:,.2f} a month."


def _list(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.charts.forecast_words import budget_answer, budget_table
    from analytics.forecast import budget_statuses, month_end
    from analytics.forecast.present import budget_json

    store, scope = _view(options)
    statuses = budget_statuses(store, scope)
    text = budget_answer(statuses, None if statuses else month_end(store, scope))
    for row in budget_table(statuses).drop("Used").rows() if statuses else ():
        text += "\n" + " | ".join(row)
    return {"budgets": [budget_json(one) for one in statuses]}, text


def _remove(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.forecast import remove_budget
    from analytics.forecast.budgets import title

    kind, name = _what(options)
    remove_budget(_store(options), kind, name)
    return {"kind": kind, "name": name}, f"The budget of {title(kind, name)} is removed."


def _what(options: argparse.Namespace) -> tuple[str, str]:
    named = {"team": options.team, "use_case": options.use_case, "model": options.model}
    return next(((kind, name) for kind, name in named.items() if name is not None), ("total", ""))


def _store(options: argparse.Namespace) -> "Store":
    from analytics.store import open_store

    return open_store(reading_database(options))


def _view(options: argparse.Namespace) -> "tuple[Store, Scope]":
    from analytics.errors import UsageError
    from analytics.scope import Scope
    from analytics.zones import canonical_zone

    zone = canonical_zone(options.time_zone)
    if zone is None:
        raise UsageError(f"There is no time zone '{options.time_zone}': give an IANA name such as Europe/Berlin.")
    return _store(options), Scope(time_zone=zone)
