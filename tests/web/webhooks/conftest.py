"""Secrets in the environment."""

from __future__ import annotations

import pytest

from .samples import NEW, OLD


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", OLD)
    monkeypatch.setenv("HOOK_SECRET_NEW", NEW)
