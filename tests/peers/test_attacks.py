"""Attacks on one node while its sale goes on. Each measures memory, descriptors and the latency of others before, during and
after, and has bounds for all three; the numbers are in a failure's message, and are printed with `-s`."""

import json
import random
import re
import selectors
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from attack import ADDRESS, AT_BANK, CONNECTIONS_PER_CLIENT, Attack, Bystanders, attacked_node, attacker, operations, raw
from rush import HOLD_SECONDS
from support import PASSWORD, Person, wait_for

HEAD_S, BODY_S = 20, 30
# How much later than its limit a slow connection may end.
SLACK_S = 5
SLOW_HEADS, SLOW_BODIES = 100, 50
LONG = 60_000
# How long a hold waits for payments after its own time.
PAYMENT_GRACE_S = 900
# How often each way is timed, and how far the medians of two may be apart.
PAIRS, ALIKE = 15, 2


@pytest.fixture(scope="module")
def node(scratch, seed):
    with attacked_node(scratch, seed) as node:
        yield node


@pytest.fixture(scope="module")
def bystanders(node):
    return Bystanders(node, node.shopper(), Person(node.base, "owner@loft.example"), node.tenant)


@pytest.fixture
def attack(request, node, bystanders):
    """Begins as the test says; whoever buys meanwhile has signed up before."""
    return Attack(node, bystanders, request.node.name, node.shopper())


def test_slow_heads_and_slow_bodies(node, attack):
    began = time.monotonic()
    ended = {"head": [], "body": []}
    with attack:
        waiting = selectors.DefaultSelector()
        for nth in range(SLOW_HEADS + SLOW_BODIES):
            connection = node.connect()
            kind = "head" if nth < SLOW_HEADS else "body"
            head = b"GET / HTTP/1.1\r\nHost: x\r\n" if kind == "head" else (
                b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
            )  # fmt: skip
            connection.sendall(head)
            waiting.register(connection, selectors.EVENT_READ, kind)
        attack.sale_goes_on()
        while waiting.get_map() and time.monotonic() - began < BODY_S + SLACK_S:
            for key, _ in waiting.select(timeout=1):
                said = receive(key.fileobj)
                ended[key.data].append((time.monotonic() - began, said.split(b"\r\n")[0]))
                waiting.unregister(key.fileobj)
                key.fileobj.close()
            for key in waiting.get_map().values():
                drip(key.fileobj, b"X-A: b\r\n" if key.data == "head" else b" ")
    assert len(ended["head"]) == SLOW_HEADS and max(at for at, _ in ended["head"]) < HEAD_S + SLACK_S, ended["head"][-3:]
    assert len(ended["body"]) == SLOW_BODIES and max(at for at, _ in ended["body"]) < BODY_S + SLACK_S, ended["body"][-3:]
    assert {said for _, said in ended["body"]} == {b"HTTP/1.1 408 Request Timeout"}, ended["body"][:3]


def receive(connection):
    try:
        return connection.recv(4096)
    except OSError:
        return b""


def drip(connection, some):
    try:
        connection.sendall(some)
    except OSError:
        pass  # closed meanwhile; the selector tells


