"""What holds for every test: array shapes are checked, examples are reproducible."""

from pathlib import Path

from hypothesis import settings
from jaxtyping import install_import_hook

SOURCE = Path(__file__).parents[1] / "src"

# Compiled loops carry no annotations, and a wrapper inside a Numba decorator cannot be compiled.
_WITHOUT_SHAPES = "counterflow.kernels.compiled"


def _modules_with_shapes() -> list[str]:
    names = [
        ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        for path in sorted(SOURCE.rglob("*.py"))
        if path.name != "__init__.py"
    ]
    return [name for name in names if not name.startswith(_WITHOUT_SHAPES)]


install_import_hook(_modules_with_shapes(), "beartype.beartype")

# Timings of single examples say nothing on a shared machine; the same examples on every run do.
settings.register_profile("counterflow", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("counterflow")
