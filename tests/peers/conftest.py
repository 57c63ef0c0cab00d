"""What the checks share: a scratch folder, one PostgreSQL for small nodes, one demo world with a real Redis."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import types

import psycopg
import pytest

import support
from rush import Seed
from support import PASSWORD, Process, clean_environment, free_port, run_smp


def pytest_configure():
    # Told to end, pytest ends as by Ctrl-C: with every clean-up, so that no process stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for binary, variable in ((support.BINARY, "SMP_BIN"), (support.DEMO_BINARY, "SMP_DEMO_BIN")):
        assert binary.is_file(), f"There is no {binary}. Build it (cargo build) or name another with {variable}."


@pytest.fixture(scope="session")
def scratch():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="smp-peers-"))
    # Started by root, the database runs as another user, who has to reach it.
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class Demo:
    """A loading or loaded demo world whose broker is a real Redis."""

    def __init__(self, scratch):
        self.redis_port, self.redis_password = free_port(), "a-password-of-redis"
        self.scratch, self.redis, self.told = scratch, None, None
        self.secret = "every node has the same secret, thirty-two or more"
        self.start_redis()
        self.data = scratch / "demo"
        self.file = self.data / "demo.json"
        # SMP_WORLD names the folder of a world that was loaded and stopped. Addresses are part of a world.
        if world := os.environ.get("SMP_WORLD"):
            subprocess.run(["cp", "-a", world, self.data], check=True)
            self.base = json.loads(self.file.read_text())["base_url"]
        else:
            self.base = f"http://127.0.0.1:{self._two_ports()}"
        port = self.base.rpartition(":")[2]
        self.env = clean_environment(SMP_PORT=port, SMP_DATA=self.data, SMP_SECRET=self.secret, REDIS_URL=self.redis_url, SMP_LOG="warn")
        self.before = self.written_at()
        self.start()

    def start(self):
        self.process = Process([support.DEMO_BINARY], self.scratch / "demo.log", cwd=support.ROOT, env=self.env)

    @staticmethod
    def _two_ports():
        """A port whose thousandth neighbour is not beyond the last; the demo provider's cart listens there."""
        while (port := free_port()) > 60_000:
            pass
        return port

    @property
    def redis_url(self):
        return f"redis://:{self.redis_password}@127.0.0.1:{self.redis_port}/"

    def start_redis(self):
        options = {"port": self.redis_port, "bind": "127.0.0.1", "requirepass": self.redis_password, "save": "", "appendonly": "no", "dir": self.scratch}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.redis = Process(["redis-server", *words], self.scratch / "redis.log")
        self.redis.wait_for("Redis", lambda: "Ready to accept connections" in self.redis.output())

    def written_at(self):
        return self.file.stat().st_mtime_ns if self.file.exists() else None

    def world(self):
        self.process.wait_for("the demo world", lambda: self.written_at() != self.before and support.answers(f"{self.base}/readyz"), seconds=300)
        return types.SimpleNamespace(**json.loads(self.file.read_text()))

    def stop(self):
        try:
            return self.process.stop()
        finally:
            self.redis.stop(signal.SIGTERM)


@pytest.fixture(scope="session", autouse=True)
def loading_demo(scratch):
    """Loads while the first checks run, because it takes longest."""
    demo = Demo(scratch)
    yield demo
    code = demo.stop()
    # Ended while it loads, because no check that ran needed it, it says so.
    assert code == 0 or not demo.told, demo.process.output()[-3000:]


@pytest.fixture(scope="session")
def demo(loading_demo):
    loading_demo.told = loading_demo.world()
    return loading_demo


@pytest.fixture(scope="session")
def seed(scratch):
    return Seed(scratch)


@pytest.fixture(scope="session")
def database(scratch):
    """A database that `smp migrate` made ready in an empty PostgreSQL; small nodes share it. Gives its address."""
    env = clean_environment(SMP_DATA=scratch / "postgres")
    cluster = Process([support.BINARY, "postgres"], scratch / "postgres.log", cwd=support.ROOT, env=env)
    try:
        lines = cluster.wait_for("PostgreSQL", lambda: [line for line in cluster.output().splitlines() if line.startswith("DATABASE_URL=")])
        url = lines[0].removeprefix("DATABASE_URL=")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE peers")
        url = url.replace("/smp?", "/peers?")
        settings = {"DATABASE_URL": url, "SMP_DATA": scratch / "migrate"}
        early = run_smp("account", "create", "--email", "too@early.example", "--name", "Too Early", SMP_PASSWORD=PASSWORD, **settings)
        assert early.returncode != 0 and True, early.stderr
        for command in (["migrate"], ["account", "create", "--email", "admin@peers.example", "--name", "Ada Min", "--role", "admin"]):
            done = run_smp(*command, SMP_PASSWORD=PASSWORD, **settings)
            assert done.returncode == 0, done.stderr
        yield url
    finally:
        assert cluster.stop() == 0, cluster.output()[-3000:]


def pytest_collection_modifyitems(items):
    """What needs the demo world comes last: the rest runs while it loads."""
    items.sort(key=lambda item: "demo" in item.fixturenames)
