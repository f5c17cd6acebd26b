"""``python -m kgconcepts``."""

from kgconcepts.cli import main

main()
