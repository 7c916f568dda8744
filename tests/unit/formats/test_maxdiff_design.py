"""A MaxDiff design reads back as it was written, and what is wrong with a table is said."""

import pytest

from counterflow.domain.errors import InputError
from counterflow.formats.maxdiff_design import import_maxdiff_design, write_maxdiff_design
from counterflow.survey.design.maxdiff import maxdiff_design

ITEMS = ("speed", "price", "range", "colour", "noise")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_design_reads_back_as_it_was_written(tmp_path, ending):
    design = maxdiff_design(ITEMS, n_sets=4, set_size=3, n_versions=3)
    path = tmp_path / f"sets.{ending}"
    write_maxdiff_design(design, path)
    assert import_maxdiff_design(path, items=ITEMS).content_hash == design.content_hash


def test_another_ending_is_refused(tmp_path):
    design = maxdiff_design(ITEMS, n_sets=4, set_size=3)
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        write_maxdiff_design(design, tmp_path / "sets.xlsx")


def test_what_is_wrong_with_a_table_is_said():
    table = {
        "version": [1, 1, 1, 1],
        "set": [1, 1, 2, 2],
        "position": [1, 2, 1, 1],
        "item": ["speed", "price", "range", "rnge"],
    }
    with pytest.raises(InputError) as error:
        import_maxdiff_design(table, items=ITEMS)
    assert [p.found for p in error.value.problems] == ['"rnge"', "2 missing or more than once"]
    with pytest.raises(InputError, match='the columns "set", "position"'):
        import_maxdiff_design({"version": [1], "item": ["speed"]})
    table = {"version": [1, 1], "set": [1, 1], "position": [1, 2], "item": ["speed", "speed"]}
    with pytest.raises(InputError, match="shows an item twice"):
        import_maxdiff_design(table)
