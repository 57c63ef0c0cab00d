"""The PDFs of an invoice and of its credit note, read by a library that others wrote: issuer, buyer, number, lines and sums."""

import io
import re

import pypdf
import pytest

from attack import ADDRESS, APPROVED, Node
from support import PASSWORD, Person, run_smp, smp, wait_for

BUYER = "Ζωή Lindqvist-Ångström"
ISSUER = {
    "invoiced_by": "smp", "legal_name": "Kiln & Söhne GmbH", "line1": "Ofenweg 1", "postal_code": "10115", "city": "Berlin", "country": "DE",
    "tax_id": "DE123456789", "register": "HRB 12345, Berlin", "number_prefix": "KILN", "tax_rate_ppm": 190000,
}  # fmt: skip


@pytest.fixture(scope="module")
def node(scratch, seed):
    data = seed.copy(scratch / "invoices")
    with smp(scratch, "invoices-node", "serve", SMP_DATA=data, SMP_LOG="warn") as process:
        node = Node(process, data, seed)
        node.data = data
        node.begin_sale()
        yield node


@pytest.fixture(scope="module")
def owner(node):
    """The owner of the kiln, whose data is complete."""
    ((tenant,),) = node.query("SELECT tenant_id::text FROM providers WHERE slug = 'kiln'")
    editor = node.accounts["editor"]
    node.query("UPDATE members SET role = 'owner' WHERE tenant_id = %s AND account_id = %s", tenant, editor)
    person = Person(node.base, "editor@faults.example")
    person.path = f"/providers/{tenant}"
    person.edit("PUT", f"{person.path}/invoicing", ISSUER)
    return person


def order_of(node, shopper):
    node.hold(shopper, 2)
    order = shopper.post("/me/orders", {"shipping_address": ADDRESS | {"name": BUYER}}, status=201)
    assert shopper.post(f"/me/orders/{order['number']}/payments", APPROVED)["state"] == "succeeded"
    return order["number"]


def issued(shopper, number, count):
    def look():
        items = shopper.get(f"/me/orders/{number}/invoices")["items"]
        return items if len(items) == count else None

    return wait_for(f"{count} documents", look)


def text_of(shopper, number, document):
    answer = shopper.http.get(f"{shopper.base}/orders/{number}/invoices/{document['number']}.pdf", timeout=20)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/pdf", answer.text
    pdf = pypdf.PdfReader(io.BytesIO(answer.content), strict=True)
    assert pdf.metadata.title.endswith(document["number"])
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pdf.pages))


def test_the_pdfs_say_what_was_sold_and_what_was_taken_back(node, owner):
    shopper = node.shopper()
    number = order_of(node, shopper)
    (invoice,) = issued(shopper, number, 1)
    assert re.fullmatch(r"KILN-20\d\d-000001", invoice["number"])
    text = text_of(shopper, number, invoice)
    said = [
        f"Invoice {invoice['number']}", f"Order {number}", "Kiln & Söhne GmbH", "Ofenweg 1", "10115 Berlin", "Tax number DE123456789", "HRB 12345, Berlin",
        BUYER, "Lindenallee 14", "10435 Berlin", "Stoneware at dawn", "SKU BOWL", "€49.00", "€98.00", "19 %", "€82.35", "€15.65",
    ]  # fmt: skip
    assert [words for words in said if words not in text] == []
    # The provider reads the same file.
    answer = owner.call("GET", f"{owner.path}/invoices/{invoice['id']}/pdf")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{invoice["number"]}.pdf"'
    assert pypdf.PdfReader(io.BytesIO(answer.content), strict=True).metadata.title == f"Invoice {invoice['number']}"

    staff = run_smp("account", "create", "--email", "support@invoices.example", "--name", "Sam", "--role", "support", SMP_PASSWORD=PASSWORD, SMP_DATA=node.data)
    assert staff.returncode == 0, staff.stderr
    support = Person(node.base, "support@invoices.example")
    support.post(f"/orders/{number}/refunds", {"reason": "A chip", "amount_minor": 1000}, status=201)
    _, note = issued(shopper, number, 2)
    text = text_of(shopper, number, note)
    said = [f"Credit note {note['number']}", f"Corrects the invoice {invoice['number']}", "Part of: Stoneware at dawn", "Total credited €10.00", "€8.40", "€1.60"]
    assert [words for words in said if words not in text] == []
