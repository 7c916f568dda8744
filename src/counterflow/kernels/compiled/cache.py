"""Where Numba keeps what it compiled, so that the next process need not compile it again."""

from pathlib import Path

from counterflow.kernels.compiled.logit import exponentiate

_SUFFIXES = (".nbi", ".nbc")


def cache_folder() -> Path:
    """Return the folder of compiled loops: beside the sources, or the user's where that is locked.

    The environment variable NUMBA_CACHE_DIR moves it.
    """
    return Path(exponentiate.stats.cache_path)


def cached_files() -> list[Path]:
    """Return the files of compiled loops."""
    folder = cache_folder()
    return [path for path in sorted(folder.glob("*")) if path.suffix in _SUFFIXES]


def clear_cache() -> int:
    """Delete all compiled loops and return how many files there were; the next call compiles."""
    files = cached_files()
    for path in files:
        path.unlink(missing_ok=True)
    return len(files)
