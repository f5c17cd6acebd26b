"""Darwin Core Archives: what `meta.xml` says holds, not what the tables' headers say."""

from __future__ import annotations

import csv
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from kgconcepts.errors import KGConceptsError, SourceError
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources import dwca
from kgconcepts.sources.document import opened

DWC = "http://rs.tdwg.org/dwc/terms/"
GBIF = "http://rs.gbif.org/terms/1.0/"
PATO = "http://purl.obolibrary.org/obo/PATO_"
TAXA = ["taxonID", "scientificName", "parentNameUsageID", "acceptedNameUsageID", "taxonRank"]
ROWS = "1\tAlpha\t\t1\tgenus\n2\tAlpha prima\t1\t2\tspecies\n3\tBeta prima\t1\t2\tspecies\n"


def table(
    terms: list[str],
    file: str = "taxon.txt",
    *,
    element: str = "core",
    row: str = DWC + "Taxon",
    attributes: str = 'fieldsTerminatedBy="\\t" fieldsEnclosedBy=""',
    more: str = "",
) -> str:
    key = {"core": '<id index="0"/>', "extension": '<coreid index="0"/>', "table": ""}[element]
    fields = "".join(
        f'<field index="{k}" term="{term if ":" in term else DWC + term}"/>'
        for k, term in enumerate(terms)
        if term
    )
    return (
        f'<{element} rowType="{row}" {attributes}><files><location>{file}</location></files>'
        f"{key}{fields}{more}</{element}>"
    )


def meta(*tables: str) -> str:
    return f'<archive xmlns="http://rs.tdwg.org/dwc/text/">{"".join(tables)}</archive>'


def archive(folder: Path, described: str, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "meta.xml").write_text(described)
    for name, content in files.items():
        (folder / f"{name}.txt").write_text(content, newline="")
    return folder


def read(path: Path) -> ConceptGraph:
    with opened(path) as document:
        assert dwca.can_read(document)
        return dwca.read(document)


def test_taxa_have_the_name_of_the_archive_before_their_ids(tmp_path: Path) -> None:
    graph = read(archive(tmp_path / "my list", meta(table(TAXA)), taxon=ROWS))
    assert graph.ids == ("my_list:1", "my_list:2", "my_list:3")
    assert graph.related("my_list:2", "is_a") == ("my_list:1",)
    assert graph["my_list:2"].synonyms == ("Beta prima",)
    assert graph["my_list:3"].obsolete
    assert graph.find("Beta prima") == ["my_list:2"]


def test_a_zip_is_read_as_the_folder_is(tmp_path: Path) -> None:
    folder = archive(tmp_path / "list", meta(table(TAXA)), taxon=ROWS)
    for inside in ("", "list/"):
        with zipfile.ZipFile(tmp_path / "list.zip", "w") as packed:
            for file in folder.iterdir():
                packed.write(file, inside + file.name)
        graph = read(tmp_path / "list.zip")
        assert graph.ids == read(folder).ids
        assert graph.relations == read(folder).relations


def test_columns_are_those_of_the_indices_whatever_the_header_says(tmp_path: Path) -> None:
    wrong = "scientificName\ttaxonID\nA1\tAlpha\n"
    attributes = 'fieldsTerminatedBy="\\t" ignoreHeaderLines="1"'
    described = meta(table(["taxonID", "scientificName"], attributes=attributes))
    assert read(archive(tmp_path / "x", described, taxon=wrong))["x:A1"].label == "Alpha"


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ("", '1,"Alpha, beta",\r\n2,"Alpha ""x""\nprima",1\r\n'),
        (
            'fieldsTerminatedBy="|" fieldsEnclosedBy="\'"',
            "1|'Alpha, beta'\n2|'Alpha \"x\"\nprima'|1",
        ),
        (
            'fieldsTerminatedBy=";" linesTerminatedBy="\\r"',
            '1;Alpha, beta\r2;"Alpha ""x""\nprima";1',
        ),
    ],
)
def test_separators_and_quotes_are_those_of_the_description(
    tmp_path: Path, attributes: str, text: str
) -> None:
    described = meta(
        table(["taxonID", "scientificName", "parentNameUsageID"], attributes=attributes)
    )
    graph = read(archive(tmp_path / "x", described, taxon=text))
    assert graph["x:1"].label == "Alpha, beta"
    assert graph["x:2"].label == 'Alpha "x"\nprima'
    assert graph.related("x:2", "is_a") == ("x:1",)


