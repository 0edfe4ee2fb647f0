"""What a router learned, in words."""

from analytics.learning.findings import Findings


def findings_sentences(found: Findings) -> list[str]:
    """Sentences a person can check against what they know of their requests."""
    knows = (
        "the words of the prompts, use case, complexity, size and tags"
        if found.with_prompts
        else ("use case, complexity, size and tags (the log keeps no prompts)")
    )
    sentences = [
        f"Router {found.name}@{found.version} learned from {found.pairs:,} prompts side by side and {found.logged:,} scored "
        f"requests, knowing {knows}."
    ]
    if found.apgr is not None:
        rule = "" if found.rule_apgr is None else f"; a rule per use case keeps {found.rule_apgr:.0%}"
        sentences.append(
            f"On prompts it had not seen, choosing between {found.weak} and {found.strong} keeps {found.apgr:.0%} of what "
            f"{found.strong} adds in quality, on average over all shares of traffic{rule}; choosing at random keeps 50%."
        )
    for model, words in found.words.items():
        if words:
            sentences.append(f"What speaks for {model}: {', '.join(words)}.")
    return sentences


def findings_text(found: Findings) -> str:
    """The sentences, one a line."""
    return "\n".join(findings_sentences(found))
