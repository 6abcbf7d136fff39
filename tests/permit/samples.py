"""A signing key, the claims of usual permits, and a reader's question."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from vermilion.errors import DataError
from vermilion.permit import Claims, Verifier, sign_permit

ROOT = Path(__file__).parents[2]


def _tool() -> ModuleType:
    """Import the tool that writes the published vectors."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module("permit_vectors")
    finally:
        sys.path.pop(0)


tool = _tool()
KEY, OTHER_KEY = tool.KEY, tool.OTHER_KEY
NBF, EXP, ISSUER = tool.NBF, tool.EXP, tool.ISSUER
CLAIMS: Claims = tool.sample()
RESOLVED: Claims = tool.resolved()
PERMIT = sign_permit(CLAIMS, KEY)
VERIFIER = Verifier(KEY.permit_public_key)


def verified(permit: str, now: float = NBF, **asked: Any) -> Claims:
    """Verify a permit as a reader does who trusts the key."""
    return VERIFIER.verify(permit, now, **asked)


def refused(permit: str, now: float = NBF, **asked: Any) -> str:
    """Return the code with which a permit is refused."""
    with pytest.raises(DataError) as caught:
        verified(permit, now, **asked)
    return caught.value.code


def outcome(permit: str, now: float = NBF) -> Claims | DataError:
    """Return what a permit says, or why it is refused."""
    try:
        return verified(permit, now)
    except DataError as error:
        return error


def signed(payload: bytes) -> str:
    """Sign any payload with the right key under the right header, as a faulty issuer might."""
    header = tool.base64.urlsafe_b64decode(PERMIT.partition(".")[0] + "==")
    permit: str = tool.signed(header, payload)
    return permit
