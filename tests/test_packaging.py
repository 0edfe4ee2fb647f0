"""What the layout promises."""

import os
import re
import subprocess
import sys
from pathlib import Path

from analytics import settings

ROOT = settings.home


def test_the_core_runs_without_streamlit() -> None:
    code = (
        "import sys; sys.modules['streamlit'] = None\n"
        "import importlib, pkgutil, analytics\n"
        "for found in pkgutil.walk_packages(analytics.__path__, 'analytics.'):\n"
        "    if not found.name.endswith('__main__'): importlib.import_module(found.name)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_shared_modules_are_imported_by_their_full_name() -> None:
    """`import shared` would load them twice: two caches, two connections."""
    for file in (ROOT / "pages").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) shared\b", file.read_text(encoding="utf-8"), re.MULTILINE), file


def test_the_lock_names_no_host() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text


def test_the_command_works_from_any_folder(tmp_path: Path) -> None:
    database = tmp_path / "log.duckdb"
    done = subprocess.run(
        [sys.executable, "-m", "analytics", "audit", "--db", str(database)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert str(database) in done.stderr


def test_products_of_small_matrices_run_on_one_thread() -> None:
    """Whatever is imported first: the setting is there before numpy."""
    code = "import pages.shared.cached, numpy, os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    imports = "import sys, analytics; assert 'numpy' not in sys.modules; "
    done = subprocess.run(
        [sys.executable, "-c", imports + code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"
