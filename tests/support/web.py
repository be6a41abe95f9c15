"""A web server in a thread of its own, for code that asks and blocks, or has a loop elsewhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@contextmanager
def served(handler: Handler, path: str = "") -> Iterator[str]:
    """Every request goes to `handler`; the server's address. path: of a Unix socket instead of a port."""
    loop, stop, ready, addresses = asyncio.new_event_loop(), asyncio.Event(), threading.Event(), list[str]()

    async def serve() -> None:
        runner = web.ServerRunner(web.Server(handler), handle_signals=False)
        await runner.setup()
        if path:
            await web.UnixSite(runner, path).start()
        else:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            addresses.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(10)
    try:
        yield addresses[0] if addresses else f"unix://{path}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
