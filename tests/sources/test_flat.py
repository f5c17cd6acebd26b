"""Lists become one text and come back, whatever is in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kgconcepts.sources.flat import joined, split

ITEMS = st.lists(st.text(st.sampled_from("ab|\\ \n"), min_size=1, max_size=5), max_size=4)


@given(ITEMS, st.sampled_from("| "))
def test_what_is_joined_is_parted_again(items: list[str], separator: str) -> None:
    assert list(split(joined(items, separator), separator)) == items


def test_items_without_bars_and_backslashes_are_as_people_write_them() -> None:
    assert joined(["copepod", "oar-foot"]) == "copepod|oar-foot"
    assert split("copepod||oar-foot|") == ("copepod", "oar-foot")
    assert split("ends in a backslash\\") == ("ends in a backslash\\",)
