"""Failures in the middle of a rush. After each of them nothing is oversold, every answer to a shopper holds, the stock is the
sum of the holds, and the receipt is valid."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import redis as redis_client
import requests

from proxy import Proxy
from rush import HOLD_SECONDS, PATIENCE_S, SHOPPERS, UNITS, Naive, Rush, Shop, World, cluster, database_url
from support import Process, free_port, smp, wait_for

# A fault happens once the node has given this many answers.
STRIKES_AFTER = 30
CUT_S = 5
# Every node expires holds once a second; by then each has.
EXPIRED_S = 2.5
SKEW_S = 600


@pytest.fixture(scope="module")
def world(scratch, seed):
    """A database in a process of its own."""
    with cluster(scratch, "faults-world", seed) as data:
        yield World(scratch, "faults", seed.slug, database_url(data))


def start_node(scratch, name, url, **settings):
    return smp(scratch, f"faults-{name}", "serve", DATABASE_URL=url, SMP_LOG="warn", **settings)


@pytest.fixture(scope="module")
def nodes(scratch, world):
    """Two nodes that stay healthy."""
    with start_node(scratch, "one", world.url) as one, start_node(scratch, "two", world.url) as two:
        yield [one.base, two.base]


def postmaster(data):
    return int((data / "pg/postmaster.pid").read_text().split()[0])


def test_without_a_lock_the_same_rush_oversells(world):
    shop = Naive(world.url, UNITS)
    answers = Rush(shop, [f"shopper {nth}" for nth in range(SHOPPERS)], seconds=0).over()
    told = sum(of_one[0].status == 201 for of_one in answers.values())
    assert shop.held() == told > UNITS, f"the naive shop sold only {told} of {UNITS}: the shoppers no longer race"


def test_with_the_lock_it_does_not(world, nodes):
    sale = world.prepare()
    world.check(sale, Rush(Shop(sale.plan), sale.shoppers, nodes, seconds=0).over())


def test_two_nodes_compete_for_the_last_unit(world, nodes):
    for _ in range(3):
        sale = world.prepare(shoppers=64, units=1)
        world.check(sale, Rush(Shop(sale.plan), sale.shoppers, nodes, seconds=0).over())


def test_clients_that_send_every_request_three_times(world, nodes):
    sale = world.prepare()
    rush = Rush(Shop(sale.plan), sale.shoppers, nodes, times=3)
    answers = rush.over()
    assert all(len(of_one) == 3 for of_one in answers.values())
    world.check(sale, answers)


def test_a_node_is_killed(scratch, world, nodes):
    sale = world.prepare()
    with start_node(scratch, "doomed", world.url) as doomed:
        rush = Rush(Shop(sale.plan), sale.shoppers, [doomed.base, nodes[0]])
        rush.wait_answered(STRIKES_AFTER, doomed.base)
        doomed.child.kill()
        answers = rush.over()
        assert any(base == doomed.base for _, base, _ in rush.refused), "no request reached the dead node"
    world.check(sale, answers)


def test_redis_is_killed_and_comes_back(scratch, world):
    port = free_port()
    words = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", scratch]

    def start_redis():
        process = Process(words, scratch / "faults-redis.log")
        process.wait_for("Redis", lambda: pongs(port))
        return process

    redis = start_redis()
    try:
        settings = {"REDIS_URL": f"redis://127.0.0.1:{port}/"}
        with start_node(scratch, "redis-one", world.url, **settings) as one, start_node(scratch, "redis-two", world.url, **settings) as two:
            sale = world.prepare()
            rush = Rush(Shop(sale.plan), sale.shoppers, [one.base, two.base])
            killed_at = rush.wait_answered(STRIKES_AFTER, one.base)
            redis.stop(signal.SIGKILL)
            rush.wait_until(killed_at + 1)
            redis = start_redis()
            answers = rush.over()
            assert not rush.refused, f"requests were refused without Redis: {rush.refused[:5]}"
            world.check(sale, answers)
    finally:
        redis.stop(signal.SIGTERM)


def pongs(port):
    with contextlib.suppress(redis_client.ConnectionError), redis_client.Redis(port=port) as client:
        return client.ping()
    return False


@pytest.mark.parametrize("how", ["silent", "refused"])
def test_the_network_between_a_node_and_its_database_is_cut(scratch, world, nodes, how):
    proxy = Proxy(world.url.rpartition("host=")[2])
    url = f"postgres://smp_owner@127.0.0.1:{proxy.port}/smp"
    with contextlib.closing(proxy), start_node(scratch, f"cut-{how}", url) as cut:
        sale = world.prepare()
        rush = Rush(Shop(sale.plan), sale.shoppers, [cut.base, nodes[0]])
        rush.wait_answered(STRIKES_AFTER, cut.base)
        proxy.cut(how)
        cut_at = rush.now()
        with ThreadPoolExecutor() as askers:
            ready, page = askers.map(lambda path: requests.get(cut.base + path, timeout=20), ["/readyz", "/a/unknown"])
        assert [(look.status_code, look.headers.get("Retry-After")) for look in (ready, page)] == [(503, "2")] * 2, (ready.text, page.text)
        rush.wait_until(cut_at + CUT_S)
        # It works again some time between the two, which are far apart when the processors have much to do.
        mending_at = rush.now()
        proxy.mend(how)
        mended_at = rush.now()
        answers = rush.over()
        world.check(sale, answers)
        meanwhile = [of_one[0] for of_one in answers.values() if of_one[0].base == cut.base and cut_at + 0.5 < of_one[0].at < mending_at]
        assert not meanwhile, f"the node still answered while it was cut off: {meanwhile[:3]}"
        assert {why for _, base, why in rush.refused if base == cut.base} <= {503}, rush.refusals()
        assert all(of_one[0].at < mended_at + 10 for of_one in answers.values()), "the node did not recover by itself"
        wait_for("ready again", lambda: requests.get(f"{cut.base}/readyz", timeout=20).ok)


def test_postgres_is_killed_and_started_again_by_its_smp(scratch, seed):
    """One node runs the database and restarts it; the other one only has its URL, and reconnects by itself."""
    data = seed.copy(scratch / "faults-crash")
    with smp(scratch, "faults-keeper", "serve", SMP_DATA=data, SMP_LOG="warn") as keeper:
        world = World(scratch, "faults-crash", seed.slug, database_url(data))
        with start_node(scratch, "guest", world.url) as guest:
            sale = world.prepare()
            rush = Rush(Shop(sale.plan), sale.shoppers, [keeper.base, guest.base])
            rush.wait_answered(STRIKES_AFTER, guest.base)
            killed = postmaster(data)
            os.kill(killed, signal.SIGKILL)
            # How long Postgres reads its log after a crash is the machine's matter.
            wait_for("the database again", lambda: answers_again(world), seconds=PATIENCE_S, every=0.1)
            back_at = rush.now()
            answers = rush.over()
            assert postmaster(data) != killed
            world.check(sale, answers)
            assert all(of_one[0].at < back_at + 20 for of_one in answers.values()), "the recovery took too long"
            check_jobs(world)


def answers_again(world):
    with contextlib.suppress(psycopg.OperationalError):
        return world.query("SELECT 1")
    return None


def check_jobs(world):
    """The queue works: the events of the rush are delivered."""
    for queue in ("graphile_worker", "graphile_worker_bulk"):
        left = f"SELECT count(*) FROM {queue}._private_jobs WHERE run_at <= now()"
        wait_for(f"an empty {queue}", lambda: world.query(left) == [(0,)], seconds=60, every=0.5)


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="the clock is skewed by a preloaded library, as Linux does it")
def test_nodes_whose_clocks_are_ten_minutes_off(scratch, world, nodes):
    library = scratch / "skewed_clock.so"
    source = pathlib.Path(__file__).with_name("skewed_clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    early, late, on = world.prepare(), world.prepare(), world.prepare()
    # `early` starts half the skew from now; `late` ended half the skew ago, two hours after its start.
    moved = """to_char(((content->>%s)::timestamptz + %s) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    shift = f"""
        UPDATE revisions SET content = content || jsonb_build_object('starts_at', {moved}, 'ends_at', {moved})
        WHERE sale_id = (SELECT id FROM sales WHERE slug = %s) RETURNING id
    """
    for sale, by in ((early, f"{SKEW_S // 2} s"), (late, f"{-7200 - SKEW_S // 2} s")):
        assert world.query(shift, "starts_at", by, "ends_at", by, sale.slug)

    def skewed(seconds):
        return start_node(scratch, f"skewed{seconds}", world.url, LD_PRELOAD=library, SKEW_SECONDS=seconds)

    with skewed(SKEW_S) as fast, skewed(-SKEW_S) as slow:
        for node, offset in ((fast, -SKEW_S), (slow, SKEW_S)):
            metrics = requests.get(f"{node.base}/metrics", timeout=5).text
            (line,) = [line for line in metrics.splitlines() if line.startswith("smp_clock_offset_seconds ")]
            assert abs(float(line.split()[1]) - offset) < 5, f"the skew does not work: {line}"
            for sale, why in ((early, "not_started"), (late, "ended")):
                refused = [of_one[0] for of_one in Rush(Shop(sale.plan), sale.shoppers[:5], [node.base], seconds=0).over().values()]
                assert {(answer.status, answer.body.get("type")) for answer in refused} == {(409, f"urn:smp:{why}")}, (node.base, refused)
        answers = Rush(Shop(on.plan), on.shoppers, [fast.base, slow.base, nodes[0]]).over()
        begin, end = time.time() - 60, time.time() + HOLD_SECONDS + 5
        expiries = [row[0].timestamp() for row in world.query("SELECT expires_at FROM holds h JOIN sales s ON s.id = h.sale_id WHERE s.slug = %s", on.slug)]
        assert min(expiries) > begin + HOLD_SECONDS and max(expiries) < end, "the holds of some node last too long or too short"
        # All three nodes expire due holds; none is due.
        time.sleep(EXPIRED_S)
        world.check(on, answers)
        untouched = "SELECT count(*) FROM holds h JOIN sales s ON s.id = h.sale_id WHERE s.slug = ANY(%s)"
        assert world.query(untouched, [early.slug, late.slug]) == [(0,)]


def test_the_disk_of_the_data_folder_is_full(scratch, seed):
    disk = scratch / "faults-disk"
    disk.mkdir()
    disk.chmod(0o755)
    used = int(subprocess.run(["du", "-sm", seed.data], capture_output=True, text=True, check=True).stdout.split()[0])
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={used + 64}m,mode=755", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"only root may mount the small disk that this test fills: {mounted.stderr.strip()}")
    try:
        data = seed.copy(disk / "data")
        with smp(scratch, "faults-full", "serve", SMP_DATA=data, SMP_LOG="warn") as node:
            world = World(scratch, "faults-full", seed.slug, database_url(data))
            sale = world.prepare()
            rush = Rush(Shop(sale.plan), sale.shoppers, [node.base], seconds=6.0)
            rush.wait_answered(STRIKES_AFTER, node.base)
            ballast = disk / "ballast"
            full = time.monotonic()
            while time.monotonic() - full < CUT_S / 2:
                fill(ballast)
                use_up_log(world)
                time.sleep(0.05)
            refused_at = rush.now()
            ballast.unlink()
            answers = rush.over()
            assert any(at < refused_at and why == 503 for at, _, why in rush.refused) or any(
                of_one[0].took > 1 for of_one in answers.values()
            ), "the full disk affected no request"
            world.check(sale, answers)
            check_jobs(world)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def use_up_log(world):
    """Writes until the log needs a file that the disk has no room for: what the rush writes alone may fit into those there are."""
    with contextlib.suppress(psycopg.Error):
        world.query("SELECT pg_logical_emit_message(false, 'ballast', repeat('x', 1 << 20))")


def fill(file):
    """Takes what room is left, to the last block."""
    with file.open("ab", buffering=0) as out:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while out.write(b"\0" * size) == size:
                    pass