def test_a_quote_means_nothing_where_cells_are_not_enclosed(tmp_path: Path) -> None:
    text = '1\t"Alpha\t\t\tgenus\n2\tBeta\t1\t\tgenus\n'
    graph = read(archive(tmp_path / "x", meta(table(TAXA)), taxon=text))
    assert [concept.label for concept in graph] == ['"Alpha', "Beta"]


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "UTF-16", "utf8"])
def test_encodings_are_those_of_the_description(tmp_path: Path, encoding: str) -> None:
    described = meta(table(TAXA, attributes=f'fieldsTerminatedBy="\\t" encoding="{encoding}"'))
    folder = archive(tmp_path / "x", described)
    (folder / "taxon.txt").write_text(ROWS.replace("Beta", "Bëtä"), encoding=encoding)
    assert read(folder)["x:2"].synonyms == ("Bëtä prima",)


def test_a_mark_at_the_beginning_is_no_part_of_the_first_id(tmp_path: Path) -> None:
    folder = archive(tmp_path / "x", meta(table(TAXA)))
    (folder / "taxon.txt").write_text(ROWS, encoding="utf-8-sig")
    assert "x:1" in read(folder)


def test_defaults_stand_where_there_is_no_column_or_no_value(tmp_path: Path) -> None:
    more = f'<field default="Accepted" term="{DWC}taxonomicStatus"/>'
    more += f'<field index="2" default="genus" term="{DWC}taxonRank"/>'
    described = meta(table(["taxonID", "scientificName"], more=more))
    graph = read(archive(tmp_path / "x", described, taxon="1\tAlpha\t\n2\tBetidae\tfamily\n"))
    assert [c.status for c in graph] == ["accepted", "accepted"]
    assert [c.rank for c in graph] == ["genus", "family"]


def test_several_files_are_one_table(tmp_path: Path) -> None:
    described = meta(table(TAXA, "a.txt</location><location>./b.txt"))
    first, second = ROWS.split("\n", 1)
    graph = read(archive(tmp_path / "x", described, a=first, b=second))
    assert graph.ids == ("x:1", "x:2", "x:3")


def test_identifiers_of_worms_and_of_others_stay_what_they_are(tmp_path: Path) -> None:
    lsid = "urn:lsid:marinespecies.org:taxname:"
    terms = ["taxonID", "scientificName", "parentNameUsageID", "scientificNameID"]
    text = f"{lsid}1\tAlpha\nhttps://example.org/t/2\tAlpha prima\t{lsid}1\n"
    text += f"7\tAlpha altera\t{lsid}1\t{lsid}3\n"
    graph = read(archive(tmp_path / "x", meta(table(terms)), taxon=text))
    assert graph.ids == ("AphiaID:1", "https://example.org/t/2", "x:7")
    assert graph.related("x:7", "is_a") == ("AphiaID:1",)
    assert graph["x:7"].xrefs == ("AphiaID:3",)


def test_an_authority_is_no_part_of_the_name(tmp_path: Path) -> None:
    terms = ["taxonID", "scientificName", "scientificNameAuthorship", "parentNameUsage"]
    text = "1\tAlpha Kofoid\tKofoid\n2\tAlpha prima (Claus, 1863)\t(Claus, 1863)\tAlpha Kofoid\n"
    graph = read(archive(tmp_path / "x", meta(table(terms)), taxon=text))
    assert graph["x:2"].label == "Alpha prima"
    assert graph["x:2"].authority == "(Claus, 1863)"
    assert graph.related("x:2", "is_a") == ("x:1",)


