"""An architecture as a LiteLLM proxy: a configuration with every model, and the hook that picks one for each call.

LiteLLM's own routing knows weights, tags and aliases, not conditions such as `complexity < 0.6`. Its
`async_pre_call_hook` may change the model of a call before the router sees it, so the exported Python function runs there.
https://docs.litellm.ai/docs/proxy/call_hooks
"""

import inspect

from analytics.policies.architecture import Architecture, Cascade, Learned, Split, Use
from analytics.policies.export import support_gateway
from analytics.policies.export.notes import OfColumns, OfPlans, has_plan, heading, notes_of, overhead_notes
from analytics.policies.export.python import SHARED_COLUMN_NOTES, SHARED_PLAN_NOTES, python_source
from analytics.policies.export.result import Export
from analytics.policies.export.yaml import yaml_lines
from analytics.prices.catalogue import catalogue_rows

CONFIG, HOOK = "config.yaml", "routecast_router.py"
EVERYTHING = "*"
# Our provider, LiteLLM's prefix, and the variable its key is read from. https://docs.litellm.ai/docs/providers
_PROVIDERS = {
    "anthropic": ("anthropic", "ANTHROPIC_API_KEY"),
    "openai": ("openai", "OPENAI_API_KEY"),
    "google": ("gemini", "GEMINI_API_KEY"),
    "mistral": ("mistral", "MISTRAL_API_KEY"),
    "deepseek": ("deepseek", "DEEPSEEK_API_KEY"),
    "x-ai": ("xai", "XAI_API_KEY"),
    "cohere": ("cohere_chat", "COHERE_API_KEY"),
    "moonshotai": ("moonshot", "MOONSHOT_API_KEY"),
    "perplexity": ("perplexity", "PERPLEXITYAI_API_KEY"),
}
_CALLS = (
    "completion", "acompletion", "text_completion", "atext_completion", "anthropic_messages", "aanthropic_messages",
    "responses", "aresponses",
)  # fmt: skip


_READING = ("number", "whole", "numbers", "text_length", "request_of")
_PREDICTING = ("predictions", "expected_costs")
_HOOK_IMPORTS = frozenset(
    {
        "import math",
        "from datetime import UTC, datetime",
        "from litellm.integrations.custom_logger import CustomLogger",
    }
)

_EVERY_CALL = (
    "Every call is answered, whatever model it asks for; models that your configuration names beside these keep their own "
    "deployments."
)
_BY_CHANCE = (
    "The split is LiteLLM's own, by chance with these weights: the shares are those of the policy, but not which request "
    "goes where, and a request repeated may go elsewhere."
)
_NAMES = (
    "Models are named as Routecast spells them: check each litellm_params.model against your provider's name for it. Keys "
    "are read from the environment."
)
_ASSUMED_SERVER = "an OpenAI-compatible server is assumed, whose address and key are read from the environment."
_HOOK_NOTES = (
    f"Put {HOOK} beside the configuration. The hook sets the model of every chat, completion, messages and responses call, "
    "whatever model it asks for; embeddings and others pass as they are.",
    "Conditions read what callers send in metadata (use_case, environment, complexity, session_id, prompt_version, provider, "
    "input_tokens, ...), the tags task:NAME and env:NAME, and the team and user of the key. What nobody says is unknown and "
    "matches nothing.",
    "Keys and budgets are checked against the model a call asks for, before the hook changes it.",
)
_COLUMN_NOTES: OfColumns = (
    (
        frozenset({"complexity", "input_tokens"}),
        "input_tokens that metadata does not give are estimated as a quarter of the characters of the messages.",
    ),
    (frozenset({"prompt_chars"}), "prompt_chars counts the characters of the messages' texts."),
    (frozenset({"cache_read_tokens"}), "cache_read_tokens is known before the answer only when metadata gives it."),
    (frozenset({"batch"}), "A call is a batch call when its metadata says batch = true."),
    *SHARED_COLUMN_NOTES,
)
_PLAN_NOTES: OfPlans = (
    *SHARED_PLAN_NOTES,
    (Split, "request_id is metadata.request_id, else LiteLLM's call id."),
    (
        Cascade,
        "LiteLLM cannot judge an answer: a cascade sends the call to its first model, and to the next ones only when that "
        "fails. Cost and quality are those of the first model, not of the cascade; the exported Python function runs all of it.",
    ),
    (
        Learned,
        "Learned plans read metadata.predicted_quality and metadata.expected_cost_usd, each {model: number}, which the caller "
        "must compute; without them the last model of the plan answers.",
    ),
)


