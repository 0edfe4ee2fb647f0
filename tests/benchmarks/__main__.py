"""`make bench`: what must be fast, as ratios against a stated baseline measured in the same run."""

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks import (
    concurrent,
    demo_seeds,
    fit,
    forecast,
    gateways,
    interactions,
    litellm_export,
    pages,
    requests,
    router,
    scale,
    sidebyside,
    truth,
    warehouse,
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
    "sidebyside": sidebyside.main,
    "warehouse": warehouse.main,
}


def main() -> None:
    """Run the named parts, or all."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument(
        "parts", nargs="*", help=f"of {', '.join(PARTS)} (default all), then files of outcomes to replay"
    )
    named = parser.parse_args().parts
    chosen = [part for part in named if part in PARTS] or list(PARTS)
    with tempfile.TemporaryDirectory() as folder:
        for part in chosen:
            print(f"\n## {part}")
            PARTS[part](Path(folder))


if __name__ == "__main__":
    main()
