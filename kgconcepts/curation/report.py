"""Findings, to be counted, read and kept."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, overload

from kgconcepts.errors import OutputError
from kgconcepts.files import replacing
from kgconcepts.findings import LEVELS, Finding, Level

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = ["FORMATS", "Report"]

FORMATS = (".tsv", ".csv", ".json", ".html")
_COLUMNS = (*(field.name for field in fields(Finding)), "label")
_MOST_ON_PAGE = 500  # of a rule; the tables have all


class Report(Sequence[Finding]):
    """Findings, the gravest first, then by rule.

    Parameters
    ----------
    findings : iterable of Finding
    labels : mapping of id → label, optional
        What people call the subjects.
    why : mapping of rule → text, optional
        What a rule says.

    Examples
    --------
    >>> report = Report([Finding("WARN", "orphan", "A:1"), Finding("ERROR", "cycle", "A:2")])
    >>> report
    <Report: 1 ERROR, 1 WARN, 0 INFO>
    >>> [finding.rule for finding in report.at_least("ERROR")]
    ['cycle']
    """

    def __init__(
        self,
        findings: Iterable[Finding],
        labels: Mapping[str, str] | None = None,
        why: Mapping[str, str] | None = None,
    ) -> None:
        def gravity(finding: Finding) -> tuple[int, str]:
            return -LEVELS.index(finding.level), finding.rule

        self._findings = tuple(sorted(dict.fromkeys(findings), key=gravity))
        self.labels = dict(labels or {})
        self.why = dict(why or {})

    @overload
    def __getitem__(self, k: int) -> Finding: ...

    @overload
    def __getitem__(self, k: slice) -> Sequence[Finding]: ...

    def __getitem__(self, k: int | slice) -> Finding | Sequence[Finding]:
        return self._findings[k]

    def __len__(self) -> int:
        return len(self._findings)

    def __repr__(self) -> str:
        counts = ", ".join(f"{number} {level}" for level, number in self.counts.items())
        return f"<Report: {counts}>"

    @property
    def counts(self) -> dict[Level, int]:
        """How many findings there are of each level, the gravest first."""
        found = Counter(finding.level for finding in self)
        return {level: found[level] for level in reversed(LEVELS)}

    @property
    def rules(self) -> dict[str, tuple[Finding, ...]]:
        """The findings of each rule."""
        found: dict[str, list[Finding]] = {}
        for finding in self:
            found.setdefault(finding.rule, []).append(finding)
        return {rule: tuple(several) for rule, several in found.items()}

    def at_least(self, level: Level) -> tuple[Finding, ...]:
        """Return the findings of this level and graver ones."""
        least = LEVELS.index(level)
        return tuple(finding for finding in self if LEVELS.index(finding.level) >= least)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the findings, whole or not at all.

        Parameters
        ----------
        path : path-like
            Its suffix names the format: ``.tsv`` or ``.csv`` (columns level, rule, subject,
            property, value, label), ``.json`` or ``.html``.

        Raises
        ------
        OutputError
            If the suffix is another, or the place cannot be written to.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in FORMATS:
            raise OutputError(f"{path}: of no format of reports; end it in {', '.join(FORMATS)}")
        with replacing(path) as temporary:
            if suffix == ".html":
                temporary.write_text(self._page(path.stem), encoding="utf-8")
            elif suffix == ".json":
                content = {
                    "counts": self.counts,
                    "rules": {rule: self.why.get(rule, "") for rule in self.rules},
                    "findings": list(self._records()),
                }
                text = json.dumps(content, ensure_ascii=False, indent=1)
                temporary.write_text(text + "\n", encoding="utf-8")
            else:
                with temporary.open("w", encoding="utf-8", newline="") as file:
                    dialect = "excel-tab" if suffix == ".tsv" else "excel"
                    table = csv.DictWriter(file, _COLUMNS, dialect=dialect, lineterminator="\n")
                    table.writeheader()
                    table.writerows(self._records())

    def _records(self) -> Iterator[dict[str, str]]:
        for finding in self:
            yield asdict(finding) | {"label": self.labels.get(finding.subject, "")}

    def _page(self, title: str) -> str:
        import jinja2  # noqa: PLC0415 (slow to load, and needed here alone)

        template = resources.files("kgconcepts.curation").joinpath("report.html.jinja")
        page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
            template.read_text(encoding="utf-8")
        )
        return page.render(title=title, report=self, most=_MOST_ON_PAGE)

    def _repr_html_(self) -> str:
        from kgconcepts.curation.summary import as_html  # noqa: PLC0415 (slow to load)

        return as_html(self)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text  # noqa: PLC0415 (slow to load)

        from kgconcepts.curation.summary import EXAMPLES, summary  # noqa: PLC0415 (slow to load)

        styles = {"ERROR": "bold red", "WARN": "yellow", "INFO": "dim"}
        rows = (
            ((found[0].level, rule, str(len(found))), [self._line(f) for f in found[:EXAMPLES]])
            for rule, found in self.rules.items()
        )
        if self:
            yield summary(("level", "rule", "number"), rows, options, styles)
        counts = ", ".join(f"{number} {level}" for level, number in self.counts.items())
        yield Text(f"{len(self)} findings: {counts}" if self else "No findings.")

    def _line(self, finding: Finding) -> str:
        label = self.labels.get(finding.subject, finding.subject)
        subject = f"{finding.subject} {label}" if label != finding.subject else finding.subject
        value = f": {finding.value}" if finding.value and finding.value != label else ""
        return f"{subject}{value}"
