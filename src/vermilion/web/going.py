"""Keep going what should never end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from vermilion.web.logs import say

AGAIN = 5.0
"""Seconds before what ended is begun again. Policy."""


async def kept_going(goes_on: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run something for ever: log what ends it, and begin it again after a while."""
    while True:
        try:
            await goes_on()
        except Exception as error:  # noqa: BLE001  (whatever it is, nobody else would notice)
            say("stopped", logging.ERROR, error)
        await asyncio.sleep(AGAIN)
