"""What holds for all tests."""

import sys

from hypothesis import settings

_MAIN = sys.modules["__main__"]
if not hasattr(_MAIN, "__file__"):
    # A worker of pytest-xdist has none. Spark's client takes that for a run of its own doctests,
    # and ends the process.
    _MAIN.__file__ = __file__

# How long an example takes says more about the machine than about the program.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
