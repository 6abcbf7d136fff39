"""Keep a market in digital collectibles inside its rules, and prove that it did."""

__version__ = "0.1.0"
