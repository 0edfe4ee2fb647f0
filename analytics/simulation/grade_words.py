"""What people read where files say `grade`: a letter of evidence, which tells how well quality is known, not how good it is."""

from analytics.simulation.results import Grade

EVIDENCE = "Evidence"
MEANINGS: dict[Grade, str] = {
    "A": "measured side by side, or with the model chosen at random",
    "B": "measured where a rule chose the model, so hard and easy requests may differ between models",
    "C": "not measured: only the range it must lie in is known",
}
LETTERS = "; ".join(f"{grade}: {meaning}" for grade, meaning in MEANINGS.items()) + "."
EVIDENCE_HELP = f"How well the quality is known, not how good it is. {LETTERS}"


def evidence_text(grade: Grade) -> str:
    """Evidence A."""
    return f"{EVIDENCE} {grade}"
