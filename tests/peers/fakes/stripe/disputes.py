"""Disputes: what a shopper's bank takes back, or asks about."""

from objects import new_id, now

DAYS = 86_400
WARNINGS = {"warning_needs_response", "warning_under_review", "warning_closed"}
CLOSED = {"won", "lost", "warning_closed", "prevented"}
STATUSES = WARNINGS | CLOSED | {"needs_response", "under_review"}
EVIDENCE = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal customer_communication "
    "customer_email_address customer_name customer_purchase_ip customer_signature duplicate_charge_documentation duplicate_charge_explanation "
    "duplicate_charge_id product_description receipt refund_policy refund_policy_disclosure refund_refusal_explanation service_date "
    "service_documentation shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number uncategorized_file "
    "uncategorized_text"
).split()
# Evidence that is a file, known by its id; the others are texts.
FILES = set(
    "cancellation_policy customer_communication customer_signature duplicate_charge_documentation receipt refund_policy "
    "service_documentation shipping_documentation uncategorized_file".split()
)
TEXT_CHARS_MAX, ALL_CHARS_MAX = 20_000, 150_000


def wrong_evidence(evidence):
    """What Stripe finds wrong with evidence, and of which parameter; None if it takes it."""
    for name, value in evidence.items():
        param = f"evidence[{name}]"
        if name not in EVIDENCE:
            return f"Received unknown parameter: {param}", param
        if name in FILES and value:
            return f"No such file upload: '{value}'", param
        if len(value) > TEXT_CHARS_MAX:
            return f"Invalid string: must be at most {TEXT_CHARS_MAX} characters", param
    if sum(len(value) for value in evidence.values()) > ALL_CHARS_MAX:
        return f"The combined character count of evidence is limited to {ALL_CHARS_MAX}", "evidence"
    return None


def dispute(charge, reason, status, amount):
    brand = charge["payment_method_details"]["card"]["brand"]
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now() + 7 * DAYS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": status in WARNINGS,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {"brand": brand, "case_type": "chargeback", "network": brand, "network_reason_code": "10"},
            "type": "card",
        },
        "reason": reason,
        "status": status,
    }
