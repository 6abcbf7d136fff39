"""Market surveillance: detectors over a market's history, and what they find.

`prepare` makes the tables, `run_detectors` runs over them, `told` and `write` say what was found.
"""
