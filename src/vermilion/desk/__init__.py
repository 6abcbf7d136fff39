"""The application: where facts, rulebooks, record and state meet."""
