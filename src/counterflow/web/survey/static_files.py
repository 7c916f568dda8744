"""Styles, script and icon: read once, compressed once, at addresses that change with them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
}


@dataclass(frozen=True)
class StaticFile:
    """A file of the pages: its address holds the hash of its content."""

    name: str
    address: str
    content: bytes
    compressed: bytes
    media_type: str


class StaticFiles:
    """All files of the pages, by name."""

    def __init__(self, package: str) -> None:
        folder = files(package) / "static"
        found = (_read(file.name, file.read_bytes()) for file in folder.iterdir())
        self._by_name = {file.name: file for file in found}
        self._by_address = {file.address: file for file in self._by_name.values()}

    def address(self, name: str) -> str:
        """Return where a file is found; KeyError if there is none of this name."""
        return self._by_name[name].address

    async def serve(self, request: Request) -> Response:
        """Return a file, to be kept by browsers as long as they like."""
        file = self._by_address.get(request.url.path)
        if file is None:
            raise HTTPException(404)
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "content-type": file.media_type,
            "vary": "accept-encoding",
        }
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(file.compressed, headers={**headers, "content-encoding": "gzip"})
        return Response(file.content, headers=headers)


def _read(name: str, content: bytes) -> StaticFile:
    version = sha256(content).hexdigest()[:12]
    return StaticFile(
        name=name,
        address=f"/static/{version}/{name}",
        content=content,
        compressed=gzip.compress(content, 9, mtime=0),
        media_type=_MEDIA_TYPES[name.rpartition(".")[2]],
    )