def test_parents_and_accepted_names_may_be_names(tmp_path: Path) -> None:
    terms = ["taxonID", "scientificName", "parentNameUsage", "acceptedNameUsage"]
    text = (
        "1\tAlpha\t\tAlpha\n2\tAlpha prima\tAlpha\tAlpha prima\n3\tBeta prima\tAlpha\tAlpha prima\n"
    )
    text += "4\tHomonym\n5\tHomonym\n6\tGamma\tHomonym\n7\tDelta\tNobody\n"
    graph = read(archive(tmp_path / "x", meta(table(terms)), taxon=text))
    assert graph.related("x:2", "is_a") == ("x:1",)
    assert graph["x:3"].replaced_by == ("x:2",)
    assert not graph["x:1"].obsolete
    assert {(f.rule, f.subject, f.value) for f in graph.findings} == {
        ("unresolved_reference", "x:6", "Homonym"),
        ("unresolved_reference", "x:7", "Nobody"),
    }


def test_columns_of_ranks_make_the_lineage_where_no_row_has_a_parent(tmp_path: Path) -> None:
    terms = ["taxonID", "kingdom", "class", "genus", "specificEpithet", "infraspecificEpithet"]
    text = "1\tAnimalia\tCopepoda\tAlpha\tprima\n2\tAnimalia\tCopepoda\tAlpha\tprima\tminor\n"
    text += "3\tAnimalia\tCopepoda\n"
    graph = read(archive(tmp_path / "x", meta(table(terms)), taxon=text))
    assert [graph[f"x:{k}"].label for k in (1, 2, 3)] == [
        "Alpha prima",
        "Alpha prima minor",
        "Copepoda",
    ]
    tree = graph.hierarchy()
    above = [graph[id_].label for id_ in tree.ancestors("x:2")]
    assert above[:3] == ["Animalia", "Copepoda", "Alpha"]
    assert above[3] == "Alpha prima"
    assert "Copepoda" in [graph[id_].label for id_ in tree.ancestors("x:1")]


def test_vernacular_names_are_related_synonyms_of_the_accepted_taxon(tmp_path: Path) -> None:
    names = table(
        ["", GBIF + "vernacularName"], "names.txt", element="extension", row=GBIF + "VernacularName"
    )
    folder = archive(
        tmp_path / "x",
        meta(table(TAXA), names),
        taxon=ROWS,
        names="2\tsea flea\n3\tsea flea\n3\tRuderfuß\n9\tnobody's\n",
    )
    graph = read(folder)
    assert graph["x:2"].scoped_synonyms == (
        ("Beta prima", "exact"),
        ("Ruderfuß", "related"),
        ("sea flea", "related"),
    )
    assert ("unresolved_reference", "9") in {(f.rule, f.subject) for f in graph.findings}


MEASURED = ["", "measurementType", "measurementTypeID", "measurementValue", "measurementValueID"]


@pytest.mark.parametrize(
    "row",
    [
        DWC + "MeasurementOrFact",
        "http://rs.iobis.org/obis/terms/ExtendedMeasurementOrFact",
    ],
)
def test_measurements_in_the_words_of_pato_or_eol_become_qualities(
    tmp_path: Path, row: str
) -> None:
    facts = table(MEASURED, "facts.txt", element="extension", row=row)
    text = f"2\tshape\t\tspherical\t{PATO}0001499\n"
    text += f"3\tshape\t{PATO}0000052\tlike a lens\t\n"  # of a synonym: the accepted taxon has it
    text += "2\tHabitat\t\thttp://eol.org/schema/terms/open_ocean\t\n"
    text += f"2\tsize\t{PATO}0000117\t12.5\t\n"  # a number is no quality
    text += "2\tdepth\thttp://vocab.example.org/depth\tdeep\t\n"  # in nobody's words
    graph = read(archive(tmp_path / "x", meta(table(TAXA), facts), taxon=ROWS, facts=text))
    traits = {graph[id_].label: graph[id_] for id_ in graph.related("x:2", "has_quality")}
    assert set(traits) == {"spherical", "like a lens", "open ocean"}
    assert {trait.kind for trait in traits.values()} == {"quality"}
    assert traits["spherical"].id == "PATO:0001499"
    assert traits["open ocean"].id == "http://eol.org/schema/terms/open_ocean"
    assert graph.related(traits["like a lens"].id, "is_a") == ("PATO:0000052",)
    assert graph["PATO:0000052"].label == "shape"
    assert graph["x:2"].kind == "taxon"
    assert ("unread_measurement", "PATO:0000117") in {(f.rule, f.subject) for f in graph.findings}


