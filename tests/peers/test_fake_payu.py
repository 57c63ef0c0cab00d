"""The stand-in for PayU agrees with PayU's own client, npm's `payu-websdk`."""

import pathlib
import subprocess
import sys

import pytest

from support import Process, answers, free_port

FAKE = pathlib.Path(__file__).parent / "fakes" / "payu"


@pytest.fixture
def fake(tmp_path):
    port, key, salt = str(free_port()), "gtKFFx", "a salt of thirty-two characters!"
    process = Process([sys.executable, FAKE / "server.py", "--port", port, "--key", key, "--salt", salt], tmp_path / "payu.log")
    try:
        process.wait_for("PayU's stand-in", lambda: answers(f"http://127.0.0.1:{port}/"))
        yield port, key, salt
    finally:
        process.stop()


def test_payus_own_client_agrees_with_the_stand_in(fake):
    done = subprocess.run(["node", FAKE / "prove.mjs", *fake], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "agrees" in done.stdout
