"""Faults that a field store is put through: killed, flooded with retries, recounted."""
