"""One connection that speaks as much HTTP/1.1 as a load generator needs, and costs little."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True)
class Reply:
    """An answer: status, head in lower case as it came, body."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the value of a header; None if it is not there."""
        for line in self.head.split(b"\r\n")[1:]:
            found, _, value = line.partition(b":")
            if found == name.encode():
                return value.strip().decode()
        return None


class Connection(asyncio.Protocol):
    """Sends one request after another and keeps the connection; opens it anew when it was closed.

    Answers must state their length, as those of the service do.
    """

    def __init__(self, host: str, port: int, *, source: str) -> None:
        self._host, self._port, self._source = host, port, source
        self._transport: asyncio.WriteTransport | None = None
        self._buffer = b""
        self._waiting: asyncio.Future[Reply] | None = None

    async def request(self, method: str, path: str, *, headers: str = "", body: str = "") -> Reply:
        """Return the answer; ConnectionError if there is none."""
        loop = asyncio.get_running_loop()
        if self._transport is None:
            await loop.create_connection(
                lambda: self, self._host, self._port, local_addr=(self._source, 0)
            )
        assert self._transport is not None, "connection_made was called"
        self._waiting = loop.create_future()
        self._transport.write(
            f"{method} {path} HTTP/1.1\r\nhost: {self._host}:{self._port}\r\n{headers}"
            f"content-length: {len(body)}\r\n\r\n{body}".encode()
        )
        return await self._waiting

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        begin = head.find(b"content-length:") + len(b"content-length:")
        length = int(head[begin:].partition(b"\r\n")[0])
        if len(self._buffer) < end + 4 + length:
            return
        body, self._buffer = self._buffer[end + 4 : end + 4 + length], b""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Reply(int(head[9:12]), head, body))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("the service closed the connection"))
