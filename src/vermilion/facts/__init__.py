"""The vocabulary: events, parties, platforms, works, tokens, money and legal dates. Types only."""
