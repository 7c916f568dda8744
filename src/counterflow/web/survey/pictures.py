"""Pictures of levels: those that the programme names, and no other file."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from counterflow.web.survey.service import Service

_MEDIA_TYPES = {
    ".svg": "image/svg+xml; charset=utf-8",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}

_HEADERS = {
    # A drawing may hold script: opened by itself it may run nothing and load nothing.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cache-control": "public, max-age=3600",
}


class Pictures:
    """Serves the pictures of levels."""

    def __init__(self, service: Service) -> None:
        self._field = service.field

    async def serve(self, request: Request) -> Response:
        """Return a picture; 404 unless a level names it and it is an image."""
        name = request.path_params["file"]
        if name not in self._field.pictures:
            raise HTTPException(404)
        path = self._field.folder / name
        media_type = _MEDIA_TYPES.get(path.suffix.lower())
        if media_type is None or not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, media_type=media_type, headers=_HEADERS)
