"""Open Bandit Pipeline on the replays of `estimators.py`: run by the interpreter of its own environment, on its own.

    python obp_worker.py REPLAYS.npz RESULTS.json

The modules that OBP imports but only its neural policy learners (torch) and its plots (matplotlib, seaborn) use are stood in for.
"""

import json
import sys
import time
import types
from pathlib import Path


class _Names(type):
    """Whatever is asked of a module that is not here: a class, good for annotations and base classes."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls


class _Absent(metaclass=_Names):
    pass


for absent in ("torch", "torch.nn", "torch.optim", "torch.utils", "torch.utils.data", "matplotlib", "matplotlib.pyplot", "seaborn"):  # fmt: skip
    sys.modules[absent] = types.ModuleType(absent)
    sys.modules[absent].__getattr__ = lambda name: _Absent  # type: ignore[method-assign]

import numpy as np  # noqa: E402
from obp.ope import (  # noqa: E402
    DirectMethod,
    DoublyRobust,
    InverseProbabilityWeighting,
    RegressionModel,
    SelfNormalizedInverseProbabilityWeighting,
    SwitchDoublyRobust,
)
from sklearn.linear_model import LogisticRegression  # noqa: E402

BOOTSTRAPS, FOLDS, SWITCH = 200, 5, 10.0
# Name, estimator, and in how many folds its model of the rewards is fitted (0: it has none).
ESTIMATORS = (
    ("IPW", InverseProbabilityWeighting(), 0),
    ("SNIPS", SelfNormalizedInverseProbabilityWeighting(), 0),
    ("DM", DirectMethod(), 1),
    ("DR", DoublyRobust(), 1),
    ("Switch-DR", SwitchDoublyRobust(tau=SWITCH), 1),
    ("DR, cross-fitted", DoublyRobust(), FOLDS),
)


def estimate(log, number, choice, estimator, folds, random):  # type: ignore[no-untyped-def]
    """Mean and 95% interval of every policy on one log; the model is fitted once for all of them."""
    rows, action = log[f"rows{number}"], log[f"action{number}"]
    told = {"action": action, "reward": log["quality"][rows, action], "pscore": log[f"pscore{number}"]}
    if folds:
        model = RegressionModel(base_model=LogisticRegression(solver="liblinear"), n_actions=choice.shape[2])
        told["estimated_rewards_by_reg_model"] = model.fit_predict(
            log["context"][rows], action, told["reward"], n_folds=folds, random_state=random
        )
    found = []
    for policy in choice:
        asked = told | {"action_dist": policy[rows][:, :, None]}
        interval = estimator.estimate_interval(**asked, n_bootstrap_samples=BOOTSTRAPS, random_state=random)
        low, high = (interval[f"95.0% CI ({end})"] for end in ("lower", "upper"))
        found.append([float(one) for one in (estimator.estimate_policy_value(**asked), low, high)])
    return found


def main(replays: Path, results: Path) -> None:
    """Write {estimator: {"found": (replays, policies, 3), "seconds": of processor time per replay}}."""
    log = dict(np.load(replays))
    count = sum(name.startswith("rows") for name in log)
    answers = {}
    for name, estimator, folds in ESTIMATORS:
        start = time.process_time()
        found = [estimate(log, number, log["choice"], estimator, folds, number) for number in range(count)]
        answers[name] = {"found": found, "seconds": (time.process_time() - start) / count}
    results.write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
