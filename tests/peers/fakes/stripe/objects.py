"""Stripe's objects, whole: every field that Stripe's own fixtures of its API have."""

import secrets
import string
import time

LETTERS = string.ascii_letters + string.digits
# Cards by their number and by the name that Stripe's test mode has for them: brand, and what the bank does.
CARDS = {
    "4242424242424242": ("visa", "succeed"),
    "5555555555554444": ("mastercard", "succeed"),
    "378282246310005": ("amex", "succeed"),
    "4000000000000002": ("visa", "decline"),
    "4000000000009995": ("visa", "no_money"),
    "4000000000003220": ("visa", "authenticate"),
    "4000002500003155": ("visa", "authenticate"),
    "4000000000000259": ("visa", "slow"),
}
NAMED_CARDS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_authenticationRequired": "4000002500003155",
}
NO_ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
# Of each charge: 2.9 % and 30 minor units.
FEE_PERMILLE, FEE_FIXED = 29, 30


def new_id(kind):
    return f"{kind}_3" + "".join(secrets.choice(LETTERS) for _ in range(23))


def now():
    return int(time.time())


def listed(url, data, has_more=False):
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def payment_intent(form):
    made = new_id("pi")
    return {
        "id": made,
        "object": "payment_intent",
        "amount": form["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True} if form.get("automatic_payment_methods") else None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": form.get("capture_method", "automatic"),
        "client_secret": f"{made}_secret_" + "".join(secrets.choice(LETTERS) for _ in range(25)),
        "confirmation_method": "automatic",
        "created": now(),
        "currency": form["currency"],
        "customer": None,
        "customer_account": None,
        "description": form.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": form.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": {"id": "pmc_3fake", "parent": None},
        "payment_method_options": {"card": {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": form.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": form.get("statement_descriptor"),
        "statement_descriptor_suffix": form.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": form.get("transfer_group"),
    }


def payment_method(number):
    brand, _ = CARDS[number]
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None},
        "card": {
            "brand": brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": brand,
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": "AOB934RVNwzk6xtn",
            "funding": "credit",
            "generated_from": None,
            "last4": number[-4:],
            "networks": {"available": [brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": now(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def charge(intent, number, error=None):
    """A charge that succeeded, or with `error` one that the bank refused."""
    brand, behaviour = CARDS[number]
    made = new_id("ch")
    amount = intent["amount"]
    return {
        "id": made,
        "object": "charge",
        "amount": amount,
        "amount_captured": 0 if error else amount,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {"address": NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": "SMP* " + (intent["statement_descriptor_suffix"] or ""),
        "captured": not error,
        "created": now(),
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": error and error["code"],
        "failure_message": error and error["message"],
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": error and "05",
            "network_status": "declined_by_network" if error else "approved_by_network",
            "reason": error and error["decline_code"],
            "risk_level": "normal",
            "risk_score": 12,
            "seller_message": "The bank did not return any further details with this decline." if error else "Payment complete.",
            "type": "issuer_declined" if error else "authorized",
        },
        "paid": not error,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {
            "card": {
                "amount_authorized": None if error else amount,
                "authorization_code": None,
                "brand": brand,
                "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
                "country": "US",
                "exp_month": 12,
                "exp_year": 2034,
                "extended_authorization": {"status": "disabled"},
                "fingerprint": "AOB934RVNwzk6xtn",
                "funding": "credit",
                "incremental_authorization": {"status": "unavailable"},
                "installments": None,
                "last4": number[-4:],
                "mandate": None,
                "multicapture": {"status": "unavailable"},
                "network": brand,
                "network_token": {"used": False},
                "network_transaction_id": None,
                "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
                "regulated_status": "unregulated",
                "three_d_secure": three_d_secure() if behaviour == "authenticate" else None,
                "transaction_link_id": None,
                "wallet": None,
            },
            "type": "card",
        },
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.example/receipts/{made}",
        "refunded": False,
        "refunds": listed(f"/v1/charges/{made}/refunds", []),
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "failed" if error else "succeeded",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }


def three_d_secure():
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": "3d5b1ba2-0d34-4b1b-9d3e-6d0d3a3b0f9e",
        "version": "2.2.0",
    }


def balance_transaction(kind, source, amount, currency, fee=0):
    details = {"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees", "type": "stripe_fee"}
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now() + 2 * 86_400,
        "balance_type": "payments",
        "created": now(),
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [details] if fee else [],
        "net": amount - fee,
        "reporting_category": kind,
        "source": source,
        "status": "pending",
        "type": kind,
    }


def fee_of(amount):
    return amount * FEE_PERMILLE // 1000 + FEE_FIXED


def refund(of_charge, amount, status, form):
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": of_charge["id"],
        "created": now(),
        "currency": of_charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": {
            "card": {
                "reference": None,
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": form.get("metadata", {}),
        "payment_intent": of_charge["payment_intent"],
        "payment_method": of_charge["payment_method"],
        "reason": form.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def event(kind, about, changed=None, key=None):
    data = {"object": about}
    if changed is not None:
        data["previous_attributes"] = changed
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": "2025-06-30.basil",
        "created": now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": new_id("req"), "idempotency_key": key},
        "type": kind,
    }
