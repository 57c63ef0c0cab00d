"""The demo world ends whole, however it is ended, and comes back at once."""

import json
import pathlib
import signal
import time

import pytest
import requests

from support import wait_for

BACK_S = 5
GONE_S = 5


def descendants(pid):
    """The processes below one: (id, when it began), which together are never used twice."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone meanwhile
        parents[int(stat.parent.name), fields[19]] = int(fields[1])
    found, new = [], [pid]
    while new:
        below = [child for child, parent in parents.items() if parent in new]
        found += below
        new = [child for child, _ in below]
    return found


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""  # gone meanwhile, as a database's connection may be


def still_there(processes):
    there = []
    for pid, began in processes:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[19] == began and fields[0] != "Z":
            there.append(pid)
    return there


def start_again(demo):
    before = demo.written_at()
    began = time.monotonic()
    demo.start()
    # Written last, when the cart is about to start.
    demo.process.wait_for("the demo again", lambda: demo.written_at() != before)
    told = json.loads(demo.file.read_text())
    wait_for("the shop", lambda: requests.get(told["base_url"], timeout=5).ok)
    took = time.monotonic() - began
    assert took < BACK_S, f"{took:.1f} s"
    wait_for("the provider's cart", lambda: cart_answers(told["cart_url"]))


def cart_answers(url):
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_leaves_no_process_behind(demo, sign):
    below = descendants(demo.process.child.pid)
    assert len(below) > 2, "PostgreSQL and the provider's cart"
    began = time.monotonic()
    assert demo.process.stop(sign) == 0
    assert time.monotonic() - began < GONE_S
    wait_for("the last of it gone", lambda: not still_there(below), seconds=2)
    start_again(demo)


def test_killed_it_comes_back_to_the_same_world(demo):
    """PostgreSQL outlives a kill and is taken over; the cart does not, so that the next one finds its port free."""
    below = descendants(demo.process.child.pid)
    (cart,) = [process for process in below if b"demo-cart" in command_line(process[0])]
    demo.process.child.kill()
    demo.process.child.wait()
    wait_for("the cart gone", lambda: not still_there([cart]), seconds=GONE_S)
    start_again(demo)
    assert demo.process.stop() == 0
    wait_for("the last of it gone", lambda: not still_there(below), seconds=GONE_S)
    start_again(demo)
