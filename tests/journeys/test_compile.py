"""What is compiled is compiled once, kept where the command says, and gone when cleared."""

import json
import os
import subprocess
import sys

FIT_ALL = "from counterflow.choice.first_fits import fit_every_model; list(fit_every_model())"
FIT_ONE = "from counterflow.kernels.logit import choice_probabilities as p; import numpy as np; "
FIT_ONE += "p(np.zeros(2), np.array([0, 2]))"


def run(arguments, **variables):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        check=True,
    ).stdout


def test_a_second_process_compiles_nothing():
    from counterflow.kernels.compiled.cache import cached_files

    run(["-c", FIT_ALL])
    kept = {path: path.stat().st_mtime_ns for path in cached_files()}
    assert len(kept) > 50
    run(["-c", FIT_ALL])
    assert {path: path.stat().st_mtime_ns for path in cached_files()} == kept


def test_what_was_compiled_is_found_and_cleared(tmp_path):
    elsewhere = {"NUMBA_CACHE_DIR": str(tmp_path)}
    run(["-c", FIT_ONE], **elsewhere)
    kept = [path for path in tmp_path.rglob("*") if path.suffix in (".nbi", ".nbc")]
    assert kept
    record = json.loads(run(["-m", "counterflow", "compile", "--clear", "--json"], **elsewhere))
    assert record["status"] == "cleared"
    assert record["n_files"] == len(kept)
    assert record["folder"].startswith(str(tmp_path))
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".nbi", ".nbc")]
