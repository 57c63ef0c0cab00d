//! Which evidence a dispute takes, and when. Pure.

use time::OffsetDateTime;

use super::dispute::{Dispute, DisputeState};
use crate::{
    access::edits,
    kernel::{Error, FieldErrors, Result, validate},
};

/// Characters of a text that the gateway takes.
pub const EVIDENCE_CHARS_MAX: usize = 20_000;
/// Characters of all texts together that the gateway takes.
const ALL_CHARS_MAX: usize = 150_000;
/// Texts that the gateway is sent: the receipt and the other statements are one of them.
const SENT_TEXTS: usize = 7;
/// Where each text is short enough, all of them are.
const _: () = assert!(SENT_TEXTS * EVIDENCE_CHARS_MAX <= ALL_CHARS_MAX);

/// What SMP tells a shopper's bank. Texts are empty where there is nothing to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    pub product_description: String,
    pub customer_name: String,
    pub customer_email: String,
    /// Several with commas, as the numbers and dates.
    pub shipping_carrier: String,
    pub shipping_tracking_number: String,
    pub shipping_date: String,
    /// What was ordered and paid, as a text.
    pub receipt: String,
    pub uncategorized_text: String,
}

impl Evidence {
    /// Trims and checks what was typed. An error names every wrong field.
    pub fn checked(&self) -> Result<Self> {
        let mut fields = FieldErrors::default();
        let mut text = |field: &str, text: &str, is_line: bool| {
            let text = validate::text(&mut fields, field, text, 0, EVIDENCE_CHARS_MAX);
            let is_printable = !is_line || !text.chars().any(char::is_control);
            fields.check(is_printable, field, "Must be one line, without control characters");
            text
        };
        let checked = Self {
            product_description: text("product_description", &self.product_description, false),
            customer_name: text("customer_name", &self.customer_name, true),
            customer_email: text("customer_email", &self.customer_email, true),
            shipping_carrier: text("shipping_carrier", &self.shipping_carrier, true),
            shipping_tracking_number: text(
                "shipping_tracking_number",
                &self.shipping_tracking_number,
                true,
            ),
            shipping_date: text("shipping_date", &self.shipping_date, true),
            receipt: text("receipt", &self.receipt, false),
            uncategorized_text: text("uncategorized_text", &self.uncategorized_text, false),
        };
        if !checked.customer_email.is_empty() {
            validate::email(&mut fields, "customer_email", &checked.customer_email);
        }
        let alone = checked.receipt.chars().count().max(checked.uncategorized_text.chars().count());
        let together = checked.receipt_and_text().chars().count();
        let message = format!(
            "The receipt and this must have at most {EVIDENCE_CHARS_MAX} characters together; they \
             have {together}"
        );
        let is_short = alone > EVIDENCE_CHARS_MAX || together <= EVIDENCE_CHARS_MAX;
        fields.check(is_short, "uncategorized_text", &message);
        fields.finish()?;
        Ok(checked)
    }

    /// The gateway takes files as receipts; as a text, the receipt goes with the other statements.
    pub fn receipt_and_text(&self) -> String {
        let texts = [self.receipt.as_str(), self.uncategorized_text.as_str()];
        let filled: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        filled.join("\n\n")
    }

    /// The names of the fields that have a text.
    pub fn filled(&self) -> Vec<&'static str> {
        let filled = self.texts().into_iter().filter(|(_, text)| !text.is_empty());
        filled.map(|(field, _)| field).collect()
    }

    /// The names of the fields that differ.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let pairs = self.texts().into_iter().zip(other.texts());
        let fields: Vec<_> = pairs.map(|((name, own), (_, other))| (name, own != other)).collect();
        edits::differing(&fields)
    }

    fn texts(&self) -> [(&'static str, &str); 8] {
        [
            ("product_description", &self.product_description),
            ("customer_name", &self.customer_name),
            ("customer_email", &self.customer_email),
            ("shipping_carrier", &self.shipping_carrier),
            ("shipping_tracking_number", &self.shipping_tracking_number),
            ("shipping_date", &self.shipping_date),
            ("receipt", &self.receipt),
            ("uncategorized_text", &self.uncategorized_text),
        ]
    }
}

/// Fails when the bank takes no evidence for a dispute, or none any more.
pub fn require_answerable(dispute: &Dispute, now: OffsetDateTime) -> Result<()> {
    require_open(dispute)?;
    if dispute.submissions > 0 || !dispute.state.needs_response() {
        return Err(submitted());
    }
    let late = dispute.evidence_due_at.filter(|due_at| *due_at < now);
    let Some(due_at) = late else { return Ok(()) };
    let (day, hour, minute) = (due_at.date(), due_at.hour(), due_at.minute());
    Err(Error::conflict(
        "evidence_late",
        format!(
            "Evidence counted until {day} at {hour:02}:{minute:02} UTC, so nothing can be submitted any \
             more. The bank decides without it."
        ),
    ))
}

