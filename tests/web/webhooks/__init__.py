"""Webhooks: signatures, addresses, outbox, deliveries and settings."""
