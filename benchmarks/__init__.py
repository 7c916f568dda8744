"""How fast, how large and how good: `python -m benchmarks [CASE ...] [--quick] [--json FILE]`.

A case is one file in `cases/` or a folder of it, called what the file is called: `build_plan`,
`choice/electricity`; the name of a folder, `choice`, stands for all its cases. A case runs in a
process of its own and yields records of time or memory *with the quality that was reached*, so a
faster wrong answer cannot look like progress. Each of our fits runs in a process of its own too
(`ours/`), and so does each of another library's (`peers/`, a folder a library), in an environment
that the command builds from the library's lock. `python -m benchmarks.table FILE` writes the
records into docs/benchmarks.md.
"""
