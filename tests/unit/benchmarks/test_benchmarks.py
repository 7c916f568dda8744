"""The benchmark command keeps its promise on records, and runs a case from end to end."""

import json
import subprocess
import sys

import pytest

from benchmarks.case import ROOT, Run, names, selected
from benchmarks.cases.choice import electricity
from benchmarks.process import peak_mib, run_measured
from benchmarks.record import FIELDS, Record, document


def _benchmarks(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_quick_case_leaves_records_with_every_field(tmp_path):
    kept = tmp_path / "records.json"
    done = _benchmarks("build_plan", "--quick", "--json", kept)
    assert done.returncode == 0, done.stderr
    measured = json.loads(kept.read_text())
    assert set(measured) == {"schema", "date", "machine", "versions", "fields", "records"}
    assert set(measured["machine"]) == {"cores", "memory_gib", "cpu"}
    assert measured["versions"]["counterflow"]
    assert len(done.stdout.splitlines()) == len(measured["records"]) > 0
    for record in measured["records"]:
        assert list(record) == list(FIELDS)
        assert record["case"] == "build_plan"
        assert record["ours"] > 0.0
    assert measured["records"][0]["quality"]["status"] == "optimal"


def test_an_unknown_case_is_refused_with_those_there_are():
    done = _benchmarks("nothing")
    assert done.returncode == 2
    assert "unknown case nothing" in done.stderr
    assert all(name in done.stderr for name in names())


def test_the_name_of_a_folder_stands_for_all_cases_in_it():
    assert selected(["choice"]) == [name for name in names() if name.startswith("choice/")]
    assert selected(["choice/scale", "chain"]) == ["chain", "choice/scale"]
    assert selected([]) == names()


def test_the_ratio_is_what_they_need_over_what_we_need():
    record = Run("case", quick=True).record("fit", "s", 2.0, peer="other 1.0", theirs=6.0)
    assert record.ratio == 3.0
    assert str(record) == "case: fit: 2 s; other 1.0 6 s, 3 times ours"


def test_what_could_not_be_measured_says_why_and_has_no_ratio():
    record = Run("case", quick=True).skipped("no data")
    assert record.ratio is None
    assert str(record) == "case: skipped: no data"
    assert document([record.as_dict()])["records"][0]["quality"] == {"reason": "no data"}


def test_a_record_survives_json():
    record = Record(case="a", figure="b", unit="s", ours=1.0, quality={"gap": 0.0})
    assert json.loads(json.dumps(record.as_dict())) == record.as_dict()


def test_the_peak_memory_of_another_process_counts_what_it_held():
    small, large = (
        run_measured([sys.executable, "-c", f"b'x' * {size}; print('done')"], cwd=ROOT)
        for size in (1, 300 * 2**20)
    )
    assert large.output == "done\n"
    assert large.peak_mib - small.peak_mib > 100.0


def test_the_peak_memory_of_this_process_is_known():
    assert peak_mib() > 10.0


def test_a_command_that_fails_is_told_with_its_words():
    with pytest.raises(RuntimeError, match="no luck"):
        run_measured([sys.executable, "-c", "raise SystemExit('no luck')"], cwd=ROOT)


def test_a_case_whose_data_are_absent_says_so_and_ends_well(monkeypatch):
    monkeypatch.setattr(electricity, "is_present", lambda name: False)
    (record,) = electricity.measure(Run("choice/electricity", quick=True))
    assert record.figure == "skipped"
    assert "electricity.csv is not beside the project" in str(record)
