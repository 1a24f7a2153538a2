"""Files as people send them: encodings, empty lines, stray quotation marks, GeoJSON of any shape."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from dispatch.orders.intake.rows.mapping import FilePart
from dispatch.orders.intake.rows.reading import BadRow, Row, open_source
from kit.errors import Invalid


def written(folder: Path, content: str | bytes, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, part: FilePart | None = None) -> list[Row | BadRow]:
    return list(open_source(path, part or FilePart()).rows())


def test_utf8_is_read_with_and_without_a_byte_order_mark(tmp_path: Path):
    for bom in (b"", b"\xef\xbb\xbf"):
        path = written(tmp_path, bom + "编号,地址\n1,中山路 5 号\n".encode())
        assert read(path) == [Row(2, {"编号": "1", "地址": "中山路 5 号"})]


def test_gb18030_is_recognised(tmp_path: Path):
    path = written(tmp_path, "编号,地址\n1,鼓楼区中山北路二十五号\n".encode("gb18030"))
    source = open_source(path, FilePart())
    assert source.encoding == "gb18030"
    assert list(source.rows()) == [Row(2, {"编号": "1", "地址": "鼓楼区中山北路二十五号"})]


def test_latin_text_is_not_mistaken_for_chinese_and_the_line_is_named(tmp_path: Path):
    path = written(tmp_path, "id,address\n1,Main St\n2,Rua das Flores\n3,São João\n".encode("cp1252"))
    with pytest.raises(Invalid) as refused:
        open_source(path, FilePart())
    assert refused.value.code == "file.encoding"
    assert refused.value.params["line"] == 4
    assert read(path, FilePart(encoding="cp1252"))[2] == Row(4, {"id": "3", "address": "São João"})


@pytest.mark.parametrize("word", ["Kitsilañó", "AÇÃO", "Côté"])
def test_accented_pairs_are_not_chinese_either(tmp_path: Path, word: str):
    with pytest.raises(Invalid, match="neither UTF-8 nor"):
        open_source(written(tmp_path, f"id,address\n1,{word}\n2,St {word}\n".encode("cp1252")), FilePart())


@pytest.mark.parametrize("word", ["中山路A座", "上海市，浦东新区", "3号楼", "国际（北）"])
def test_short_chinese_is_recognised(tmp_path: Path, word: str):
    rows = read(written(tmp_path, f"id,地址\n1,{word}\n".encode("gb18030")))
    assert rows == [Row(2, {"id": "1", "地址": word})]


def test_a_wrong_encoding_in_the_mapping_is_refused_with_its_line(tmp_path: Path):
    path = written(tmp_path, "id,address\n1,São João\n".encode("cp1252"))
    with pytest.raises(Invalid, match=r"Line 2 of orders\.csv is not utf-8"):
        open_source(path, FilePart(encoding="utf-8"))


def test_a_program_is_not_a_file_of_orders(tmp_path: Path):
    with pytest.raises(Invalid) as refused:
        open_source(written(tmp_path, b"\x7fELF\x00\x01\x02"), FilePart())
    assert refused.value.code == "file.binary"


def test_an_empty_file_says_so(tmp_path: Path):
    for content in ("", "\n\n"):
        with pytest.raises(Invalid) as refused:
            open_source(written(tmp_path, content), FilePart())
        assert refused.value.code == "file.empty"


def test_ten_thousand_empty_lines_are_passed_over_and_lines_still_counted(tmp_path: Path):
    path = written(tmp_path, "id,address\n" + "\n" * 5_000 + ",\n" * 5_000 + "1,Main St\n" + "\n" * 10)
    assert read(path) == [Row(10_002, {"id": "1", "address": "Main St"})]


def test_a_cell_over_several_lines_is_one_row_at_its_first_line(tmp_path: Path):
    path = written(tmp_path, 'id,note\n1,"two\nlines"\n2,x\n')
    assert [row.line for row in read(path)] == [2, 4]


def test_rows_of_another_width_are_reported_not_shifted(tmp_path: Path):
    rows = read(written(tmp_path, "id,address\n1\n2,b,c\n3,d,\n"))
    assert [(row.line, row.reason) for row in rows if isinstance(row, BadRow)] == [(2, "row.cells"), (3, "row.cells")]
    assert rows[2] == Row(4, {"id": "3", "address": "d"})


def test_a_stray_quotation_mark_names_all_lines_it_joined(tmp_path: Path):
    rows = read(written(tmp_path, 'id,note\n1,"a\n2,b\n3,"c"\n4,d\n'))
    bad = rows[0]
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.reason, bad.params) == (2, "row.quotes", {"through": 4})
    assert rows[1] == Row(5, {"id": "4", "note": "d"})


def test_a_quotation_mark_that_never_ends_is_refused(tmp_path: Path):
    with pytest.raises(Invalid) as refused:
        read(written(tmp_path, 'id,note\n1,a\n2,"b\n3,c\n'))
    assert (refused.value.code, refused.value.params["line"]) == ("file.open_quote", 3)


def features(*names: str) -> list[dict[str, object]]:
    point = {"type": "Point", "coordinates": [1, 2]}
    return [
        {"type": "Feature", "properties": {"name": name, "n": 1, "none": None}, "geometry": point} for name in names
    ]


def test_geojson_features_come_one_by_one_wherever_they_stand(tmp_path: Path):
    collection = {"name": "x", "crs": {"properties": [1, {"a": "]"}]}, "features": features("a", "b"), "type": "F"}
    for indent in (None, 2):
        rows = read(written(tmp_path, json.dumps(collection, indent=indent), "o.geojson"))
        assert [(row.line, row.values["name"]) for row in rows if isinstance(row, Row)] == [(1, "a"), (2, "b")]
        assert isinstance(rows[0], Row)
        assert rows[0].values == {"name": "a", "n": "1", "none": ""}
        assert rows[0].geometry == {"type": "Point", "coordinates": [1, 2]}


def test_one_feature_a_line_is_geojson_too(tmp_path: Path):
    lines = "\n".join(json.dumps(feature) for feature in features("a", "b"))
    assert [row.values["name"] for row in read(written(tmp_path, lines, "o.json")) if isinstance(row, Row)] == [
        "a",
        "b",
    ]


def test_broken_geojson_names_the_feature(tmp_path: Path):
    whole = json.dumps({"type": "FeatureCollection", "features": features("a", "b")})
    with pytest.raises(Invalid) as refused:
        read(written(tmp_path, whole[:-30], "o.geojson"))
    assert (refused.value.code, refused.value.params["feature"]) == ("file.json", 2)


@pytest.mark.parametrize("kind", ["csv", "geojson"])
def test_memory_stays_flat_however_long_the_file(tmp_path: Path, kind: str):
    path = tmp_path / f"long.{kind}"
    with path.open("w") as out:
        if kind == "csv":
            out.write("id,address\n")
            out.writelines(f"{n},{n} Main Street of some length\n" for n in range(60_000))
        else:
            out.write('{"type": "FeatureCollection", "features": [')
            out.writelines(("," if n else "") + json.dumps(features(str(n))[0]) for n in range(60_000))
            out.write("]}")
    source = open_source(path, FilePart())
    tracemalloc.start()
    try:
        assert sum(1 for _ in source.rows()) == 60_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16_000_000
