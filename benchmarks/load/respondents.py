"""Respondents who load a survey service: many at once, whole interviews, over plain sockets.

They run in a process of their own and on the same cores as the service, so they do next to
nothing: requests are put together from bytes, and of a page only the hidden fields are read. Each
has an address of its own on the loopback network (127.0.0.0/8), as people in the field have.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from urllib.parse import urlencode, urlsplit

from benchmarks.load.http_connection import Connection, Reply

_HIDDEN = {
    name: re.compile(rb'name=\\?"' + name.encode() + rb'\\?" value=\\?"([^"\\]+)')
    for name in ("key", "csrf")
}
_NEXT = re.compile(rb'"next":"([^"]+)"')
_FORM = "content-type: application/x-www-form-urlencoded\r\naccept: application/json\r\n"


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is asked of the respondents.

    Parameters
    ----------
    answers
        What is entered on each page, as "field=value&field=value"; one of them at random.
    pause_s
        How long a respondent looks at a page, on average: between half and one and a half of it.
    seconds, warm_up_s
        How long new pages are handed in, and how long before submissions count.
    n_interviews
        After how many interviews it ends; None: when time is up.
    patient
        Whether who is refused comes again when told to, as the pages' script does.
    block
        Which addresses they have; two crowds at once have one each.
    """

    host: str
    port: int
    answers: dict[str, list[str]]
    n: int
    pause_s: float
    seconds: float
    warm_up_s: float = 3.0
    n_interviews: int | None = None
    patient: bool = True
    block: int = 0


@dataclass
class Tally:
    """What became of the submissions."""

    begun_s: float
    latencies_ms: list[float] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    without_retry_after: int = 0
    complete: int = 0
    acknowledged: int = 0

    def note(self, what: dict[str, int], kind: str) -> None:
        what[kind] = what.get(kind, 0) + 1

    def as_dict(self, seconds: float) -> dict[str, object]:
        """Return the figures of the measured time."""
        ordered = sorted(self.latencies_ms)
        return {
            "submissions": len(ordered),
            "seconds": seconds,
            "per_second": len(ordered) / seconds,
            **{f"p{q}_ms": _quantile(ordered, q / 100) for q in (50, 95, 99)},
            "max_ms": ordered[-1] if ordered else None,
            "complete": self.complete,
            "acknowledged": self.acknowledged,
            "refusals": self.refusals,
            "refusals_without_retry_after": self.without_retry_after,
            "errors": self.errors,
        }


