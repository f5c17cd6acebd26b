"""Labels, traits, scores and annotators → what is known of each image."""

from kgconcepts.evidence.evidence import Evidence
from kgconcepts.evidence.states import ABSENT, SHOWN, UNKNOWN

__all__ = ["ABSENT", "SHOWN", "UNKNOWN", "Evidence"]
