"""The three things that can be known of an image and a concept."""

__all__ = ["ABSENT", "SHOWN", "UNKNOWN"]

SHOWN, ABSENT, UNKNOWN = 1, 0, -1
