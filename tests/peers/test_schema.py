"""The API answers as its own description says, whatever it is asked: schemathesis makes up the questions."""

import os
import pathlib
import subprocess
import sys

import pytest
import requests
from openapi_spec_validator import validate

from support import Person

HERE = pathlib.Path(__file__).parent
# Both runs go at the same time and share this; drawing goes on until it is over.
SECONDS = 45


# How often a path's parameter is one that exists, so that a run reaches further than "there is no such thing".
PROBABILITY = 0.7


class Run:
    def __init__(self, scratch, demo, name, world, *arguments):
        folder = scratch / f"schemathesis-{name}"
        folder.mkdir()
        known = [f'[dictionaries.{key}]\nvalues = ["{value}"]\n' for key, value in world.items()]
        known += ["[parameters]\n"] + [f'"path.{key}" = {{ dictionary = "{key}", probability = {PROBABILITY} }}\n' for key in world]
        # Read from the folder it runs in.
        (folder / "schemathesis.toml").write_text((HERE / "schemathesis.toml").read_text() + "\n" + "".join(known))
        command = [pathlib.Path(sys.executable).parent / "st", "--no-color", "run", f"{demo.base}/openapi.json", "--seed", "1"]
        command += ["--max-time", str(SECONDS), "--continue-on-failure", "--warnings", "off", *arguments]
        self.log = folder / "output.txt"
        with self.log.open("w") as out:
            self.child = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=os.environ | {"COLUMNS": "160"})

    def finish(self):
        try:
            code = self.child.wait(SECONDS + 60)
        finally:
            self.stop()
        said = self.log.read_text()
        assert code == 0, said[-12_000:]
        return said

    def stop(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()


@pytest.fixture(scope="module")
def runs(scratch, demo):
    manager = Person(demo.base, "manager@smp.example")
    cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in manager.http.cookies)
    slug = demo.told.sales["hosted"].rsplit("/", 1)[1]
    sale = next(sale for sale in manager.get("/sales-overview?limit=100")["items"] if sale["slug"] == slug)
    world = {"tenant": sale["tenant"]["id"], "sale": sale["id"], "slug": slug}
    runs = {"anonymous": Run(scratch, demo, "anonymous", world), "manager": Run(scratch, demo, "manager", world, "--header", f"Cookie: {cookie}")}
    yield runs
    for run in runs.values():
        run.stop()


def test_the_description_is_valid(demo):
    validate(requests.get(f"{demo.base}/openapi.json", timeout=10).json())


@pytest.mark.parametrize("who", ["anonymous", "manager"])
def test_every_answer_is_as_described(demo, runs, who):
    said = runs[who].finish()
    described = requests.get(f"{demo.base}/openapi.json", timeout=10).json()["paths"]
    left_out = 2  # in schemathesis.toml, with the reason
    operations = sum(len(methods) for methods in described.values()) - left_out
    assert f"Tested: {operations}\n" in said, said[-3000:]


def test_the_server_is_well_after_it(demo, runs):
    assert requests.get(f"{demo.base}/readyz", timeout=10).ok
    log = demo.process.output()
    for sign in ("a handler panicked", "internal error", "unexpected error"):
        assert sign not in log, log[-5000:]
