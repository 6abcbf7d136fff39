"""Webhooks: tell platforms what people resolved, signed, at least once, and in order.

Start at `Webhooks` and `Teller`. Format and verification: docs/webhooks.md.
"""

from vermilion.web.webhooks.outbox import Parked
from vermilion.web.webhooks.settings import (
    KINDS,
    Kind,
    SubscriptionSettings,
    WebhookSettings,
    check_settings,
)
from vermilion.web.webhooks.telling import Teller
from vermilion.web.webhooks.webhooks import Delivered, Telling, Webhooks

__all__ = [
    "KINDS",
    "Delivered",
    "Kind",
    "Parked",
    "SubscriptionSettings",
    "Teller",
    "Telling",
    "WebhookSettings",
    "Webhooks",
    "check_settings",
]
