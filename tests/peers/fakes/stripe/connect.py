"""The objects of Stripe Connect: accounts of sellers, and what is transferred to them."""

from objects import NO_ADDRESS, listed, new_id, now

WANTED = ["business_profile.url", "external_account", "tos_acceptance.date", "tos_acceptance.ip"]


def account(form):
    made = new_id("acct")
    kana = {"statement_descriptor": None, "statement_descriptor_kana": None, "statement_descriptor_kanji": None}
    prefixes = {"statement_descriptor_prefix_kana": None, "statement_descriptor_prefix_kanji": None}
    return {
        "id": made,
        "object": "account",
        "business_profile": {
            "annual_revenue": None,
            "estimated_worker_count": None,
            "mcc": None,
            "minority_owned_business_designation": None,
            "name": None,
            "product_description": None,
            "support_address": NO_ADDRESS,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
        },
        "business_type": form.get("business_type"),
        "capabilities": {"card_payments": "inactive", "transfers": "inactive"},
        "charges_enabled": False,
        "controller": {"type": "application"},
        "country": form.get("country", "US"),
        "created": now(),
        "default_currency": "eur",
        "details_submitted": False,
        "email": form.get("email"),
        "external_accounts": listed(f"/v1/accounts/{made}/external_accounts", []),
        "future_requirements": requirements([], None),
        "metadata": form.get("metadata", {}),
        "payouts_enabled": False,
        "requirements": requirements(WANTED, "requirements.past_due"),
        "settings": {
            "bacs_debit_payments": {"display_name": None, "service_user_number": None},
            "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
            "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
            "card_payments": {"decline_on": {"avs_failure": True, "cvc_failure": True}, "statement_descriptor_prefix": None, **prefixes},
            "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
            "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
            "payments": kana | prefixes,
            "payouts": {"debit_negative_balances": True, "schedule": {"delay_days": 2, "interval": "daily"}, "statement_descriptor": None},
            "sepa_debit_payments": {},
        },
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": form.get("type", "express"),
    }


def requirements(due, disabled):
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": list(due),
        "disabled_reason": disabled,
        "errors": [],
        "eventually_due": list(due),
        "past_due": list(due),
        "pending_verification": [],
    }


def complete(made):
    """An account whose owner has answered everything."""
    made |= {"charges_enabled": True, "details_submitted": True, "payouts_enabled": True, "requirements": requirements([], None)}
    made["capabilities"] = {"card_payments": "active", "transfers": "active"}


def account_link(base, form):
    url = f"{base}/_onboarding/{form['account']}?return_url={form['return_url']}"
    return {"object": "account_link", "created": now(), "expires_at": now() + 300, "url": url}


def transfer(form):
    made = new_id("tr")
    return {
        "id": made,
        "object": "transfer",
        "amount": form["amount"],
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": now(),
        "currency": form["currency"],
        "description": form.get("description"),
        "destination": form["destination"],
        "destination_payment": new_id("py"),
        "livemode": False,
        "metadata": form.get("metadata", {}),
        "reversals": listed(f"/v1/transfers/{made}/reversals", []),
        "reversed": False,
        "source_transaction": form.get("source_transaction"),
        "source_type": "card",
        "transfer_group": form.get("transfer_group"),
    }


def reversal(of_transfer, amount, form):
    return {
        "id": new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": None,
        "created": now(),
        "currency": of_transfer["currency"],
        "destination_payment_refund": None,
        "metadata": form.get("metadata", {}),
        "source_refund": None,
        "transfer": of_transfer["id"],
    }
