"""How the numbers are made, in short, with sources."""

from analytics.reports.content import Paragraph

METHOD = (
    Paragraph(
        "Every request of the log keeps its tokens; the architecture's rules decide which model would answer it. What stays on its "
        "model keeps its logged cost, time and quality; only what moves is estimated. A month has 365.25 / 12 days.",
        "Replay",
    ),
    Paragraph(
        "List price times tokens, by the provider's dated prices, tiers, cache and batch rates. Another model's longer or shorter "
        "answers are estimated from side-by-side answers, per model and use case. A model without a price is named, never free.",
        "Cost",
        source="https://github.com/pydantic/genai-prices",
    ),
    Paragraph(
        "Multilevel regression and poststratification on scored answers, by model, use case and complexity, partially pooled. "
        "Answers whose model was chosen by a rule count less than side-by-side ones, by an amount that is itself estimated.",
        "Quality",
        source="https://doi.org/10.1093/pan/mph024",
    ),
    Paragraph(
        "Time to first token plus output tokens by speed, per model, fitted from the log. Percentiles come from the mixture of all "
        "answers, not from averages of percentiles.",
        "Latency",
        source="https://doi.org/10.14778/3352063.3352135",
    ),
    Paragraph(
        "The steps of a cascade depend on each other: what the strong model does where the cheap one failed is taken from "
        "side-by-side answers. Calls, verdicts and times of all steps add up.",
        "Cascades",
        source="https://arxiv.org/abs/2305.05176",
    ),
    Paragraph(
        "1,000 draws of the outcome model and of the sampling of the log, shared by all architectures, so that differences have "
        "intervals too. 95 of 100 such intervals should hold the truth.",
        "Intervals",
    ),
    Paragraph(
        "Each assumption is moved alone and the projection made again; where the decision flips is found by root search.",
        "Sensitivity",
        source="https://docs.scipy.org/doc/scipy/reference/generated/scipy.optimize.brentq.html",
    ),
)
