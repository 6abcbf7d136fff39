"""Tests of the windows over past events."""
