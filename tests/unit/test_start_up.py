from __future__ import annotations

import subprocess
import sys

import pytest

LATER = {"alembic", "altair", "fastapi", "scipy.stats", "sqlalchemy", "starlette", "uvicorn"}
"""What a field, its pages, a report or one estimator needs, and a start does not."""


@pytest.mark.parametrize("module", ["counterflow", "counterflow.cli"])
def test_starting_imports_neither_a_database_nor_a_web_server_nor_charts(module):
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert module in imported
    assert imported & LATER == set()
