"""A report counts findings, and says the same in every format; what it quotes does no harm."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from kgconcepts.curation.report import Report
from kgconcepts.errors import OutputError
from kgconcepts.findings import Finding

EVIL = "<script>alert(1)</script>\x1b[31m\u202e"
REPORT = Report(
    [
        Finding("INFO", "missing_superclass", "X:0", "is_a"),
        Finding("WARN", "homonym", "X:2", "label", 'Uronema\t(X:3)\nand "more"'),
        Finding("ERROR", "label_formatting", "X:1", "label", EVIL),
        Finding("WARN", "homonym", "X:2", "label", 'Uronema\t(X:3)\nand "more"'),
    ],
    {"X:1": EVIL, "X:2": "Uronema"},
    {"homonym": "Different taxa have the same name."},
)


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(report: Report, width: int = 100) -> str:
    console = Console(width=width, file=io.StringIO())
    console.print(report)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_the_gravest_come_first_and_what_comes_twice_once() -> None:
    assert [f.level for f in REPORT] == ["ERROR", "WARN", "INFO"]
    assert REPORT.counts == {"ERROR": 1, "WARN": 1, "INFO": 1}
    assert len(REPORT.at_least("WARN")) == 2
    assert list(REPORT.rules) == ["label_formatting", "homonym", "missing_superclass"]


@pytest.mark.parametrize(("suffix", "dialect"), [(".tsv", "excel-tab"), (".csv", "excel")])
def test_a_table_has_a_row_a_finding(tmp_path: Path, suffix: str, dialect: str) -> None:
    REPORT.write(tmp_path / f"report{suffix}")
    with (tmp_path / f"report{suffix}").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, dialect=dialect))
    names = ("level", "rule", "subject", "property", "value")
    assert [Finding(*(row[name] for name in names)) for row in rows] == list(REPORT)
    assert [row["label"] for row in rows] == [EVIL, "Uronema", ""]


def test_json_has_counts_rules_and_findings(tmp_path: Path) -> None:
    REPORT.write(tmp_path / "report.json")
    content = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert content["counts"] == {"ERROR": 1, "WARN": 1, "INFO": 1}
    assert content["rules"]["homonym"] == "Different taxa have the same name."
    assert [f["subject"] for f in content["findings"]] == ["X:1", "X:2", "X:0"]


def test_a_page_shows_what_labels_say_and_runs_nothing(tmp_path: Path) -> None:
    REPORT.write(tmp_path / "report.html")
    page = _Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "<script>alert(1)</script>" in page.text
    assert "script" not in page.tags
    assert "Different taxa have the same name." in page.text


def test_a_page_of_very_many_findings_says_how_many_more_there_are(tmp_path: Path) -> None:
    many = Report(Finding("WARN", "homonym", f"X:{k}") for k in range(1234))
    many.write(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count('<td class="id">') == 500
    assert "and 734 more" in page


@pytest.mark.parametrize("width", [80, 160])
def test_a_terminal_shows_every_rule_and_obeys_no_label(width: int) -> None:
    text = shown(REPORT, width)
    for word in ("ERROR", "label_formatting", "homonym", "missing_superclass", "X:1 <script>"):
        assert word in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(map(len, text.splitlines())) <= width
    assert text.splitlines()[-1] == "3 findings: 1 ERROR, 1 WARN, 1 INFO"
    assert "script" not in _Page(REPORT._repr_html_()).tags


def test_no_findings_are_said_to_be_none(tmp_path: Path) -> None:
    assert shown(Report([])) == "No findings.\n"
    Report([]).write(tmp_path / "report.html")
    assert "No findings." in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"end it in \.tsv, \.csv, \.json, \.html"):
        REPORT.write(tmp_path / "report.pdf")
    assert list(tmp_path.iterdir()) == []
