"""A network between a node and its database that can be cut: a TCP port in front of the database's socket."""

import asyncio
import contextlib
import threading


class Proxy:
    def __init__(self, socket_folder):
        self.target = f"{socket_folder}/.s.PGSQL.5432"
        self.loop, self.pairs = asyncio.new_event_loop(), set()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.call(self.open(0))

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    async def open(self, port):
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.server = await asyncio.start_server(self.carry, "127.0.0.1", port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def carry(self, reader, writer):
        await self.flowing.wait()
        there_reader, there_writer = await asyncio.open_unix_connection(self.target)
        pair = (writer, there_writer)
        self.pairs.add(pair)
        await asyncio.gather(self.pump(reader, there_writer), self.pump(there_reader, writer))
        self.pairs.discard(pair)

    async def pump(self, reader, writer):
        with contextlib.suppress(ConnectionError, RuntimeError):
            while data := await reader.read(65536):
                await self.flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def silence(self):
        self.flowing.clear()

    async def sever(self):
        self.server.close()
        for pair in self.pairs:
            for writer in pair:
                writer.transport.abort()

    def cut(self, how):
        """`silent`: nothing arrives any more, and nobody says so. `refused`: connections break, and none is taken."""
        self.call(self.silence() if how == "silent" else self.sever())

    def mend(self, how):
        self.call(self.flow() if how == "silent" else self.open(self.port))

    async def flow(self):
        self.flowing.set()

    def close(self):
        self.call(self.sever())
        self.loop.call_soon_threadsafe(self.loop.stop)
