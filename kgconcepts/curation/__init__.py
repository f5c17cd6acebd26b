"""One graph → a better one: merge and match, checks, differences."""
