//! Stripe's webhooks: the signature over the raw body, and what a notice is about. Written by hand, because
//! `async-stripe-webhook` takes one secret alone, and refuses a notice whole if any field of its object is of
//! another version of Stripe's API than its own. Of a notice nothing counts here but its id, its kind and
//! whose it is: what happened is looked up.

use std::collections::HashMap;

use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    super::gateway::{Observation, RawNotice, Subject},
    api::{META_PAYMENT, META_REFUND},
};
use crate::kernel::{FieldError, PaymentId, RefundId, Result};

/// How old a notice may be; one of the past could be a recorded one.
const TOLERANCE: Duration = Duration::minutes(5);
/// Signatures of one header that are looked at.
const SIGNATURES_MAX: usize = 10;

#[derive(Deserialize)]
struct StripeNotice {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: NoticeData,
}

#[derive(Deserialize)]
struct NoticeData {
    object: NoticeObject,
}

#[derive(Deserialize)]
struct NoticeObject {
    object: String,
    /// The balance is an object without.
    id: Option<String>,
    /// Objects of other kinds may have something else there.
    #[serde(default)]
    metadata: serde_json::Value,
}

/// Reads a notice that one of the secrets signed.
pub fn observe(secrets: &[String], now: OffsetDateTime, notice: &RawNotice) -> Result<Observation> {
    let header = notice.header("stripe-signature").unwrap_or_default();
    check_signature(secrets, now, header, &notice.body)
        .map_err(|message| FieldError::new("signature", message))?;
    let read: StripeNotice = serde_json::from_slice(&notice.body).map_err(|error| {
        FieldError::new("body", format!("The body is signed, but is no event of Stripe: {error}"))
    })?;
    let object = read.data.object;
    let metadata: HashMap<String, String> =
        serde_json::from_value(object.metadata).unwrap_or_default();
    let id = |name: &str| metadata.get(name).and_then(|id| id.parse::<Uuid>().ok());
    let subject = match object.object.as_str() {
        // A charge has the metadata of its intent.
        "payment_intent" | "charge" => id(META_PAYMENT).map(|id| Subject::Payment(PaymentId(id))),
        "refund" => id(META_REFUND).map(|id| Subject::Refund(RefundId(id))),
        "account" => object.id.is_some().then_some(Subject::PayoutAccount),
        "dispute" => object.id.is_some().then_some(Subject::Dispute),
        _ => None,
    };
    Ok(Observation {
        id: read.id,
        kind: read.kind,
        subject: subject.unwrap_or(Subject::Other),
        reference: object.id.unwrap_or_default(),
    })
}

