"""One file a case: `measure(run)` yields its records."""
