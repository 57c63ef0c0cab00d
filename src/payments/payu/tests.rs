//! Hashes and answers as PayU's own client has them.

use serde_json::json;

use super::*;
use crate::payments::gateway::PayingShopper;

const TXNID: &str = "06TpIMTSXCkYZIxTiyCDBd";

// The hashes were made by npm's `payu-websdk` 1.3.1: `new Payu({key: "gtKFFx", salt: …}).hasher`, of
// `generatePaymentHash`, `generateResponseHash` and, for the interface, `apiHasher`.
const REQUEST_HASH: &str = "ed945a8e9a49173132f5d37d9722ab4259a579cda74e4ffbdc88d0310559a68c\
    523f40ec10998a39d409c8e39fa0c6bb08a83616e57588749366a839089f2afb";
const RETURN_HASH: &str = "89badc0191cc00039bde574ddb5c043153be3a4fab7d9cdc84b94517843624826\
    aa2856b53d38ebc8328d53cc36473c98f76417acf6268da64b4b657e4f864bf";
const RETURN_HASH_WITH_CHARGES: &str = "7028896676efca6918c4a1b24b7fc0a69763cbaf13f92d835eac13395a\
    6c9e4584a23420475e3d7c777188da6444f7e629fe60ffaff73bbc50c6d2ec15dfe155";

fn payu() -> PayuConfig {
    PayuConfig {
        key: "gtKFFx".to_owned(),
        salt: "a salt of thirty-two characters!".to_owned(),
        url: "https://secure.payu.in/_payment".to_owned(),
        api_url: "https://info.payu.in/merchant/postservice.php?form=2".to_owned(),
    }
}

fn payment() -> PaymentId {
    PaymentId(untoken(TXNID).unwrap())
}

/// What PayU sends the shopper back with; `changed` replaces or adds fields.
fn back(changed: &[(&str, &str)]) -> RawNotice {
    let mut fields = HashMap::from([
        ("key", "gtKFFx"),
        ("txnid", TXNID),
        ("amount", "1234.50"),
        ("productinfo", "Order SMP-100001"),
        ("firstname", "Asha Rao"),
        ("email", "asha@shopper.example"),
        ("status", "success"),
        ("mihpayid", "403993715500000001"),
        ("hash", RETURN_HASH),
    ]);
    fields.extend(changed.iter().copied());
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    RawNotice { headers: vec![], body: body.into_bytes() }
}

fn refused(changed: &[(&str, &str)]) -> String {
    match observe(&payu(), &back(changed)) {
        Err(Error::Invalid(fields)) => fields[0].field.clone(),
        other => panic!("{changed:?}: {other:?}"),
    }
}

#[test]
fn the_form_is_signed_as_payus_own_client_signs_it() {
    let attempt = Attempt {
        payment: payment(),
        amount: Money::new(123_450, "INR"),
        order_number: "SMP-100001".to_owned(),
        shopper: PayingShopper {
            name: "Asha| Rao".to_owned(),
            email: "asha@shopper.example".to_owned(),
            country: "IN".to_owned(),
        },
        return_url: "https://smp.example/payments/return/payu/x".to_owned(),
        phone: "+91 99000 00001".to_owned(),
    };
    let fields: HashMap<String, String> = form(&payu(), &attempt).into_iter().collect();
    assert_eq!(fields["hash"], REQUEST_HASH);
    assert_eq!(
        (fields["txnid"].as_str(), fields["amount"].as_str(), fields["phone"].as_str()),
        (TXNID, "1234.50", "919900000001")
    );
    assert_eq!(fields["surl"], fields["furl"]);
    assert!(!fields.values().any(|value| value.contains("salt")));
    let hash = sha512(&["gtKFFx", "verify_payment", TXNID, &payu().salt].join("|"));
    assert!(hash.starts_with("ba41a911c5eac62b7e6a9ff0008d63ab"), "{hash}");
}

#[test]
fn a_return_is_believed_only_with_payus_hash() {
    let seen = observe(&payu(), &back(&[])).unwrap();
    assert_eq!(seen.subject, Subject::Payment(payment()));
    assert_eq!(seen.kind, "success");
    let charged = [("additionalCharges", "12.30"), ("hash", RETURN_HASH_WITH_CHARGES)];
    assert_eq!(observe(&payu(), &back(&charged)).unwrap().subject, seen.subject);
    let upper = RETURN_HASH.to_ascii_uppercase();
    assert_eq!(observe(&payu(), &back(&[("hash", upper.as_str())])).unwrap().id, seen.id);

    for forged in [
        ("amount", "1.00"),
        ("status", "failure"),
        ("txnid", "06TpIMTSXCkYZIxTiyCDBe"),
        ("udf1", "x"),
        ("additionalCharges", "1.00"),
        ("hash", ""),
        ("hash", &RETURN_HASH[1..]),
    ] {
        assert_eq!(refused(&[forged]), "signature", "{forged:?}");
    }
    assert_eq!(refused(&[("key", "another")]), "body");
    let empty = RawNotice { headers: vec![], body: b"\xff&=&%".to_vec() };
    assert!(observe(&payu(), &empty).is_err());
}

