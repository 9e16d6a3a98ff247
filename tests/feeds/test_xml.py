import tracemalloc
from pathlib import Path

import pytest

from feeds.kit import delivered
from kithkin.feeds import xml
from kithkin.feeds.delivery import DeliveredFile, FeedError
from kithkin.feeds.xml import iterate
from shared_data import shared_data

RETURN = """<?xml version="1.0" encoding="UTF-8"?>
<Message>
  <Header><Year>2026</Year></Header>
  <Children>
    <Child>
      <Id>1</Id><Names><Name>Zoë</Name></Names>
    </Child>
    <Child><Id>2</Id><Child>inner</Child></Child>
  </Children>
</Message>
"""


def test_each_wanted_element_comes_with_the_line_it_starts_on(tmp_path: Path) -> None:
    file = delivered("cin.xml", RETURN, tmp_path)
    found = [(line, child.findtext("Id")) for line, child in iterate(file, "Child")]
    assert found == [(5, "1"), (8, "2")]


def test_an_element_holds_all_that_is_inside_it(tmp_path: Path) -> None:
    (_, first), (_, second) = iterate(delivered("cin.xml", RETURN, tmp_path), "Child")
    assert first.findtext("Names/Name") == "Zoë"
    assert second.findtext("Child") == "inner"


def test_namespaces_are_dropped(tmp_path: Path) -> None:
    text = '<m:Message xmlns:m="urn:cin"><m:Child a="1"><m:Id>7</m:Id></m:Child></m:Message>'
    ((_, child),) = iterate(delivered("cin.xml", text, tmp_path), "Child")
    assert (child.tag, child.get("a"), child.findtext("Id")) == ("Child", "1", "7")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_is_followed(tmp_path: Path, encoding: str) -> None:
    text = RETURN.replace("UTF-8", encoding).encode(encoding)
    (_, child), _ = iterate(delivered("cin.xml", text, tmp_path), "Child")
    assert child.findtext("Names/Name") == "Zoë"


def test_an_entity_bomb_is_refused_unread(tmp_path: Path) -> None:
    layers = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    bomb = f'<!DOCTYPE x [<!ENTITY a0 "ha">{layers}]><x><Child>&a9;</Child></x>'
    with pytest.raises(FeedError, match=r"cin\.xml: declares XML entities"):
        list(iterate(delivered("cin.xml", bomb, tmp_path), "Child"))


def test_a_reference_to_an_outside_file_is_refused(tmp_path: Path) -> None:
    text = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x><Child>&f;</Child></x>'
    with pytest.raises(FeedError, match="declares XML entities"):
        list(iterate(delivered("cin.xml", text, tmp_path), "Child"))


@pytest.mark.parametrize("text", ["<a><Child></a>", "", "id,name\n1,Ann\n", "<a><Child>"])
def test_what_is_not_well_formed_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(FeedError, match=r"is not well-formed XML: .*line \d"):
        list(iterate(delivered("cin.xml", text, tmp_path), "Child"))


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"gone.xml: cannot be opened"):
        list(iterate(DeliveredFile(tmp_path / "gone.xml", "gone.xml", ""), "Child"))


def test_one_element_that_never_ends_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml, "MAX_CHARACTERS", 1 << 20)
    text = "<a>\n<Child>" + "<b>word</b>" * 40_000 + "</Child></a>"
    with pytest.raises(FeedError, match="line 2: the element Child holds more than 1 MB"):
        list(iterate(delivered("cin.xml", text, tmp_path), "Child"))


def test_memory_does_not_grow_with_the_number_of_elements(tmp_path: Path) -> None:
    child = "<Child><Id>1</Id>" + "<Plan>x</Plan>" * 20 + "</Child>"
    file = delivered("cin.xml", f"<a>{child * 5_000}</a>", tmp_path)
    tracemalloc.start()
    assert sum(1 for _ in iterate(file, "Child")) == 5_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_the_published_census_example_is_read_by_its_lines() -> None:
    path = shared_data("cin_census/fake_CIN_data.xml")
    lines = path.read_text().splitlines()
    found = list(iterate(DeliveredFile(path, path.name, ""), "Child"))
    assert len(found) == sum("<Child>" in line for line in lines)
    assert all("<Child>" in lines[line - 1] for line, _ in found)
