"""Vermilion beside other embeddable rule engines: 20 rules, every one evaluated for each event.

    pip install zen-engine==2.1.3 datalogic-py==5.9.0 cel-expr-python==0.1.3 cedarpy==4.12.2
    python -m benchmarks.peers [--engines vermilion,zen] [--rounds 15] [--json] [--cn]

An engine that is not installed is left out and named; the project depends on none of them.
`rules` holds the rules in every language, `events` the events, `engines` how each engine is used
at its best, `measure` the clock, `absent` what becomes of facts that nobody stated, `market` the
shipped rulebook.
"""