def test_tables_as_the_encyclopedia_of_life_lays_them_out(tmp_path: Path) -> None:
    facts = table(
        [
            "occurrenceID",
            "http://eol.org/schema/measurementOfTaxon",
            "measurementType",
            "measurementValue",
        ],
        "facts.txt",
        element="table",
        row=DWC + "MeasurementOrFact",
    )
    seen = table(["occurrenceID", "taxonID"], "seen.txt", element="table", row=DWC + "Occurrence")
    eol = "http://eol.org/schema/terms/"
    folder = archive(
        tmp_path / "x",
        meta(table(TAXA, element="table"), facts, seen),
        taxon=ROWS,
        seen="o1\t2\n",
        facts=f"o1\ttrue\t{eol}Habitat\t{eol}reef\no1\tfalse\t{eol}Season\t{eol}winter\n",
    )
    assert read(folder).related("x:2", "has_quality") == (eol + "reef",)


def test_what_the_archive_says_of_itself(tmp_path: Path) -> None:
    folder = archive(tmp_path / "x", meta(table(TAXA)), taxon=ROWS)
    (folder / "eml.xml").write_text(
        '<eml:eml xmlns:eml="eml://ecoinformatics.org/eml-2.1.1"><dataset><title>My list</title>'
        "<abstract><para>Of Alpha.</para></abstract><intellectualRights><para>Under <ulink "
        'url="x"><citetitle>CC0</citetitle></ulink>.</para></intellectualRights></dataset></eml:eml>'
    )
    source = read(folder).sources["x"]
    assert (source.title, source.licence, source.description) == (
        "My list",
        "Under CC0.",
        "Of Alpha.",
    )


def test_tables_that_are_not_read_are_told(tmp_path: Path) -> None:
    profile = table([""], "p.txt", element="extension", row=GBIF + "SpeciesProfile")
    graph = read(archive(tmp_path / "x", meta(table(TAXA), profile), taxon=ROWS))
    assert [(f.level, f.rule, f.value) for f in graph.findings] == [
        ("INFO", "unread_file", "speciesprofile")
    ]


@pytest.mark.parametrize(
    "location",
    ["../secret.txt", "/secret.txt", "http://example.org/taxon.txt", "..", "C:\\taxon.txt"],
)
def test_a_location_outside_the_folder_is_refused(tmp_path: Path, location: str) -> None:
    (tmp_path / "secret.txt").write_text(ROWS)
    with pytest.raises(SourceError, match="leads out of the folder"):
        read(archive(tmp_path / "x", meta(table(TAXA, location)), taxon=ROWS))


def test_a_zip_that_leads_outside_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        packed.writestr("meta.xml", meta(table(TAXA)))
        packed.writestr("../taxon.txt", ROWS)
    with pytest.raises(SourceError, match="outside the archive"):
        read(tmp_path / "x.zip")
    assert not (tmp_path.parent / "taxon.txt").exists()


@pytest.mark.parametrize("name", ["meta.xml", "eml.xml"])
@pytest.mark.parametrize(
    "entity",
    ['<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">', '<!ENTITY b SYSTEM "file:///etc/passwd">'],
)
def test_entities_are_refused(tmp_path: Path, name: str, entity: str) -> None:
    folder = archive(tmp_path / "x", meta(table(TAXA)), taxon=ROWS)
    whole = meta(table(TAXA, "&b;")) if name == "meta.xml" else "<eml><dataset>&b;</dataset></eml>"
    (folder / name).write_text(f"<!DOCTYPE archive [{entity}]>{whole}")
    with pytest.raises(SourceError, match=f"{name}: declares a document type or entities"):
        read(folder)


BAD = {
    "index 9, but the rows of": table(
        ["taxonID"], more=f'<field index="9" term="{DWC}taxonRank"/>'
    ),
    "expected a number from 0": table(
        ["taxonID"], more=f'<field index="-1" term="{DWC}taxonRank"/>'
    ),
    "'99999999999999999999'; expected": table(
        ["taxonID"], more=f'<field index="{"9" * 30}" term="{DWC}taxonRank"/>'
    ),
    "there is no file 'other.txt'": table(TAXA, "other.txt"),
    "encoding 'zip'; expected one of utf-8": table(TAXA, attributes='encoding="zip"'),
    "expected one character": table(TAXA, attributes='fieldsTerminatedBy="||"'),
    "describes occurrence; expected a table of rowType": table(TAXA, row=DWC + "Occurrence"),
    "describes no table": "",
    "malformed XML": "<core>",
    "tables; expected 100 at most": table(TAXA) * 101,
}


