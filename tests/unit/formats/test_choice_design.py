"""A design reads back as it was written, and a table from elsewhere is checked whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.errors import InputError
from counterflow.formats.choice_design import (
    import_design,
    read_choice_design,
    read_design_step,
    write_choice_design,
    write_design_csv,
    write_design_step,
)
from counterflow.survey.design.make import make_design
from strategies.design_specifications import phones
from strategies.shown_designs import shown_designs

LEVELS = {"trim": ("base", "plus"), "price": ("10", "12")}
TABLE = {
    "version": [1, 1, 1, 1],
    "task": [1, 1, 2, 2],
    "alternative": ["1", "2", "1", "2"],
    "trim": ["base", "plus", "plus", "base"],
    "price": [10, 12, 12, 10],
}


def _same(one: ChoiceDesign, other: ChoiceDesign) -> bool:
    return one.content_hash == other.content_hash and dict(one.provenance) == dict(other.provenance)


@settings(max_examples=30)
@given(design=shown_designs())
def test_a_design_reads_back_from_parquet_as_it_was_written(design, tmp_path_factory):
    path = tmp_path_factory.mktemp("design") / "design.parquet"
    write_choice_design(design, path)
    first = path.read_bytes()
    assert _same(read_choice_design(path), design)
    write_choice_design(design, path)
    assert path.read_bytes() == first


@settings(max_examples=30)
@given(design=shown_designs())
def test_a_design_reads_back_from_csv_where_its_levels_are_given(design, tmp_path_factory):
    path = tmp_path_factory.mktemp("design") / "design.csv"
    write_design_csv(design, path)
    again = import_design(
        path,
        levels=design.levels,
        has_outside=design.has_outside,
        alternatives=design.alternatives,
    )
    assert again.content_hash == design.content_hash


def test_a_step_leaves_a_table_for_people(tmp_path):
    design = make_design(phones())
    write_design_step(design, tmp_path)
    assert _same(read_design_step(tmp_path), design)
    header, first = (tmp_path / "design.csv").read_text().splitlines()[:2]
    assert header == '"version","task","alternative","brand","screen","price"'
    assert first.startswith('1,1,"1","')


def test_rows_may_come_in_any_order_and_columns_under_other_names():
    table = {name: list(reversed(cells)) for name, cells in TABLE.items()}
    table["set"] = table.pop("task")
    del table["version"]
    table["task"] = ["ignored"] * 4
    design = import_design(
        table,
        levels=LEVELS,
        has_outside=False,
        alternatives=("1", "2"),
        columns={"task": "set"},
    )
    assert design.codes.tolist() == [[[[1, 1], [0, 0]], [[0, 0], [1, 1]]]]


def test_an_empty_cell_is_an_attribute_that_is_not_shown():
    table = {**TABLE, "trim": [None, None, "plus", "base"]}
    design = import_design(table, levels=LEVELS, has_outside=False)
    assert design.task(0, 0) == ({"price": "10"}, {"price": "12"})


def test_everything_wrong_with_a_table_is_listed():
    table = {
        **TABLE,
        "trim": ["base", "max", "plus", "bse"],
        "alternative": ["1", "2", "1", "1"],
        "price": [10, 11, 12, 10],
    }
    with pytest.raises(InputError) as error:
        import_design(table, levels=LEVELS, has_outside=False)
    found = [(p.line, p.key) for p in error.value.problems]
    assert found == [
        (2, "trim"),
        (4, "trim"),
        (2, "price"),
        (None, "version 1, task 2, alternative 1"),
        (None, "version 1, task 2, alternative 2"),
    ]


def test_missing_columns_are_all_named():
    with pytest.raises(InputError) as error:
        import_design({"trim": ["base"]}, levels=LEVELS, has_outside=False)
    assert [p.expected for p in error.value.problems] == [
        'a column "task"',
        'a column "alternative"',
        'a column "price"',
    ]


def test_an_empty_table_is_refused(tmp_path):
    path = tmp_path / "design.csv"
    path.write_text("version,task,alternative,trim,price\n")
    with pytest.raises(InputError, match="expected rows, found none"):
        import_design(path, levels=LEVELS, has_outside=False)


def test_a_damaged_or_other_file_is_refused(tmp_path):
    path = tmp_path / "design.parquet"
    path.write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match="as Counterflow writes it"):
        read_choice_design(path)


def test_an_attribute_called_like_a_column_is_refused(tmp_path):
    design = import_design(TABLE, levels=LEVELS, has_outside=False)
    renamed = ChoiceDesign(
        levels={"task": LEVELS["trim"], "price": LEVELS["price"]},
        codes=design.codes,
        alternatives=design.alternatives,
        has_outside=False,
    )
    with pytest.raises(InputError, match="attributes of other names"):
        write_choice_design(renamed, tmp_path / "design.parquet")


@given(st.data())
@settings(max_examples=10)
def test_equal_content_has_an_equal_hash_whatever_the_provenance(data):
    design = data.draw(shown_designs())
    other = ChoiceDesign(
        levels=design.levels,
        codes=design.codes,
        alternatives=design.alternatives,
        has_outside=design.has_outside,
        provenance={"method": "another"},
    )
    assert other.content_hash == design.content_hash
