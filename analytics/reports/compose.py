"""From facts to a report, in a person's own words where there are some."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from analytics.charts.verdict import headline
from analytics.currency import USD, Currency
from analytics.reports.content import Paragraph, Report, Texts, readable_logo
from analytics.reports.facts import Facts
from analytics.reports.sections import key_numbers, sections_of
from analytics.reports.shown import shown_facts
from analytics.reports.text import clean, clean_lines, cut

TITLE_CHARACTERS, PERSON_CHARACTERS, PARAGRAPH_CHARACTERS = 120, 80, 1_200
DEFAULT_TITLE = "Routing our language models: what would change"


def compose_report(
    facts: Facts, texts: Texts | None = None, created: date | None = None, currency: Currency = USD
) -> Report:
    """The report of a comparison in the words of `texts` where they say something, else in its own; amounts in `currency`."""
    texts, shown = texts or Texts(), shown_facts(facts, currency)
    summary, *rest = sections_of(shown)
    paragraphs = _overridden(summary.paragraphs, dict(texts.summary))
    notes = " ".join(f"{one.heading}: {one.text}" for one in paragraphs)
    summary = replace(summary, paragraphs=paragraphs, notes=notes)
    answer = headline(shown.choice)
    return Report(
        title=cut(clean(texts.title), TITLE_CHARACTERS) or DEFAULT_TITLE,
        author=cut(clean(texts.author), PERSON_CHARACTERS),
        organisation=cut(clean(texts.organisation), PERSON_CHARACTERS),
        logo=texts.logo if readable_logo(texts.logo) else b"",
        note=clean_lines(texts.note),
        created=created or date.today(),
        is_demo=facts.is_demo,
        headline=answer,
        numbers=key_numbers(shown),
        sections=(summary, *rest),
        facts=shown,
    )


def _overridden(paragraphs: tuple[Paragraph, ...], own: Mapping[str, str]) -> tuple[Paragraph, ...]:
    return tuple(
        replace(one, text=clean_lines(own[one.key], PARAGRAPH_CHARACTERS), brief="")
        if own.get(one.key, "").strip()
        else one
        for one in paragraphs
    )