@pytest.mark.parametrize("message", BAD)
def test_what_is_wrong_with_a_description_is_said(tmp_path: Path, message: str) -> None:
    with pytest.raises(SourceError) as error:
        read(archive(tmp_path / "x", meta(BAD[message]), taxon=ROWS))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_text_in_another_encoding_than_said_is_refused(tmp_path: Path) -> None:
    folder = archive(tmp_path / "x", meta(table(TAXA)))
    (folder / "taxon.txt").write_bytes(ROWS.encode() + b"4\tB\xebta\n")
    with pytest.raises(SourceError, match=r"taxon\.txt, after line .*UTF-8"):
        read(folder)


def test_a_line_or_a_cell_without_end_is_refused(tmp_path: Path) -> None:
    folder = archive(tmp_path / "x", meta(table(TAXA)), taxon="1\t" + "a" * 2**25)
    tracemalloc.start()
    with pytest.raises(SourceError, match="line 1: longer than"):
        read(folder)
    assert tracemalloc.get_traced_memory()[1] < 2**28
    tracemalloc.stop()
    quoted = meta(table(TAXA, attributes='fieldsTerminatedBy="\\t"'))
    with pytest.raises(SourceError, match=r"after line \d+: field larger"):
        read(archive(tmp_path / "x", quoted, taxon='1\t"never closed\n' + ROWS * 9999))


def test_empty_lines_are_no_end(tmp_path: Path) -> None:
    text = "1\tAlpha\n" + "\n" * 100_001 + "2\tBeta\t1\n"
    graph = read(archive(tmp_path / "x", meta(table(TAXA[:3])), taxon=text))
    assert graph.relations == (("x:2", "is_a", "x:1"),)


def test_taxa_that_are_their_own_ancestors_are_told_where_a_hierarchy_is_wanted(
    tmp_path: Path,
) -> None:
    graph = read(archive(tmp_path / "x", meta(table(TAXA)), taxon="1\tA\t2\n2\tB\t1\t\t\n"))
    with pytest.raises(KGConceptsError, match="own ancestors"):
        graph.hierarchy()


@pytest.mark.data
def test_gymnodiniales_as_counted_by_hand(shared_data: Path) -> None:
    folder = shared_data / "taxonomies" / "gymnodiniales_dwca"
    with (folder / "gymno_dwc.txt").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    first: dict[str, list[str]] = {}
    for row in rows:
        first.setdefault(row[0], row)
    old = {id_ for id_, row in first.items() if row[1] not in ("", id_) and row[1] in first}
    graph = read(folder)
    assert set(graph.ids) == {f"gymnodiniales_dwca:{id_}" for id_ in first}
    assert {c.id for c in graph if c.obsolete} == {f"gymnodiniales_dwca:{id_}" for id_ in old}
    names: dict[str, set[str]] = {}
    for id_ in old:
        valid = first[id_][1]
        while first[valid][1] not in ("", valid):
            valid = first[valid][1]
        names.setdefault(f"gymnodiniales_dwca:{valid}", set()).add(first[id_][2].strip())
    assert {c.id: set(c.synonyms) for c in graph if c.synonyms} == names
    with_parent = [r for r in first.values() if r[3] in first and r[3] != r[0]]
    assert len(graph.relations) == len(with_parent)
    absent = {r[3] for r in first.values() if r[3] and r[3] not in first}
    lost = {f.value for f in graph.findings if f.rule == "unresolved_reference"}
    assert lost == {f"gymnodiniales_dwca:{id_}" for id_ in absent}
    ranks = Counter(r[4].strip().lower() for r in first.values())
    assert Counter(c.rank for c in graph) == ranks
    assert graph.find("Gymnodinium adriaticum") == ["gymnodiniales_dwca:T003"]
    assert graph.sources["gymnodiniales_dwca"].title == "Gymno"
    assert len(graph.hierarchy()) == len(first) - len(old)
