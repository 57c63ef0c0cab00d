"""Processes and people: starting the built `smp` and its neighbours, ending them, and speaking to the API."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("SMP_BIN", ROOT / "target/debug/smp")).resolve()
DEMO_BINARY = pathlib.Path(os.environ.get("SMP_DEMO_BIN", ROOT / "target/debug/smp-demo")).resolve()
PASSWORD = "open-at-noon"
# What a developer's shell may hold must not reach the servers under test.
SETTINGS = ("SMP_", "S3_", "SMS_", "AWS_", "DATABASE_URL", "REDIS_URL", "SMTP_URL", "MAIL_FROM", "PAYU_", "STRIPE_")
START_S = 60
STOP_S = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, look, seconds=10.0, every=0.05):
    """Calls `look` until it gives something true, which is returned; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(every)


def clean_environment(**settings):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    if "SMP_PG_BIN" in os.environ:
        kept["SMP_PG_BIN"] = os.environ["SMP_PG_BIN"]
    return kept | {name: str(value) for name, value in settings.items()}


class Process:
    """One child process; its output goes to a file. Ended by its own id, whatever happened."""

    def __init__(self, arguments, log, **options):
        self.log = pathlib.Path(log)
        with self.log.open("ab") as out:
            self.child = subprocess.Popen([str(word) for word in arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options)

    def output(self):
        return self.log.read_text(errors="replace")

    def alive(self):
        return self.child.poll() is None

    def wait_for(self, what, look, seconds=START_S):
        def alive_and_there():
            assert self.alive(), f"{what}: the process ended with {self.child.returncode}:\n{self.output()[-3000:]}"
            return look()

        return wait_for(f"{what} ({self.log})", alive_and_there, seconds)

    def stop(self, sign=signal.SIGINT):
        """Asks it to end, and insists after a while; returns the exit code."""
        if self.alive():
            self.child.send_signal(sign)
        try:
            return self.child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"{self.log} did not end within {STOP_S} s of {sign!r}:\n{self.output()[-3000:]}") from None


def run_smp(*arguments, **settings):
    """A command of `smp` that ends by itself."""
    return subprocess.run([BINARY, *arguments], cwd=ROOT, env=clean_environment(**settings), capture_output=True, text=True, timeout=60)


@contextlib.contextmanager
def smp(scratch, name, *arguments, port=None, **settings):
    """A running `smp serve` (or what `arguments` say) with its `base`, until the block ends."""
    port = port or free_port()
    # Data folders differ, so that no node can find what another keeps there.
    data = settings.pop("SMP_DATA", None) or scratch / name
    env = clean_environment(SMP_PORT=port, SMP_DATA=data, SMP_TENANTS_DIR=ROOT / "tenants", **settings)
    process = Process([BINARY, *(arguments or ["serve"])], scratch / f"{name}.log", cwd=ROOT, env=env)
    process.base = f"http://127.0.0.1:{port}"
    try:
        process.wait_for(f"{name} ready", lambda: answers(f"{process.base}/readyz"))
        yield process
    finally:
        process.stop()


def answers(url):
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


class Person:
    """One browser: a cookie jar at one node."""

    def __init__(self, base, email=None, password=PASSWORD):
        self.base = base
        self.http = requests.Session()
        if email:
            self.post("/session", {"email": email, "password": password})

    def at(self, base):
        """The same browser, at another node."""
        other = Person(base)
        other.http.cookies.update({cookie.name: cookie.value for cookie in self.http.cookies})
        return other

    def call(self, method, path, body=None, headers=None):
        return self.http.request(method, f"{self.base}/api/v1{path}", json=body, headers=headers, timeout=20)

    def ask(self, method, path, body=None, status=None):
        answer = self.call(method, path, body)
        right = answer.status_code == status if status else answer.ok
        assert right, f"{method} {path} answered {answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path, status=None):
        return self.ask("GET", path, status=status)

    def post(self, path, body=None, status=None):
        return self.ask("POST", path, body, status)

    def put(self, path, body=None, status=None):
        return self.ask("PUT", path, body, status)

    def edit(self, method, path, body):
        """An edit of what is at the path, from its newest version."""
        answer = self.call(method, path, body, {"If-Match": f'"{self.get(path)["version"]}"'})
        assert answer.ok, f"{method} {path} answered {answer.status_code}: {answer.text}"
        return answer.json()

    def delete(self, path, status=None):
        return self.ask("DELETE", path, status=status)
