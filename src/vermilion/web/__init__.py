"""The desk over HTTP: a JSON interface for platforms, and a console for people."""
