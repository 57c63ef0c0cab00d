"""The PDF of a contract, read by a library that others wrote: it says what was signed, in any of three scripts."""

import hashlib
import io
import re

import pypdf
import pytest
import requests

from support import PASSWORD, Person, smp, wait_for

BODY = """{{provider_name}} ({{registration_number}}, {{country}}) guarantees delivery within {{delivery_days}} days.

# Vouchers, Κουπόνια, Ваучеры

- Every reservation, coupon and voucher is honoured for {{honour_days}} days.
- Κάθε κουπόνι ισχύει για {{honour_days}} ημέρες.
- Каждый ваучер действует {{honour_days}} дней.

""" + "\n\n".join(f"Paragraph {nth}: " + "the quick brown fox jumps over the lazy dog, again and again, " * 4 + f"end {nth}." for nth in range(30))
OWNER, MANAGER = "Νόρα Линдквист-Ångström", "Ines Aalto"


@pytest.fixture(scope="module")
def node(scratch, database):
    with smp(scratch, "contracts", DATABASE_URL=database) as node:
        yield node


@pytest.fixture(scope="module")
def admin(node):
    return Person(node.base, "admin@peers.example")


@pytest.fixture(scope="module")
def owner(node, admin):
    """The owner of a provider under review."""
    invitation = {"name": "Kiln & Söhne", "slug": "kiln-pdf", "country": "DE", "product_category": "home", "owner_email": "owner@kiln-pdf.example"}
    tenant = admin.post("/providers", invitation)["id"]
    letter = wait_for("the invitation", lambda: admin.get("/messages?q=owner@kiln-pdf.example")["items"])[0]
    shown = requests.get(f"{node.base}/dev/outbox/{letter['id']}", timeout=10).text
    token = re.search(r"/portal/invitations/([\w-]+)", shown)[1]
    person = Person(node.base)
    person.post(f"/invitations/{token}/accept", {"name": "Nora", "password": PASSWORD})
    person.path = f"/providers/{tenant}"
    form = f"{person.path}/application"
    person.edit("PATCH", form, {"registration_number": "HRB 1234", "about": "Bowls.", "references": "The museum shop", "regions": ["DE"],
                                "support_email": "help@kiln-pdf.example", "selling_mode": "both", "monthly_units": 20})
    person.post(form, {})
    admin.post(f"{form}/review", {})
    return person


def squashed(text):
    return re.sub(r"\s+", " ", text).strip()


def test_the_pdf_is_what_was_signed(admin, owner):
    draft = admin.post("/contract-templates", {"title": "Contract of the kiln", "body": BODY, "delivery_days": 14, "honour_days": 365}, status=201)
    admin.post(f"/contract-templates/{draft['id']}/publication", {})
    (offered,) = owner.get(f"{owner.path}/contracts")["items"]
    path = f"{owner.path}/contracts/{offered['id']}"
    contract = owner.get(path)
    assert hashlib.sha256(contract["document"].encode()).hexdigest() == contract["document_hash"]
    owner.post(f"{path}/signature", {"name": OWNER, "document_hash": contract["document_hash"]})
    admin.post(f"{path}/countersignature", {"name": MANAGER})

    answer = owner.call("GET", f"{path}/pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    pdf = pypdf.PdfReader(io.BytesIO(answer.content), strict=True)
    assert pdf.metadata.title == "Contract of the kiln"
    pages = [page.extract_text() for page in pdf.pages]
    assert len(pages) > 1
    for nth, page in enumerate(pages, 1):
        assert f"page {nth} of {len(pages)}" in squashed(page) and contract["document_hash"][:16] in page
    # What a footer interrupts is still one paragraph.
    text = squashed(" ".join(re.sub(r"Kiln & Söhne, version 1 · .*?page \d+ of \d+", " ", squashed(page)) for page in pages))
    paragraphs = [line.removeprefix("# ").removeprefix("- ") for line in contract["document"].split("\n") if line]
    assert [paragraph for paragraph in paragraphs if squashed(paragraph) not in text] == []
    assert "Kiln & Söhne (HRB 1234, Germany) guarantees delivery within 14 days." in text
    for said in (f"Signed for Kiln & Söhne by {OWNER}", f"Signed for SMP by {MANAGER}", contract["document_hash"]):
        assert said in text, said
    fonts = {font for page in pdf.pages for font in page["/Resources"]["/Font"].values()}
    assert fonts and all("/FontFile2" in str(font.get_object()) or font.get_object()["/Subtype"] == "/Type0" for font in fonts)
