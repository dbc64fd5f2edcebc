"""Runs the command line as `python -m tessera.cli`."""

from tessera.cli.main import main

main()
