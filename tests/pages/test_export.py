"""The export control of Simulate and Frontier: every format, its notes, its files."""

from pathlib import Path

import pytest

from analytics.policies import load_architecture
from analytics.policies.export import export_architecture
from analytics.settings import architectures_dir
from tests.pages.test_pages import start, texts


@pytest.mark.parametrize(
    ("label", "target", "files"), [("LiteLLM proxy", "litellm", 2), ("Python function", "python", 1), ("SQL query", "sql", 1)]
)  # fmt: skip
def test_simulate_exports_what_is_on_the_screen(demo_open: Path, label: str, target: str, files: int) -> None:
    app = start("route/simulate.py", base="Multi-model")
    assert "Exported by Routecast" not in "".join(code.value for code in app.code)
    app.session_state["simulate_export"] = True
    app.run()
    app.segmented_control(key="simulate_format").set_value(label).run()
    assert not app.exception
    export = export_architecture(load_architecture(architectures_dir / "multi-model.toml"), target)
    shown = [code.value for code in app.code if "Exported by Routecast" in code.value]
    assert shown == [text.strip() for _, text in export.files]
    assert len(shown) == files
    assert "gets it by Routecast's rule" in texts(app)


def test_frontier_exports_its_best(demo_open: Path) -> None:
    app = start("route/frontier.py")
    app.session_state["best_export"] = True
    app.run()
    assert not app.exception
    assert any("model_list:" in code.value for code in app.code)
