"""Steps: reused while nothing changed, and a folder of results that is nobody else's."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from kgconcepts import steps as steps_module
from kgconcepts.errors import OutputError
from kgconcepts.steps import Arrays, Output, Steps, digest


class Maker:
    """Makes an array and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Arrays:
        self.times += 1
        return {"a": np.arange(3) * self.times, "b": np.eye(2, dtype=np.float32)}


def steps_in(folder: Path) -> Steps:
    return Steps(Output(folder), Console(file=io.StringIO()))


def test_a_step_is_made_once_for_the_same_content(tmp_path: Path) -> None:
    make = Maker()
    first = steps_in(tmp_path / "out").arrays("step", ["content", 1], make)
    again = steps_in(tmp_path / "out").arrays("step", ["content", 1], make)
    assert make.times == 1
    np.testing.assert_array_equal(first["a"], again["a"])
    assert again["b"].dtype == np.float32
    steps_in(tmp_path / "out").arrays("step", ["content", 2], make)
    assert make.times == 2


def test_a_change_of_the_code_makes_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Maker()
    steps_in(tmp_path / "out").arrays("step", 1, make)
    monkeypatch.setattr(steps_module, "_code", lambda: "other")
    steps_in(tmp_path / "out").arrays("step", 1, make)
    assert make.times == 2


def test_a_damaged_result_is_made_anew(tmp_path: Path) -> None:
    make = Maker()
    steps_in(tmp_path / "out").arrays("step", 1, make)
    (kept,) = (tmp_path / "out" / "steps").iterdir()
    kept.write_bytes(kept.read_bytes()[:20])
    steps_in(tmp_path / "out").arrays("step", 1, make)
    assert make.times == 2
    steps_in(tmp_path / "out").arrays("step", 1, make)
    assert make.times == 2


def test_only_what_is_new_is_made_and_all_come_in_order(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def make(new: list[str]):
        asked.append(new)
        yield from ({"name": np.array([ord(name)])} for name in new)

    content = {"a": 1, "b": 2, "c": 3}
    list(steps_in(tmp_path / "out").many({"b": 2}, make))
    found = list(steps_in(tmp_path / "out").many(content, make))
    assert asked == [["b"], ["a", "c"]]
    assert [chr(arrays["name"][0]) for arrays in found] == ["a", "b", "c"]


def test_results_made_from_something_else_are_forgotten(tmp_path: Path) -> None:
    make = Maker()
    steps_in(tmp_path / "out").arrays("step", 1, make)
    steps_in(tmp_path / "out").arrays("other-step", 1, make)
    later = steps_in(tmp_path / "out")
    later.arrays("step", 2, make)
    later.forget_superseded()
    assert len(list((tmp_path / "out" / "steps").iterdir())) == 2
    steps_in(tmp_path / "out").arrays("step", 2, make)
    steps_in(tmp_path / "out").arrays("other-step", 1, make)
    assert make.times == 3


def test_a_failed_step_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> Arrays:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        steps_in(tmp_path / "out").arrays("step", 1, fail)
    assert {p.name for p in (tmp_path / "out").rglob("*")} <= {".kgconcepts.json", "steps"}


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match="did not write"):
        Output(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_another_file_among_the_results_is_left_alone(tmp_path: Path) -> None:
    output = Output(tmp_path / "out")
    (tmp_path / "out" / "report.html").write_text("mine")
    with pytest.raises(OutputError, match="left alone"):
        output.path("report.html")
    assert (tmp_path / "out" / "report.html").read_text() == "mine"


def test_its_own_files_are_written_again(tmp_path: Path) -> None:
    Output(tmp_path / "out").path("report.html").write_text("first")
    Output(tmp_path / "out").path("report.html").write_text("second")
    assert (tmp_path / "out" / "report.html").read_text() == "second"


@pytest.mark.parametrize("damage", ["", "[]", '{"files": 3}', "{"])
def test_a_damaged_list_of_its_files_is_said(tmp_path: Path, damage: str) -> None:
    Output(tmp_path / "out")
    (tmp_path / "out" / ".kgconcepts.json").write_text(damage)
    with pytest.raises(OutputError, match="damaged"):
        Output(tmp_path / "out")


def test_a_place_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="is a file"):
        Output(tmp_path / "out")
    with pytest.raises(OutputError, match="cannot be written"):
        Output(tmp_path / "out" / "below")


def test_a_hash_tells_arrays_apart() -> None:
    a = np.arange(6)
    assert digest(a) == digest(a.copy())
    different = [a, a.reshape(2, 3), a.astype(np.int32), a[::-1], a.astype(float)]
    assert len({digest(x) for x in different}) == len(different)
