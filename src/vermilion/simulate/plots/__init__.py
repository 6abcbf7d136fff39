"""Patterns by theme: each plays a violation, or its lawful twin on the other side of the line."""
