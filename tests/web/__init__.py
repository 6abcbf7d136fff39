"""Tests of the API and console."""
