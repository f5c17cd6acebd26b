"""A world small enough to check: drawn plankton whose parts are known."""
