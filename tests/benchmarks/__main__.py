"""`make bench`: what must be fast, as ratios against a stated baseline measured in the same run."""

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks import (
    concurrent,
    crashes,
    demo_seeds,
    fit,
    forecast,
    gateways,
    growth,
    interactions,
    litellm_export,
    mutants,
    pages,
    peers,
    requests,
    router,
    scale,
    sidebyside,
    soak,
    truth,
    warehouse,
    widths,
)

PARTS = {
    "scale": scale.main,
    "interactions": interactions.main,
    "pages": pages.main,
    "concurrent": concurrent.main,
    "forecast": forecast.main,
    "requests": requests.main,
    "export": litellm_export.main,
    "seeds": lambda folder: demo_seeds.main(),
    "fit": fit.main,
    "truth": truth.main,
    "router": router.main,
    "gateways": gateways.main,
    "growth": growth.main,
    "sidebyside": sidebyside.main,
    "widths": widths.main,
    "crashes": crashes.main,
    "soak": soak.main,
    "peers": peers.main,
    "warehouse": warehouse.main,
}
LONG = {"mutants": mutants.main}  # an hour, and not about speed: only when named


def main() -> None:
    """Run the named parts, or all but the long ones."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument(
        "parts",
        nargs="*",
        help=f"of {', '.join(PARTS | LONG)} (default all but {', '.join(LONG)}), then files of outcomes to replay",
    )
    named = parser.parse_args().parts
    chosen = [part for part in named if part in PARTS | LONG] or list(PARTS)
    with tempfile.TemporaryDirectory() as folder:
        for part in chosen:
            print(f"\n## {part}")
            (PARTS | LONG)[part](Path(folder))


if __name__ == "__main__":
    main()
