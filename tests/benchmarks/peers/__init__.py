"""Routecast and its peers on the same question, in one run: routers' curves, hulls, estimators, and questions to the log.

`python -m tests.benchmarks peers [curves] [hull] [estimators] [queries] OUTCOMES`, where OUTCOMES has prompts that two models
answered. Where both sides compute the same thing, their answers are compared before their times.
"""

import sys
from pathlib import Path

from tests.benchmarks.peers import curves, estimators, hull, queries

PARTS = {"curves": curves.main, "hull": hull.main, "estimators": estimators.main, "queries": queries.main}


def main(folder: Path) -> None:
    """Run the named parts, or all."""
    for name in [part for part in PARTS if part in sys.argv[2:]] or list(PARTS):
        print(f"\n### {name}")
        PARTS[name](folder)