#[test]
fn ids_travel_as_tokens_and_back() {
    for id in [Uuid::nil(), Uuid::max(), Uuid::now_v7()] {
        assert_eq!(untoken(&token(id)), Some(id));
        assert_eq!(token(id).len(), TOKEN_CHARS);
    }
    for bad in
        ["", "short", "06TpIMTSXCkYZIxTiyCDB-", "zzzzzzzzzzzzzzzzzzzzzz", "06TpIMTSXCkYZIxTiyCDBdd"]
    {
        assert_eq!(untoken(bad), None, "{bad}");
    }
}

#[test]
fn rupees_are_read_to_the_paisa_or_not_at_all() {
    let known = [("1234.50", 123_450), ("10", 1000), ("0.05", 5), ("7.5", 750), ("1.000", 100)];
    for (text, minor) in known {
        assert_eq!(paise(text), Some(minor), "{text}");
    }
    for bad in ["", ".5", "-1.00", "1,234.00", "1.005", "1e3", "99999999999999999999", "1.-5"] {
        assert_eq!(paise(bad), None, "{bad}");
    }
    assert_eq!(decimal(&Money::new(123_405, "INR")), "1234.05");
}

#[test]
fn a_payment_stands_where_verify_payment_says() {
    let answer = |details: Value| json!({"status": 1, "transaction_details": {TXNID: details}});
    let stands = |details: Value| standing(&answer(details), TXNID);
    let paid = json!({
        "mihpayid": "403993715500000001", "status": "success", "unmappedstatus": "captured",
        "amt": "1246.80", "transaction_amount": "1234.50", "mode": "CC", "card_type": "VISA",
        "card_no": "401200XXXXXX1112",
    });
    let method = PaidWith { brand: "visa".to_owned(), last4: "1112".to_owned() };
    let taken = Taken {
        reference: "403993715500000001".to_owned(),
        amount: Money::new(123_450, "INR"),
        method: Some(method),
    };
    assert_eq!(stands(paid).unwrap(), PayuStanding::Taken(taken));
    let of = |status: &str, detail: &str| {
        stands(json!({"mihpayid": "1", "status": status, "unmappedstatus": detail}))
    };
    assert_eq!(of("Not Found", "").unwrap(), PayuStanding::Awaited);
    assert_eq!(of("pending", "initiated").unwrap(), PayuStanding::Awaited);
    assert_eq!(of("pending", "in progress").unwrap(), PayuStanding::Working);
    assert!(matches!(of("failure", "bounced").unwrap(), PayuStanding::Over(_)));
    // What cannot be read is not known.
    for unknown in
        [of("success", "captured"), of("surprise", ""), stands(json!([])), stands(json!({}))]
    {
        assert!(matches!(unknown, Err(Error::Internal(_))), "{unknown:?}");
    }
}

#[test]
fn a_refund_is_found_by_its_token() {
    let answer = json!({"403993715500000001": {
        "1": {"action": "capture", "token": "", "status": "SUCCESS", "request_id": "1"},
        "2": {"action": "refund", "token": "other", "status": "failure", "request_id": "2"},
        "3": {"action": "refund", "token": TXNID, "status": "queued", "request_id": "3"},
    }});
    let found = action_of(&answer, TXNID).unwrap();
    let pending = RefundOutcome::Pending { reference: "3".to_owned() };
    assert_eq!(refund_outcome(found).unwrap(), pending);
    assert!(action_of(&answer, "nobody's").is_none());
    assert!(action_of(&json!("Not Found"), TXNID).is_none());
    let of = |status: &str| refund_outcome(&json!({"status": status, "request_id": 7}));
    assert!(matches!(of("SUCCESS").unwrap(), RefundOutcome::Succeeded { .. }));
    assert!(matches!(of("od_hit").unwrap(), RefundOutcome::Pending { .. }));
    assert!(matches!(of("failure").unwrap(), RefundOutcome::Failed { .. }));
    assert!(of("surprise").is_err());
}

#[test]
fn a_refund_that_payu_was_asked_for_before_is_on_its_way() {
    let refused = |code: u32, message: &str| {
        refund_refused(&json!({"status": 0, "error_code": code, "msg": message}))
    };
    for (code, message) in [
        (105, "Refund FAILURE - Token already used or request pending"),
        (106, "Refund FAILURE"),
        (109, "The request is already logged"),
    ] {
        assert!(matches!(refused(code, message), RefundOutcome::Pending { .. }), "{code}");
    }
    let reason = "PayU refused the refund: Invalid amount".to_owned();
    assert_eq!(refused(105, "Invalid amount"), RefundOutcome::Failed { reason });
}