/// Fails when a dispute cannot be accepted: only one that waits for an answer has money to give up.
pub fn require_acceptable(dispute: &Dispute) -> Result<()> {
    require_open(dispute)?;
    match dispute.state {
        DisputeState::NeedsResponse => Ok(()),
        DisputeState::WarningNeedsResponse | DisputeState::WarningUnderReview => {
            Err(Error::conflict(
                "dispute_not_acceptable",
                "The bank only asks, and has taken no money. Refund the order instead, which ends it.",
            ))
        }
        _ => Err(submitted()),
    }
}

fn require_open(dispute: &Dispute) -> Result<()> {
    if !dispute.state.is_closed() {
        return Ok(());
    }
    let how = dispute.state.in_words();
    let detail = format!("This dispute is closed ({how}), so nothing is to be answered.");
    Err(Error::conflict("dispute_closed", detail))
}

fn submitted() -> Error {
    Error::conflict(
        "evidence_submitted",
        "The evidence is with the bank, which takes it once. It can be read, and neither changed nor \
         submitted again.",
    )
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;
    use crate::kernel::{DisputeId, OrderId, PaymentId};

    const NOW: OffsetDateTime = datetime!(2026-11-24 09:00 UTC);

    fn dispute(state: DisputeState) -> Dispute {
        Dispute {
            id: DisputeId::new(),
            reference: "du_1".to_owned(),
            payment: PaymentId::new(),
            order: OrderId::new(),
            order_number: "SMP-1".to_owned(),
            amount_minor: 4900,
            currency: "EUR".to_owned(),
            reason: "fraudulent".to_owned(),
            state,
            evidence_due_at: Some(NOW + Duration::DAY),
            opened_at: NOW,
            closed_at: None,
            updated_at: NOW,
            submissions: 0,
            accepted_at: None,
        }
    }

    fn code(outcome: Result<()>) -> &'static str {
        match outcome {
            Ok(()) => "ok",
            Err(Error::Conflict { code, .. }) => code,
            Err(other) => panic!("{other:?}"),
        }
    }

    fn wrong(evidence: &Evidence) -> Vec<String> {
        match evidence.checked() {
            Ok(_) => vec![],
            Err(Error::Invalid(fields)) => fields.into_iter().map(|error| error.field).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn evidence_is_taken_once_in_time_while_the_bank_waits() {
        use DisputeState::{Lost, NeedsResponse, UnderReview, WarningNeedsResponse};
        let asked = |state| code(require_answerable(&dispute(state), NOW));
        assert_eq!((asked(NeedsResponse), asked(WarningNeedsResponse)), ("ok", "ok"));
        assert_eq!((asked(UnderReview), asked(Lost)), ("evidence_submitted", "dispute_closed"));
        let twice = Dispute { submissions: 1, ..dispute(NeedsResponse) };
        assert_eq!(code(require_answerable(&twice, NOW)), "evidence_submitted");
        let late = require_answerable(&dispute(NeedsResponse), NOW + Duration::days(2));
        assert_eq!(code(late), "evidence_late");
    }

    #[test]
    fn only_a_dispute_that_waits_for_an_answer_is_accepted() {
        use DisputeState::{NeedsResponse, UnderReview, WarningNeedsResponse, Won};
        let asked = |state| code(require_acceptable(&dispute(state)));
        assert_eq!((asked(NeedsResponse), asked(Won)), ("ok", "dispute_closed"));
        assert_eq!(asked(WarningNeedsResponse), "dispute_not_acceptable");
        assert_eq!(asked(UnderReview), "evidence_submitted");
    }

    #[test]
    fn texts_have_the_lengths_that_the_gateway_takes() {
        let long = "é".repeat(EVIDENCE_CHARS_MAX);
        let most = Evidence { product_description: long.clone(), ..Evidence::default() };
        assert_eq!(wrong(&most), [] as [String; 0]);
        let over = Evidence { product_description: format!("{long}é"), ..Evidence::default() };
        assert_eq!(wrong(&over), ["product_description"]);
        let together =
            Evidence { receipt: long, uncategorized_text: "And".to_owned(), ..Evidence::default() };
        assert_eq!(wrong(&together), ["uncategorized_text"]);
        let lines = Evidence {
            customer_name: "Mara\nLind".to_owned(),
            customer_email: "nobody".to_owned(),
            ..Evidence::default()
        };
        assert_eq!(wrong(&lines), ["customer_name", "customer_email"]);
    }
}
