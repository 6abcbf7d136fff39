"""Settings of the property tests."""

from hypothesis import settings

# The first example builds its strategies, which takes longer than a test of it may.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