def _quantile(ordered: list[float], q: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else None


class GoneError(Exception):
    """The service closed the connection, or does not answer."""


class Crowd:
    """Respondents at work on one service."""

    def __init__(self, load: Load, acknowledged: TextIO | None = None) -> None:
        self._load, self._log = load, acknowledged
        self._tally = Tally(time.perf_counter())
        self._ends_s = self._tally.begun_s + load.seconds
        self._left = load.n_interviews

    async def answer(self) -> dict[str, object]:
        """Return the figures, when time is up or everybody has finished."""
        await asyncio.gather(*(self._one_after_another(i) for i in range(self._load.n)))
        seconds = time.perf_counter() - self._tally.begun_s - self._load.warm_up_s
        return self._tally.as_dict(seconds)

    async def _one_after_another(self, i: int) -> None:
        # Arrivals are spread over one pause, as nobody says "go" to people.
        await asyncio.sleep(random.random() * self._load.pause_s)
        while not self._is_over:
            if self._left is not None:
                if self._left <= 0:
                    return
                self._left -= 1
            connection = Connection(
                self._load.host, self._load.port, source=_address(self._load.block, i)
            )
            try:
                await self._interview(connection)
            except (GoneError, OSError) as error:
                if not self._is_over:
                    self._tally.note(self._tally.errors, type(error).__name__)
                    await asyncio.sleep(0.2)
            finally:
                connection.close()

    @property
    def _is_over(self) -> bool:
        return time.perf_counter() >= self._ends_s

    async def _interview(self, connection: Connection) -> None:
        page = await self._get(connection, "/")
        address, name = "/begin", "introduction"
        while page is not None and not self._is_over:
            await asyncio.sleep(self._load.pause_s * random.uniform(0.5, 1.5))
            page = await self._hand_in(connection, address, name, page)
            if page is None:
                return
            address = _found(_NEXT, page)
            name = address.rpartition("/")[2]
            if name not in self._load.answers:
                self._tally.complete += 1
                return

    async def _get(self, connection: Connection, path: str) -> bytes | None:
        while True:
            reply = await connection.request("GET", path)
            if reply.status == 200:
                return reply.body
            if not await self._comes_again(reply):
                return None

    async def _hand_in(
        self, connection: Connection, address: str, name: str, page: bytes
    ) -> bytes | None:
        """Return the page after this one; None where the respondent gives up."""
        key = _found(_HIDDEN["key"], page)
        fields = {"key": key, "csrf": _found(_HIDDEN["csrf"], page), "seconds": "6.5"}
        body = f"{urlencode(fields)}&{random.choice(self._load.answers[name])}"
        while True:
            sent_s = time.perf_counter()
            reply = await connection.request("POST", address, headers=_FORM, body=body)
            if reply.status == 200:
                self._acknowledge(reply, address, key, sent_s)
                return reply.body
            if not await self._comes_again(reply):
                self._note("refused", "-", name, key)
                return None

    def _acknowledge(self, reply: Reply, address: str, key: str, sent_s: float) -> None:
        now_s = time.perf_counter()
        self._tally.acknowledged += 1
        if sent_s - self._tally.begun_s >= self._load.warm_up_s:
            self._tally.latencies_ms.append(1000 * (now_s - sent_s))
        page = "introduction" if address == "/begin" else address.rpartition("/")[2]
        self._note("stored", _found(_NEXT, reply.body).split("/")[2], page, key)

    def _note(self, what: str, interview: str, page: str, key: str) -> None:
        if self._log is not None:
            print(what, interview, page, key, file=self._log, flush=True)

    async def _comes_again(self, reply: Reply) -> bool:
        """Wait as long as was asked for; return whether it makes sense to try again."""
        if reply.status not in (429, 503):
            self._tally.note(self._tally.errors, str(reply.status))
            return False
        self._tally.note(self._tally.refusals, str(reply.status))
        stated = reply.header("retry-after")
        self._tally.without_retry_after += stated is None
        if not self._load.patient or self._is_over:
            return False
        await asyncio.sleep(float(stated or 1) * random.uniform(1.0, 1.5))
        return True


def _found(pattern: re.Pattern[bytes], page: bytes) -> str:
    found = pattern.search(page)
    if found is None:
        raise GoneError(f"expected a page with {pattern.pattern!r}, found {page[:200]!r}")
    return found[1].decode()


def _address(block: int, i: int) -> str:
    return f"127.{block + 1}.{i // 250}.{i % 250 + 2}" if sys.platform == "linux" else "127.0.0.1"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load.respondents")
    parser.add_argument("address", help="e.g. http://127.0.0.1:8000")
    parser.add_argument("answers", type=Path, help="JSON: what is entered on each page")
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--warm-up", type=float, default=3.0)
    parser.add_argument("--interviews", type=int, default=None)
    parser.add_argument("--impatient", action="store_true")
    parser.add_argument("--block", type=int, default=0)
    parser.add_argument("--log", type=Path, help="where to keep what was acknowledged")
    given = parser.parse_args()
    where = urlsplit(given.address)
    load = Load(
        host=where.hostname or "127.0.0.1",
        port=where.port or 80,
        answers=json.loads(given.answers.read_text(encoding="utf-8")),
        n=given.n,
        pause_s=given.pause,
        seconds=given.seconds,
        warm_up_s=given.warm_up,
        n_interviews=given.interviews,
        patient=not given.impatient,
        block=given.block,
    )
    log = given.log.open("a", encoding="utf-8") if given.log else None
    print(json.dumps(_run(load, log)), flush=True)


def _run(load: Load, log: TextIO | None) -> dict[str, object]:
    import uvloop

    return uvloop.run(Crowd(load, log).answer())


if __name__ == "__main__":
    main()
