"""Run Vermilion as `python -m vermilion`."""

from vermilion.cli import main

main()
