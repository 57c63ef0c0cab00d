"""Files live in an S3 that is not ours: moto keeps them, boto3 looks at them, botocore checks what was signed."""

import io
import re
import urllib.parse

import boto3
import pytest
import requests
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

from support import PASSWORD, ROOT, Person, free_port, smp, wait_for

KEY, SECRET, BUCKET, REGION = "peers-access-key", "peers-secret-key", "peers-files", "eu-central-1"
PICTURE = ROOT / "docs/pictures/sale-phone.png"


@pytest.fixture(scope="module")
def s3():
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=SECRET)
    server.stop()


@pytest.fixture(scope="module")
def node(scratch, database, s3):
    settings = {"S3_ENDPOINT": s3.meta.endpoint_url, "S3_BUCKET": BUCKET, "S3_REGION": REGION, "S3_ACCESS_KEY": KEY, "S3_SECRET_KEY": SECRET}
    with smp(scratch, "files", DATABASE_URL=database, **settings) as node:
        yield node


@pytest.fixture(scope="module")
def editor(node):
    """The owner of a provider, aboard by the invitation that the outbox shows."""
    admin = Person(node.base, "admin@peers.example")
    owner = {"name": "Files", "slug": "files", "country": "DE", "product_category": "home", "owner_email": "owner@files.example"}
    tenant = admin.post("/providers", owner)["id"]
    letter = wait_for("the invitation", lambda: admin.get("/messages?q=owner@files.example")["items"])[0]
    # Its link is for the receiver alone, so the list of messages leaves it out; the outbox is the receiver's mailbox.
    shown = requests.get(f"{node.base}/dev/outbox/{letter['id']}", timeout=10).text
    token = re.search(r"/portal/invitations/([\w-]+)", shown)[1]
    person = Person(node.base)
    person.post(f"/invitations/{token}/accept", {"name": "Ola", "password": PASSWORD})
    person.assets = f"/providers/{tenant}/assets"
    return person


def announce(editor, size, content_type="image/png"):
    return editor.post(editor.assets, {"filename": "still life.png", "content_type": content_type, "size_bytes": size}, status=201)


def send(upload, body, headers=None):
    """As the portal does it: the method, address and headers that were given, straight to S3."""
    return requests.request(upload["method"], upload["url"], data=body, headers=upload["headers"] | (headers or {}), timeout=20)


def in_bucket(s3):
    return {found["Key"]: found["Size"] for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def test_the_bucket_is_made_at_the_start(node, s3):
    wait_for("the bucket", lambda: BUCKET in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]])


def test_an_upload_goes_all_the_way(editor, s3):
    picture = PICTURE.read_bytes()
    announced = announce(editor, len(picture))
    before = in_bucket(s3)
    assert send(announced["upload"], picture).status_code == 200
    (key,) = in_bucket(s3).keys() - before.keys()
    original = s3.get_object(Bucket=BUCKET, Key=key)
    assert original["Body"].read() == picture and original["ContentType"] == "image/png"

    asset = editor.post(f"{editor.assets}/{announced['asset']['id']}/complete")
    assert asset["state"] == "ready" and asset["renditions"], asset
    # What was checked is kept under another key than the one that the address names.
    assert key not in in_bucket(s3)
    (kept,) = [name for name in in_bucket(s3).keys() - before.keys() if name.startswith("originals/")]
    original = s3.get_object(Bucket=BUCKET, Key=kept)
    assert original["Body"].read() == picture and original["ContentType"] == "image/png"
    for rendition in asset["renditions"]:
        served = requests.get(urllib.parse.urljoin(editor.base, rendition["url"]), timeout=20)
        assert served.status_code == 200 and served.headers["Content-Type"] == "image/webp"
        kept = s3.get_object(Bucket=BUCKET, Key="renditions/" + rendition["url"].split("/renditions/")[1])
        assert kept["ContentType"] == "image/webp" and kept["Body"].read() == served.content
        assert webp_size(served.content) == (rendition["width_px"], rendition["height_px"])

    # Withdrawn, everything goes, because no review ever showed it.
    editor.delete(f"{editor.assets}/{asset['id']}", status=204)
    assert in_bucket(s3) == before


def swapped(content):
    """Other bytes of the same length, as a signed address demands."""
    return content[:-16] + bytes(16)


