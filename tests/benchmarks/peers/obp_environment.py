"""An environment for Open Bandit Pipeline, made once: it must not share one with Routecast."""

import subprocess
import venv
from importlib.metadata import version
from pathlib import Path

FOLDER = Path.home() / ".cache" / "routecast-bench" / "obp"
# The newest that installs here: 0.5 refuses Python 3.11. Its neighbours are those of Routecast, so that both compute on the same.
OBP = "obp==0.4.1"
SHARED = ("numpy", "scipy", "scikit-learn", "pandas")
NEEDED = ("mypy-extensions", "pyyaml", "tqdm")


def obp_python() -> Path | None:
    """Its interpreter; None, with the reason on the screen, where it cannot be installed.

    OBP's other requirements (torch, matplotlib, seaborn) are a gigabyte that no estimator uses: `obp_worker.py` does without.
    """
    python, ready = FOLDER / "bin" / "python", FOLDER / "ready"
    others = [*NEEDED, *(f"{name}=={version(name)}" for name in SHARED)]
    wanted = " ".join([OBP, *others])
    if not ready.exists() or ready.read_text(encoding="utf-8") != wanted:
        try:
            venv.create(FOLDER, clear=True, with_pip=True)
            _install(python, *others)
            _install(python, "--no-deps", OBP)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"skipped: Open Bandit Pipeline could not be installed ({error})")
            return None
        ready.write_text(wanted, encoding="utf-8")
    return python


def _install(python: Path, *wanted: str) -> None:
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    subprocess.run(command, check=True, capture_output=True)
