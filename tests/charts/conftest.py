"""The busy log."""

from tests.busy import busy

__all__ = ["busy"]