/// An error says why a signature does not hold.
fn check_signature(
    secrets: &[String],
    now: OffsetDateTime,
    header: &str,
    body: &[u8],
) -> Result<(), &'static str> {
    let mut timestamp = None;
    let mut signatures = vec![];
    for (name, value) in header.split(',').filter_map(|part| part.trim().split_once('=')) {
        match name {
            "t" => timestamp = value.parse::<i64>().ok(),
            "v1" if signatures.len() < SIGNATURES_MAX => signatures.extend(hex::decode(value)),
            _ => {}
        }
    }
    let Some(timestamp) = timestamp.filter(|_| !signatures.is_empty()) else {
        return Err("The Stripe-Signature header is missing or has no t= and v1= parts");
    };
    let is_signed = secrets.iter().any(|secret| {
        signatures.iter().any(|signature| {
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).is_ok_and(|mut mac| {
                mac.update(format!("{timestamp}.").as_bytes());
                mac.update(body);
                // In constant time.
                mac.verify_slice(signature).is_ok()
            })
        })
    });
    if !is_signed {
        return Err("The signature is of no secret in STRIPE_WEBHOOK_SECRET, or of another body");
    }
    if now.unix_timestamp().abs_diff(timestamp) > TOLERANCE.whole_seconds().unsigned_abs() {
        return Err("The signature is more than five minutes off; Stripe sends the event again");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Error;

    // The signatures were made by the official client, `stripe` 16.1.0 of PyPI:
    // stripe.WebhookSignature._compute_signature(f"{SIGNED_AT}.{BODY}", "whsec_one")
    const BODY: &str = concat!(
        r#"{"id":"evt_1PgafyB7WZ01zgkW","object":"event","type":"payment_intent.succeeded","#,
        r#""data":{"object":{"id":"pi_1PgafyB7WZ01zgkWSjxsAJo3","object":"payment_intent","#,
        r#""metadata":{"smp_payment":"01980000-0000-7000-8000-000000000001"}}}}"#
    );
    const SIGNED_AT: i64 = 1_800_000_000;
    const BY_ONE: &str = "a63033db23c554669be2c6be63e96fe1813ab6b0a080551894fb0347b3880a24";
    const BY_TWO: &str = "f8344294ddfc1d85d5a159d8cb2446e8ee076bae48903fcbe2f3dd56893ca04b";

    fn secrets(of: &[&str]) -> Vec<String> {
        of.iter().map(|secret| (*secret).to_owned()).collect()
    }

    fn observe_at(
        secrets_of: &[&str],
        late_s: i64,
        header: &str,
        body: &str,
    ) -> Result<Observation> {
        let notice = RawNotice {
            headers: vec![("stripe-signature".to_owned(), header.to_owned())],
            body: body.as_bytes().to_vec(),
        };
        let now = OffsetDateTime::from_unix_timestamp(SIGNED_AT + late_s).unwrap();
        observe(&secrets(secrets_of), now, &notice)
    }

    fn header(signatures: &[&str]) -> String {
        let signatures: Vec<_> = signatures.iter().map(|hex| format!("v1={hex}")).collect();
        format!("t={SIGNED_AT},{},v0=00", signatures.join(","))
    }

    /// A body signed as Stripe does it, for bodies the client's vectors do not have.
    fn signed(body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"whsec_one").unwrap();
        mac.update(format!("{SIGNED_AT}.{body}").as_bytes());
        header(&[&hex::encode(mac.finalize().into_bytes())])
    }

    fn field(observed: Result<Observation>) -> String {
        match observed {
            Err(Error::Invalid(errors)) => errors[0].field.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_official_client_signed_is_read() {
        let payment = "01980000-0000-7000-8000-000000000001".parse::<PaymentId>().unwrap();
        for (secrets, header) in [
            (&["whsec_one", "whsec_two"][..], header(&[BY_ONE])),
            (&["whsec_one", "whsec_two"][..], header(&[BY_TWO])),
            (&["whsec_two"][..], header(&[BY_ONE, BY_TWO])),
        ] {
            let observed = observe_at(secrets, 299, &header, BODY).unwrap();
            assert_eq!(observed.id, "evt_1PgafyB7WZ01zgkW");
            assert_eq!(observed.kind, "payment_intent.succeeded");
            assert_eq!(observed.subject, Subject::Payment(payment));
        }
    }

    #[test]
    fn a_wrong_stale_or_foreign_signature_is_refused() {
        let right = header(&[BY_ONE]);
        assert_eq!(signed(BODY), right);
        for (secret, late_s, header, body) in [
            ("whsec_one", 301, &*right, BODY),
            ("whsec_one", -301, &*right, BODY),
            ("whsec_two", 0, &*right, BODY),
            ("", 0, &*right, BODY),
            ("whsec_one", 0, &*right, &*BODY.replace("succeeded", "canceled")),
            ("whsec_one", 0, &*header(&[BY_TWO]), BODY),
            ("whsec_one", 0, &*right.replace("t=18", "t=19"), BODY),
            ("whsec_one", 0, &*format!("v1={BY_ONE}"), BODY),
            ("whsec_one", 0, &*format!("t={SIGNED_AT}"), BODY),
            ("whsec_one", 0, &*format!("t={SIGNED_AT},v0={BY_ONE}"), BODY),
            ("whsec_one", 0, "", BODY),
            ("whsec_one", 0, "t=,v1=,=,,", BODY),
        ] {
            let observed = observe_at(&[secret], late_s, header, body);
            assert_eq!(field(observed), "signature", "{secret} {late_s} {header}");
        }
        assert_eq!(field(observe_at(&[], 0, &right, BODY)), "signature");
    }

    #[test]
    fn a_notice_is_about_what_its_metadata_names() {
        let id = "01980000-0000-7000-8000-000000000001";
        let payment = Subject::Payment(id.parse::<PaymentId>().unwrap());
        let refund = Subject::Refund(id.parse::<RefundId>().unwrap());
        let of = |metadata: &str| format!(r#"{{"{metadata}":"{id}"}}"#);
        for (object, metadata, subject) in [
            ("charge", of("smp_payment"), payment),
            ("refund", of("smp_refund"), refund),
            ("refund", of("smp_payment"), Subject::Other),
            ("dispute", of("smp_payment"), Subject::Other),
            ("payment_intent", r#"{"smp_payment":"none"}"#.to_owned(), Subject::Other),
            ("payment_intent", "null".to_owned(), Subject::Other),
            ("payment_intent", "[7]".to_owned(), Subject::Other),
        ] {
            let object = format!(r#"{{"object":"{object}","metadata":{metadata}}}"#);
            let body = format!(r#"{{"id":"evt_1","type":"t","data":{{"object":{object}}}}}"#);
            let observed = observe_at(&["whsec_one"], 0, &signed(&body), &body).unwrap();
            assert_eq!(observed.subject, subject, "{body}");
        }
    }

    #[test]
    fn accounts_and_disputes_are_named_by_their_own_ids() {
        for (object, subject) in [
            (r#"{"object":"account","id":"acct_1"}"#, (Subject::PayoutAccount, "acct_1")),
            (r#"{"object":"dispute","id":"du_1"}"#, (Subject::Dispute, "du_1")),
            (r#"{"object":"account"}"#, (Subject::Other, "")),
            (r#"{"object":"balance"}"#, (Subject::Other, "")),
        ] {
            let body = format!(r#"{{"id":"evt_1","type":"t","data":{{"object":{object}}}}}"#);
            let observed = observe_at(&["whsec_one"], 0, &signed(&body), &body).unwrap();
            assert_eq!((observed.subject, &*observed.reference), subject, "{body}");
        }
    }

    #[test]
    fn what_is_signed_and_no_event_is_refused() {
        for body in ["", "null", "{}", r#"{"id":"evt_1","type":"t","data":{}}"#] {
            let observed = observe_at(&["whsec_one"], 0, &signed(body), body);
            assert_eq!(field(observed), "body", "{body}");
        }
    }
}