@pytest.mark.parametrize(("content_type", "content"), [("image/png", PICTURE.read_bytes()), ("application/pdf", b"%PDF-1.7 what was checked\n%%EOF" + b" " * 64)])
def test_a_file_sent_again_after_completion_is_seen_by_nobody(editor, s3, content_type, content):
    announced = announce(editor, len(content), content_type)
    at = f"{editor.assets}/{announced['asset']['id']}"
    assert send(announced["upload"], content).status_code == 200
    asset = editor.post(f"{at}/complete")
    shown = {rendition["url"]: requests.get(urllib.parse.urljoin(editor.base, rendition["url"]), timeout=20).content for rendition in asset["renditions"]}
    kept = {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in in_bucket(s3)}

    assert send(announced["upload"], swapped(content)).status_code == 200, "the address is still valid"
    assert editor.call("GET", f"{at}/original").content == content
    assert editor.post(f"{at}/complete") == asset and editor.get(at) == asset
    for url, body in shown.items():
        assert requests.get(urllib.parse.urljoin(editor.base, url), timeout=20).content == body
    assert {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in kept} == kept


def webp_size(data):
    """Pixels by the container's own header (RFC 9649), lossy, lossless or extended."""
    file = io.BytesIO(data)
    assert file.read(4) == b"RIFF" and int.from_bytes(file.read(4), "little") + 8 == len(data) and file.read(4) == b"WEBP"
    kind, body = file.read(4), data[20:]
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    assert kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a"
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def signature(upload, size, **changed):
    """The signature that AWS's own library gives the same request, with some headers changed. moto itself checks none."""
    address = urllib.parse.urlsplit(upload["url"])
    query = urllib.parse.parse_qsl(address.query, keep_blank_values=True)
    given = dict(query)
    headers = {"host": address.netloc, "content-length": str(size)} | {name.lower(): value for name, value in upload["headers"].items()} | changed
    signed = given["X-Amz-SignedHeaders"].split(";")
    assert {"host", "content-length", "content-type"} <= set(signed), signed
    bare = urllib.parse.urlencode([pair for pair in query if pair[0] != "X-Amz-Signature"], quote_via=urllib.parse.quote)
    request = AWSRequest("PUT", address._replace(query=bare).geturl(), headers={name: headers[name] for name in signed})
    request.context["timestamp"] = given["X-Amz-Date"]
    auth = S3SigV4QueryAuth(Credentials(KEY, SECRET), "s3", REGION, int(given["X-Amz-Expires"]))
    # Of its own, botocore signs fewer headers; a server goes by the list in the address.
    auth.headers_to_sign = lambda request: request.headers
    again = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    return again, given["X-Amz-Signature"]


def test_the_signature_is_the_one_that_botocore_makes(editor):
    upload = announce(editor, 1234)["upload"]
    again, given = signature(upload, 1234)
    assert again == given
    # So an S3 that checks signatures refuses another type or another size.
    for size, changed in ((1235, {}), (1234, {"content-type": "text/html"})):
        again, given = signature(upload, size, **changed)
        assert again != given


@pytest.mark.parametrize(
    ("what", "body", "field"),
    [
        ("another size", b"\x89PNG\r\n\x1a\n and more than was announced", "file"),
        ("another type", b"<!doctype html><script>alert(1)</script>", "content_type"),
        ("a drawing with scripts", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "content_type"),
        ("a broken picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "file"),
    ],
)
def test_what_an_s3_lets_through_is_caught_at_completion(editor, s3, what, body, field):
    announced = announce(editor, len(body) - (what == "another size"))
    before = in_bucket(s3)
    assert send(announced["upload"], body).status_code == 200, "moto takes it; the server has to notice"
    answer = editor.call("POST", f"{editor.assets}/{announced['asset']['id']}/complete")
    assert answer.status_code == 422 and answer.headers["Content-Type"] == "application/problem+json", answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field], answer.text
    assert in_bucket(s3) == before, "the refused file is thrown away"
    asset = editor.get(f"{editor.assets}/{announced['asset']['id']}")
    assert asset["state"] == "uploading" and asset["error"]


def test_a_file_that_never_arrived_is_missed(editor):
    announced = announce(editor, 10)
    answer = editor.call("POST", f"{editor.assets}/{announced['asset']['id']}/complete")
    assert answer.status_code == 409 and answer.json()["type"] == "urn:smp:not_uploaded"
