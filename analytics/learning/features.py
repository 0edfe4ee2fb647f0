"""What is known of a request before its answer, as columns of a sparse matrix.

Words and word pairs of the prompt, pieces of words (TF-IDF, Spärck Jones 1972), its shape (length, digits, operators,
lines), the use case, complexity, size and tags. Never tokens, time or cost of an answer.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analytics.outcomes.arrays import FloatArray, IntArray, StrArray

MOST_PIECES, MOST_WORDS = 100_000, 200_000
USE_CASE_WEIGHT, NUMBER_WEIGHT = 2.0, 0.3
_digits, _operators, _capitals = re.compile(r"\d"), re.compile(r"[=+\-*/^<>\\$]"), re.compile(r"[A-Z]")


@dataclass(frozen=True)
class Asked:
    """Requests, each array (requests,). `prompt` and `tags` are empty texts where the log keeps none."""

    use_case: StrArray
    complexity: FloatArray
    input_tokens: FloatArray
    prompt: list[str]
    tags: list[str]

    def __len__(self) -> int:
        return len(self.use_case)

    def only(self, rows: IntArray) -> "Asked":
        """The requests at `rows`."""
        return Asked(
            self.use_case[rows], self.complexity[rows], self.input_tokens[rows],
            [self.prompt[row] for row in rows], [self.tags[row] for row in rows],
        )  # fmt: skip


@dataclass
class Features:
    """Learns which columns there are from training requests, then makes them for any."""

    _text: list[Any] = field(default_factory=list)
    _names: Any = None
    _tags: Any = None
    _centre: FloatArray = field(default_factory=lambda: np.empty(0))
    _spread: FloatArray = field(default_factory=lambda: np.empty(0))
    columns: list[str] = field(default_factory=list)

    def fit(self, asked: Asked) -> Any:
        """Learn the columns; returns the training matrix (requests, columns), CSR."""
        from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
        from sklearn.preprocessing import OneHotEncoder

        if any(asked.prompt):
            words = TfidfVectorizer(min_df=2, sublinear_tf=True, ngram_range=(1, 2), max_features=MOST_WORDS)
            pieces = TfidfVectorizer(
                min_df=3, sublinear_tf=True, analyzer="char_wb", ngram_range=(3, 5), max_features=MOST_PIECES
            )
            self._text = [one for one in (words, pieces) if _fits(one, asked.prompt)]
        self._names = OneHotEncoder(handle_unknown="ignore").fit(asked.use_case[:, None])
        tags = CountVectorizer(token_pattern=r"\S+", binary=True, min_df=5, max_features=5_000)
        self._tags = tags if any(asked.tags) and _fits(tags, asked.tags) else None
        numbers = _numbers(asked)
        self._centre, spread = numbers.mean(axis=0), numbers.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)
        self.columns = [
            *(f"word '{name}'" if not at else "" for at, text in enumerate(self._text) for name in text.get_feature_names_out()),
            *(f"use case {name}" for name in self._names.categories_[0]),
            *(f"tag {name}" for name in (self._tags.get_feature_names_out() if self._tags else ())),
            *NUMBERS,
        ]  # fmt: skip
        return self.transform(asked)

    def transform(self, asked: Asked) -> Any:
        """The matrix of any requests."""
        from scipy import sparse

        blocks = [text.transform(asked.prompt) for text in self._text]
        blocks.append(self._names.transform(asked.use_case[:, None]) * USE_CASE_WEIGHT)
        if self._tags is not None:
            blocks.append(self._tags.transform(asked.tags))
        blocks.append(sparse.csr_matrix((_numbers(asked) - self._centre) / self._spread * NUMBER_WEIGHT))
        return sparse.hstack(blocks).tocsr()


NUMBERS = (
    "complexity", "size in tokens", "length", "digits", "operators", "lines", "questions", "words per character",
    "capitals", "negation", "blank to fill",
)  # fmt: skip


def _fits(text: Any, documents: list[str]) -> bool:
    """Fit a vectorizer; False when no term is frequent enough to be one."""
    try:
        text.fit(documents)
    except ValueError:
        return False
    return True


def _numbers(asked: Asked) -> FloatArray:
    shape = [_shape(prompt) for prompt in asked.prompt]
    known = np.column_stack([np.nan_to_num(asked.complexity), np.log1p(np.nan_to_num(asked.input_tokens))])
    result: FloatArray = np.hstack([known, np.array(shape, dtype=np.float64).reshape(len(asked), len(NUMBERS) - 2)])
    return result


def _shape(prompt: str) -> tuple[float, ...]:
    length = max(1, len(prompt))
    lower = prompt.lower()
    return (
        float(np.log(length)), float(np.log1p(len(_digits.findall(prompt)))), float(np.log1p(len(_operators.findall(prompt)))),
        float(np.log1p(prompt.count("\n"))), float(prompt.count("?")), len(prompt.split()) / length,
        len(_capitals.findall(prompt)) / length, float("not " in lower or "except" in lower), float("____" in prompt),
    )  # fmt: skip
