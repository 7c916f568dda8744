"""The survey service: load, overload, size, faults."""