def test_many_connections_and_streams_of_one_address(node, attack):
    with attack:
        mine = [node.connect() for _ in range(CONNECTIONS_PER_CLIENT + 50)]
        refused = {}
        with selectors.DefaultSelector() as waiting:
            for connection in mine:
                connection.setblocking(False)
                waiting.register(connection, selectors.EVENT_READ)
            # The last ones are refused when the node comes to them, and nobody else is.
            while ready := waiting.select(timeout=SLACK_S if len(refused) < 50 else 0.5):
                for key, _ in ready:
                    refused[key.fileobj] = receive(key.fileobj)
                    waiting.unregister(key.fileobj)
        said = list(refused.values())
        assert len(said) == 50 and all(one.startswith(b"HTTP/1.1 503") and b"Retry-After: 2" in one for one in said), said[:2]
        listening = [connection for connection in mine if connection not in refused][: CONNECTIONS_PER_CLIENT // 2]
        for connection in listening:
            drip(connection, f"GET /sales/{node.slug}/live HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        # Another address is served as before, streams too.
        with requests.get(f"{node.base}/sales/{node.slug}/live", stream=True, timeout=10) as stream:
            assert next(stream.iter_lines(chunk_size=1)).startswith(b"event:")
        attack.sale_goes_on()
        heard = sum(b"text/event-stream" in receive(connection) for connection in listening)
        assert heard > len(listening) // 2, heard
        # Streams keep their places for as long as they last.
        with node.connect() as one_more:
            assert receive(one_more).startswith(b"HTTP/1.1 503"), "streams are not counted"
        for connection in mine:
            connection.close()


def flood(work, count, threads=16):
    """What `work(nth)` returned, by how often."""
    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(work, range(count)))
    return {result: results.count(result) for result in set(results)}


def test_long_keys(node, attack):
    def long(nth):
        text = f"{nth}" + "x" * LONG
        asked = [
            ("GET", f"/sales/{text}", [], None),
            ("GET", f"/a/{text}", [], None),
            ("GET", f"/l/{text}", [], None),
            ("GET", f"/theme/{text}/site.css", [], None),
            ("GET", f"/api/v1/sales/{text}", [], None),
            ("GET", f"/api/v1/sales?cursor={text}", [], None),
            ("GET", f"/api/v1/invitations/{text}", [], None),
            ("GET", "/api/v1/me", [("Cookie", f"smp_session={text}")], None),
            ("GET", f"/sales/{node.slug}", [("Cookie", f"smp_visitor={text}"), ("User-Agent", text[:1000])], None),
            ("GET", f"/?{text}", [("If-None-Match", text[: LONG // 8])], None),
            ("POST", "/api/v1/postbacks/reversals", [("Authorization", f"Bearer {text}"), JSON], b'{"reference":"a","reason":"b"}'),
            ("POST", "/api/v1/session", [JSON], json.dumps({"email": f"{text}@x.example", "password": PASSWORD}).encode()),
            ("POST", "/api/v1/session", [JSON], json.dumps({"email": f"{nth}@x.example", "password": text * 4}).encode()),
            ("POST", "/sign-in", [FORM], f"email={text}%40x.example&password={PASSWORD}".encode()),
        ]  # fmt: skip
        return tuple(raw(node, method, target, headers, body)[0] for method, target, headers, body in asked)

    with attack:
        background = threading.Thread(target=attack.sale_goes_on)
        background.start()
        answers = flood(long, 30)
        background.join()
    statuses = {status for answer in answers for status in answer}
    assert statuses <= {0, 200, 303, 400, 401, 404, 413, 414, 422, 429, 431}, answers


JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def invitation(node):
    """The token of an invitation that nobody accepted, by an owner of the other provider."""
    owner = Person(node.base, "owner@loft.example")
    owner.post(f"/providers/{node.tenant}/members", {"email": "eve@attacks.example", "role": "editor"}, status=201)
    manager = Person(node.base, "manager@faults.example")
    letter = wait_for("the invitation", lambda: manager.get("/messages?q=eve@attacks.example")["items"])[0]
    shown = requests.get(f"{node.base}/dev/outbox/{letter['id']}", timeout=10).text
    return re.search(r"/portal/invitations/([\w-]+)", shown)[1]


def test_floods_of_hashes(node, attack):
    token = invitation(node)
    # Known to an account, so that each acceptance compares its password.
    attacker(node.base).post("/accounts", {"email": "eve@attacks.example", "name": "Eve", "password": PASSWORD}, status=201)
    node.query("UPDATE accounts SET email_verified_at = now() WHERE email = 'eve@attacks.example'")

    def attempt(nth):
        path, body = [
            ("/session", {"email": f"{nth}@flood.example", "password": "not the password"}),
            ("/session", {"email": "eve@attacks.example", "password": "not the password"}),
            (f"/invitations/{token}/accept", {"name": "Eve", "password": "not the password"}),
            ("/accounts", {"email": f"{nth}@flood.example", "name": "Visit evil.example", "password": "long enough for it"}),
        ][nth % 4]
        return raw(node, "POST", f"/api/v1{path}", [JSON], json.dumps(body).encode())[0]

    with attack:
        background = threading.Thread(target=attack.sale_goes_on)
        background.start()
        answers = flood(attempt, 120, threads=48)
        background.join()
    assert answers.keys() <= {401, 422, 429, 503}, answers
    assert answers.get(401, 0) > 0, answers


def test_floods_of_uploads(node, attack):
    editor = attacker(node.base, "editor@faults.example")
    (tenant,) = [role["tenant"]["id"] for role in editor.get("/me")["roles"]]
    noise = random.Random(1).randbytes(2 << 20)

    def upload(_):
        body = {"filename": "noise.png", "content_type": "image/png", "size_bytes": len(noise)}
        announced = editor.call("POST", f"/providers/{tenant}/assets", body)
        if announced.status_code != 201:
            return announced.status_code
        told = announced.json()
        sent = editor.http.request(told["upload"]["method"], told["upload"]["url"], data=noise, headers=told["upload"]["headers"], timeout=20)
        if not sent.ok:
            return sent.status_code
        return editor.call("POST", f"/providers/{tenant}/assets/{told['asset']['id']}/complete").status_code

    def unsigned(nth):
        body = bytes(1 << 20)
        return raw(node, "PUT", f"/smp-files/{nth}.png", [], body)[0]

    with attack:
        background = threading.Thread(target=attack.sale_goes_on)
        background.start()
        answers = flood(upload, 16, threads=8) | flood(unsigned, 16, threads=8)
        background.join()
    assert all(status < 500 or status == 503 for status in answers), answers
    print(answers)


def test_units_are_not_held_for_ever(node, attack):
    mallory = node.shopper()
    with attack:
        hold = node.hold(mallory)
        order = mallory.post("/me/orders", {"shipping_address": ADDRESS}, status=201)
        statuses = [mallory.call("POST", f"/me/orders/{order['number']}/payments", AT_BANK).status_code for _ in range(25)]
        attack.sale_goes_on()
    # Attempts are limited.
    assert set(statuses) == {201, 429} or set(statuses) == {200, 429}, statuses
    ((seconds,),) = node.query("SELECT extract(epoch FROM greatest(expires_at, paying_until) - created_at)::int FROM holds WHERE id = %s", hold["id"])
    assert seconds <= HOLD_SECONDS + PAYMENT_GRACE_S, f"held for {seconds} s"
    # Once that is over, nothing keeps it.
    passed = f"{HOLD_SECONDS + PAYMENT_GRACE_S} seconds"
    shifted = ", ".join(f"{time} = {time} - %s::interval" for time in ("created_at", "expires_at", "paying_until"))
    node.query(f"UPDATE holds SET {shifted} WHERE id = %s", passed, passed, passed, hold["id"])
    wait_for("the hold expired", lambda: node.query("SELECT state FROM holds WHERE id = %s", hold["id"]) == [("expired",)], seconds=10)
    again = mallory.call("POST", "/me/orders", {"shipping_address": ADDRESS})
    assert again.status_code in (409, 422), again.text
    assert mallory.get("/me/holds")["items"] == []


ODD = ["%00", "%FF", "%C3%28", "..%2F..%2Fetc", "%F0%9F%92%A9", "'%22%3B--", "%0D%0AX-Odd%3A%201", "%ED%A0%80", "-1", "9" * 40]
ODD_CURSORS = [*ODD, "=", "AAAA", "A" * 5000, "LTIwMDAwMDAwMDAwMDAwMDAwMCAwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA"]
ODD_HEADERS = [b"\xff\xfe", b"\x80", "é".encode(), b'"', b"a" * 5000, b'W/"', b"-1", b'"99999999999999999999"']
ODD_BODIES = [b"", b"\xff\xfe", b"null", b"[]", b'"\\ud800"', b'{"a":"\\u0000"}', b"[" * 5000, b"9" * 400, b'{"a":1,"a":2}']
PAGES = ["/sales/{}", "/sales/{}/live", "/a/{}", "/l/{}", "/orders/{}", "/orders/{}/tracking", "/conversations/{}", "/checkout/{}/payment",
         "/preview/{}/{}", "/theme/{}/site.css", "/media/{}", "/portal/{}", "/sign-in?next={}", "/help?order={}", "/cart?{}", "/checkout?{}"]  # fmt: skip
# They end the session of whoever asks.
ENDS_SESSION = {"session_delete", "session_revoke"}


def odd_requests(node, tenant):
    """Each operation with odd bytes in every place that takes some, and each page."""
    known = {"tenant": str(tenant), "slug": node.slug}
    for operation, method, path, parameters in operations():
        if operation in ENDS_SESSION:
            continue
        target = "/api/v1" + re.sub(r"\{(\w+)\}", lambda name: known.get(name[1], "00000000-0000-7000-8000-000000000000"), path)
        for nth, odd in enumerate(ODD):
            if parameters["path"]:
                name = parameters["path"][nth % len(parameters["path"])]
                odd_path = "/api/v1" + re.sub(r"\{(\w+)\}", lambda of: odd if of[1] == name else known.get(of[1], odd), path)  # noqa: B023
                yield method, odd_path, [], None
            if parameters["query"]:
                name = parameters["query"][nth % len(parameters["query"])]
                yield method, f"{target}?{name}={odd}", [], None
        if "cursor" in parameters["query"]:
            for odd in ODD_CURSORS:
                yield method, f"{target}?cursor={odd}", [], None
        for name in ("Cookie", "User-Agent", *parameters["header"]):
            yield method, target, [(name, random.Random(operation).choice(ODD_HEADERS))], None
        if method != "GET":
            for odd in random.Random(operation).sample(ODD_BODIES, 4):
                yield method, target, [JSON], odd
    for page in PAGES:
        for odd in ODD:
            yield "GET", page.replace("{}", odd), [], None
        for odd in ODD_HEADERS:
            yield "GET", page.replace("{}", "x"), [(name, odd) for name in ("Cookie", "Accept-Language", "If-None-Match", "Referer", "X-Forwarded-For")], None


def test_odd_bytes_everywhere(node, attack):
    people = [None, attacker(node.base, "manager@faults.example"), attacker(node.base, "editor@faults.example")]
    cookies = [person and "; ".join(f"{cookie.name}={cookie.value}" for cookie in person.http.cookies) for person in people]
    (tenant,) = [role["tenant"]["id"] for role in people[2].get("/me")["roles"]]
    asked = [(one, cookies[nth % 3]) for nth, one in enumerate(odd_requests(node, tenant))]

    def ask(nth):
        (method, target, headers, body), cookie = asked[nth]
        if cookie and not any(name == "Cookie" for name, _ in headers):
            headers = [*headers, ("Cookie", cookie)]
        status, said = raw(node, method, target, headers, body)
        if "cursor=" in target and cookie and status == 400:
            assert json.loads(said)["errors"][0]["field"] == "cursor", (target, said)
        return status, (method, target, headers, said[:300]) if status >= 500 else None

    with attack:
        background = threading.Thread(target=attack.sale_goes_on)
        background.start()
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(ask, range(len(asked))))
        background.join()
    failed = [wrong for _, wrong in answers if wrong]
    assert not failed, f"{len(failed)} of {len(asked)}: {failed[:5]}"
    print({status: sum(answer == status for answer, _ in answers) for status in {answer for answer, _ in answers}})


def test_the_time_of_an_answer_does_not_tell_who_has_an_account(node):
    """Not a bound of speed: the two are asked in turns, and one that hashes a password beside one that does not differs tenfold."""
    known = []
    for nth in range(PAIRS):
        known.append(f"known-{nth}@attacks.example")
        attacker(node.base).post("/accounts", {"email": known[nth], "name": "Eve", "password": PASSWORD}, status=201)
    node.query("UPDATE accounts SET email_verified_at = now() WHERE email LIKE 'known-%%@attacks.example'")

    def seconds(nth, path, email, more, expected):
        # Wrong passwords count by the network.
        body = json.dumps({"email": email} | more).encode()
        began = time.monotonic()
        status, said = raw(node, "POST", f"/api/v1{path}", [JSON], body, address=f"127.0.{nth + 1}.66")
        assert status == expected, (path, status, said)
        return time.monotonic() - began

    wrong = "neither of the two passwords"
    for path, more, expected in [
        ("/session", {"password": wrong}, 401),
        ("/accounts", {"password": wrong, "name": "Eve"}, 201),
        ("/session/forgotten", {}, 204),
    ]:
        taken = {"known": [], "unknown": []}
        for nth in range(PAIRS):
            taken["known"].append(seconds(nth, path, known[nth], more, expected))
            taken["unknown"].append(seconds(nth, path, f"unknown{path.replace('/', '-')}-{nth}@attacks.example", more, expected))
        medians = {kind: statistics.median(values) for kind, values in taken.items()}
        print(path, medians)
        assert 1 / ALIKE < medians["known"] / medians["unknown"] < ALIKE, (path, medians)
