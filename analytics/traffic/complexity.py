"""A complexity for requests whose log does not give one, from what is known before the answer.

    complexity = 0.6 * demand(use case) + 0.4 * size(input tokens)

`demand` is looked up by words in the use case's name (0.40 when none matches), `size` grows with the logarithm of
the input from 0 at 50 tokens to 1 at 8,000. Only use case and input size enter, so that a request of the log and
the same prompt in a side-by-side file get the same value.
"""

DEMAND_BY_WORD: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.90, ("reason", "math", "proof", "plan", "agent", "research", "legal", "diagnos")),
    (0.70, ("code", "coding", "sql", "analy", "debug")),
    (0.45, ("summar", "translat", "chat", "writ", "draft", "rag", "qa", "question")),
    (0.10, ("classif", "extract", "moderat", "intent", "route", "routing", "tag", "label", "detect", "spam")),
)
OTHER_DEMAND = 0.40
SMALLEST_TOKENS, LARGEST_TOKENS = 50, 8000


def complexity_sql(use_case: str, input_tokens: str) -> str:
    """The rule as SQL text over two expressions; a number in [0, 1] with three decimals, never NULL."""
    branches = " ".join(
        f"WHEN regexp_matches(lower({use_case}), '{'|'.join(words)}') THEN {demand}" for demand, words in DEMAND_BY_WORD
    )
    demand = f"CASE {branches} ELSE {OTHER_DEMAND} END"
    span = f"(ln({LARGEST_TOKENS}) - ln({SMALLEST_TOKENS}))"
    size = f"greatest(0, least(1, (ln(greatest(coalesce({input_tokens}, 0), 1)) - ln({SMALLEST_TOKENS})) / {span}))"
    return f"round(0.6 * ({demand}) + 0.4 * {size}, 3)::DOUBLE"


def complexity_bin_sql(complexity: str) -> str:
    """The bin 0..99 of a complexity; the small term keeps 0.29 (29 hundredths) out of bin 28."""
    return f"least(floor({complexity} * 100 + 1e-9), 99)::UTINYINT"
