"""How fast, how large and how good: `python -m benchmarks [CASE ...] [--quick] [--json FILE]`.

A case is one file in `cases/`, called what the file is called. It runs in a process of its own and
yields records of time or memory *with the quality that was reached*, so a faster wrong answer
cannot look like progress. Other libraries run beside ours, each as a script of `peers/` in an
environment of its own that the command builds.
"""
