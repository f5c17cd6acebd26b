"""Every error that a user can meet: one line that says where, what was found and what to do."""

__all__ = [
    "CycleError",
    "EvidenceError",
    "KGConceptsError",
    "LatentsError",
    "LossWarning",
    "MissingExtraError",
    "OutputError",
    "ProjectError",
    "ReasonerError",
    "SourceError",
    "TextError",
    "UnknownConceptError",
    "UnreadableImageError",
    "one_line",
]


def one_line(text: str) -> str:
    """Return text as one line that a terminal shows and does not obey.

    What is no printable character (line breaks are blanks) becomes U+FFFD: escape sequences, marks
    that turn the direction of writing.
    """
    words = " ".join(text.split())
    if words.isprintable():
        return words
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)


class KGConceptsError(Exception):
    """Base of all errors of kgconcepts."""

    def __str__(self) -> str:
        """Return the message as written (``KeyError`` would quote it)."""
        return str(self.args[0]) if self.args else ""


class SourceError(KGConceptsError, ValueError):
    """A file of knowledge cannot be read as what it seems to be."""


class CycleError(KGConceptsError, ValueError):
    """A concept is among its own ancestors."""


class UnknownConceptError(KGConceptsError, KeyError):
    """A name that no concept, or more than one, answers to."""


class EvidenceError(KGConceptsError, ValueError):
    """Labels or targets that contradict the graph or one another."""


class LatentsError(KGConceptsError, ValueError):
    """Latents that are of the wrong shape, not finite, or not those of the images."""


class UnreadableImageError(KGConceptsError, OSError):
    """An image that is not there or does not open."""


class ProjectError(KGConceptsError, ValueError):
    """A project file that does not say what it must."""


class OutputError(KGConceptsError, OSError):
    """A place that cannot be written to, or must not be."""


class MissingExtraError(KGConceptsError, ImportError):
    """A library that comes with an extra is not installed."""

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(
            f"{module} is needed here and not installed: run pip install 'kgconcepts[{extra}]'"
        )


class TextError(KGConceptsError, ValueError):
    """Texts that cannot be asked for as they were, or a server that does not give them."""


class ReasonerError(KGConceptsError, RuntimeError):
    """A reasoner cannot be run, gave up, or took too long."""


class LossWarning(UserWarning):
    """A format cannot hold all that it was given."""
