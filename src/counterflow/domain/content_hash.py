"""The hash by which versions of a definition are told apart."""

from __future__ import annotations

import hashlib
import json


def content_hash(value: object) -> str:
    """Return the SHA-256 of a JSON value, keys sorted, as 64 hexadecimal digits.

    Examples
    --------
    >>> content_hash({"b": 1, "a": 2}) == content_hash({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