def litellm_export(architecture: Architecture) -> Export:
    """The configuration, and the hook beside it unless plain weights say everything."""
    plain = isinstance(architecture.default, Use | Split) and not architecture.routes
    notes = _notes(architecture, plain)
    top = [*heading(architecture, "#", notes), ""]
    files = [(CONFIG, "\n".join([*top, *yaml_lines(_config(architecture, plain))]) + "\n")]
    if not plain:
        files.append((HOOK, "\n".join([*top, _hook(architecture)])))
    return Export(tuple(files), notes)


def _config(architecture: Architecture, plain: bool) -> dict[str, object]:
    deployments: list[dict[str, object]] = [
        {"model_name": model, "litellm_params": _parameters(model)} for model in architecture.models
    ]
    if not plain:
        return {"model_list": deployments, "litellm_settings": {"callbacks": [f"{HOOK.removesuffix('.py')}.router"]}}
    default = architecture.default
    weights = default.weights if isinstance(default, Split) else ()
    catching: list[dict[str, object]] = [
        {"model_name": EVERYTHING, "litellm_params": {**_parameters(model), "weight": weight}}
        for model, weight in weights
    ] or [{"model_name": EVERYTHING, "litellm_params": _parameters(model)} for model in architecture.models]
    return {"model_list": catching, "router_settings": {"routing_strategy": "simple-shuffle"}}


def _parameters(model: str) -> dict[str, object]:
    """Where LiteLLM calls a model; one whose maker is not known is an OpenAI-compatible server of the user's."""
    found = _provider(model)
    if found is not None:
        prefix, key = found
        return {"model": f"{prefix}/{model}", "api_key": f"os.environ/{key}"}
    variable = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in model).upper()
    return {
        "model": f"openai/{model}",
        "api_base": f"os.environ/{variable}_API_BASE",
        "api_key": f"os.environ/{variable}_API_KEY",
    }


def _provider(model: str) -> tuple[str, str] | None:
    rows = catalogue_rows(model, None)
    return _PROVIDERS.get(rows[0].provider) if rows else None


def _hook(architecture: Architecture) -> str:
    """The module LiteLLM loads: the policy as a function, what reads a call, and the hook."""
    source = python_source(architecture, with_answer=False, more_imports=_HOOK_IMPORTS)
    learned = has_plan(architecture, Learned)
    names = [*_READING, *(_PREDICTING if learned else ())]
    reading = [inspect.getsource(getattr(support_gateway, name)).strip() for name in names]
    call = "route(request, predictions, expected_costs)" if learned else "route(request)"
    calls = "".join(f'    "{name}",\n' for name in _CALLS)
    return "\n\n\n".join([source.strip(), *reading, _CLASS.format(calls=calls, call=call)])


_CLASS = '''ROUTED_CALLS = frozenset((
{calls}))


class RoutecastRouter(CustomLogger):
    """Gives every call the model that the policy names for it, and logs the rule as metadata `routecast_route`."""

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        if call_type not in ROUTED_CALLS:
            return data
        request = request_of(data, user_api_key_dict)
        decision = {call}
        data["model"] = decision.models[0]
        if len(decision.models) > 1:
            data["fallbacks"] = list(decision.models[1:])
        own = "litellm_metadata" if data.get("litellm_metadata") else "metadata"
        data[own] = {{**(data.get(own) or {{}}), "routecast_route": decision.route}}
        return data


router = RoutecastRouter()
'''


def _notes(architecture: Architecture, plain: bool) -> tuple[str, ...]:
    if plain:
        said = [_EVERY_CALL, *([_BY_CHANCE] if has_plan(architecture, Split) else [])]
    else:
        said = [*_HOOK_NOTES, *notes_of(architecture, _COLUMN_NOTES, _PLAN_NOTES)]
    unknown = ", ".join(model for model in architecture.models if _provider(model) is None)
    places = [f"Where {unknown} runs is not known: {_ASSUMED_SERVER}"] if unknown else []
    return (*said, *overhead_notes(architecture), _NAMES, *places)
