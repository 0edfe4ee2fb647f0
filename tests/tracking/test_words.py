"""Sentences of tracking: each kind of cause in words, with its numbers."""

from datetime import date

import pytest

from analytics.charts.tracking_words import alarm_sentence, cause_phrase, difference
from analytics.tracking import Alarm, Cause, Comparison

COST = Comparison(0.010, 0.0005, 0.0005, None, None, 0.0118, 0.0116, 0.0120)


def test_the_alarm_names_what_since_when_and_why() -> None:
    cause = Cause("answers", "code", "claude-haiku-4-5", 0.00162, 0.9, 400.0, 640.0)
    said = alarm_sentence(Alarm("cost", date(2026, 11, 9), COST, False, (cause,)))
    assert said == (
        "Cost per request is 18% above the projection since 9 November: answers of claude-haiku-4-5 in code got 1.6 times as long; "
        "that explains 90% of it."
    )
    assert alarm_sentence(Alarm("cost", date(2026, 11, 9), COST, False, ())).endswith(
        "no single use case or model explains it."
    )


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (Cause("price", "", "gpt-4o", 1.0, 0.5, 10.0, 12.0), "the price of gpt-4o changed (+20% per token)"),
        (Cause("routing", "code", "", 1.0, 0.5, 0.0, 0.125), "requests in code went to other models than planned (12.5% of them)"),
        (Cause("mix", "code", "", 1.0, 0.5, 0.1, 0.2), "code is 20.0% of the traffic instead of 10.0%"),
        (Cause("quality", "code", "m", 1.0, 0.5, 0.9, 0.86), "answers of m in code scored 86.0% instead of 90.0%"),
        (Cause("speed", "code", "m", 1.0, 0.5, 1.0, 1.5), "m in code took 1.50 s instead of 1.00 s for answers of the same length"),
        (Cause("prompts", "", "m", 1.0, 0.5, 100.0, 104.0), "prompts to m in requests without a use case changed by +4% in length"),
    ],
)  # fmt: skip
def test_causes_in_words(cause: Cause, words: str) -> None:
    assert cause_phrase(cause) == words


def test_differences_carry_both_doubts_and_unknown_stays_unknown() -> None:
    assert COST.difference.mean == pytest.approx(0.0018)
    assert COST.difference.high == pytest.approx(0.0018 + (0.0002**2 + 0.0005**2) ** 0.5)
    assert difference("quality", 0.90, 0.92) == "2.0 points below"
    assert difference("cost", None, 0.92) == "unknown"
    assert Comparison(None, 0.0, 0.0, None, None, 0.5, 0.4, 0.6).difference.mean is None
