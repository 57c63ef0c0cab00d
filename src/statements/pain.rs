//! A file of credit transfers for SMP's bank: ISO 20022, `pain.001.001.09`.

use std::fmt::Write;

use time::{OffsetDateTime, macros::format_description};

use crate::kernel::{Currency, Iban};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
/// The longest names and purposes that banks take, in characters.
const NAME_CHARS_MAX: usize = 70;
const PURPOSE_CHARS_MAX: usize = 140;

/// An account at a bank.
#[derive(Debug, Clone)]
pub struct BankParty {
    pub holder: String,
    pub iban: Iban,
    pub bic: String,
}

/// One transfer.
#[derive(Debug, Clone)]
pub struct CreditTransfer {
    /// Follows the money to the provider's account: at most 35 letters, digits and hyphens.
    pub end_to_end_id: String,
    pub to: BankParty,
    /// Minor units, above 0.
    pub amount_minor: i64,
    /// What the provider reads on its account.
    pub purpose: String,
}

/// All transfers of a file, in one currency.
#[derive(Debug, Clone)]
pub struct CreditTransferFile {
    /// By which the bank knows a file that it got before: at most 35 letters and digits.
    pub message_id: String,
    pub created_at: OffsetDateTime,
    pub from: BankParty,
    /// ISO 4217.
    pub currency: String,
    pub transfers: Vec<CreditTransfer>,
}

impl CreditTransferFile {
    /// Minor units of all transfers.
    pub fn sum_minor(&self) -> i64 {
        self.transfers.iter().map(|transfer| transfer.amount_minor).sum()
    }

    /// The file's text.
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::default();
        xml.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = writeln!(xml.text, "<Document xmlns=\"{NAMESPACE}\">");
        xml.depth = 1;
        xml.within("CstmrCdtTrfInitn", |xml| {
            xml.within("GrpHdr", |xml| self.group_header(xml));
            xml.within("PmtInf", |xml| self.payments(xml));
        });
        xml.text.push_str("</Document>\n");
        xml.text
    }

    fn group_header(&self, xml: &mut Xml) {
        let created = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
        xml.leaf("MsgId", &self.message_id);
        xml.leaf("CreDtTm", &self.created_at.format(created).unwrap_or_default());
        xml.leaf("NbOfTxs", &self.transfers.len().to_string());
        xml.leaf("CtrlSum", &decimal(self.sum_minor(), &self.currency));
        xml.within("InitgPty", |xml| xml.leaf("Nm", &clip(&self.from.holder, NAME_CHARS_MAX)));
    }

    fn payments(&self, xml: &mut Xml) {
        let day = format_description!("[year]-[month]-[day]");
        xml.leaf("PmtInfId", &self.message_id);
        xml.leaf("PmtMtd", "TRF");
        xml.leaf("BtchBookg", "false");
        xml.leaf("NbOfTxs", &self.transfers.len().to_string());
        xml.leaf("CtrlSum", &decimal(self.sum_minor(), &self.currency));
        if self.currency == "EUR" {
            xml.within("PmtTpInf", |xml| xml.within("SvcLvl", |xml| xml.leaf("Cd", "SEPA")));
        }
        xml.within("ReqdExctnDt", |xml| {
            xml.leaf("Dt", &self.created_at.format(day).unwrap_or_default());
        });
        party(xml, "Dbtr", &self.from);
        account(xml, "DbtrAcct", &self.from);
        agent(xml, "DbtrAgt", &self.from);
        xml.leaf("ChrgBr", if self.currency == "EUR" { "SLEV" } else { "SHAR" });
        for transfer in &self.transfers {
            xml.within("CdtTrfTxInf", |xml| self.transfer(xml, transfer));
        }
    }

    fn transfer(&self, xml: &mut Xml, transfer: &CreditTransfer) {
        xml.within("PmtId", |xml| xml.leaf("EndToEndId", &transfer.end_to_end_id));
        xml.within("Amt", |xml| {
            let amount = decimal(transfer.amount_minor, &self.currency);
            xml.indent();
            let currency = escaped(&self.currency);
            let _ = writeln!(xml.text, "<InstdAmt Ccy=\"{currency}\">{amount}</InstdAmt>");
        });
        agent(xml, "CdtrAgt", &transfer.to);
        party(xml, "Cdtr", &transfer.to);
        account(xml, "CdtrAcct", &transfer.to);
        xml.within("RmtInf", |xml| xml.leaf("Ustrd", &clip(&transfer.purpose, PURPOSE_CHARS_MAX)));
    }
}

fn party(xml: &mut Xml, name: &str, party: &BankParty) {
    xml.within(name, |xml| xml.leaf("Nm", &clip(&party.holder, NAME_CHARS_MAX)));
}

fn account(xml: &mut Xml, name: &str, party: &BankParty) {
    xml.within(name, |xml| xml.within("Id", |xml| xml.leaf("IBAN", party.iban.as_str())));
}

fn agent(xml: &mut Xml, name: &str, party: &BankParty) {
    xml.within(name, |xml| xml.within("FinInstnId", |xml| xml.leaf("BICFI", &party.bic)));
}

/// An amount with a point and the decimals of its currency, and nothing else: `1299.00`.
fn decimal(minor: i64, currency: &str) -> String {
    let digits = Currency::find(currency).map_or(2, Currency::minor_digits);
    let unit = 10_u64.pow(digits);
    let amount = minor.unsigned_abs();
    if digits == 0 {
        return amount.to_string();
    }
    format!("{}.{:0width$}", amount / unit, amount % unit, width = digits as usize)
}

fn clip(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

/// Text as XML has it, without characters that XML has no way to write.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A document that is being written.
#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }

    fn within(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.indent();
        let _ = writeln!(self.text, "<{name}>");
        self.depth += 1;
        content(self);
        self.depth -= 1;
        self.indent();
        let _ = writeln!(self.text, "</{name}>");
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.indent();
        let _ = writeln!(self.text, "<{name}>{}</{name}>", escaped(text));
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn party(holder: &str, iban: &str, bic: &str) -> BankParty {
        BankParty {
            holder: holder.to_owned(),
            iban: Iban::parse(iban).unwrap(),
            bic: bic.to_owned(),
        }
    }

    fn file(currency: &str, amounts: &[i64]) -> CreditTransferFile {
        let transfer = |(nth, amount_minor): (usize, &i64)| CreditTransfer {
            end_to_end_id: format!("ST-{nth}-1"),
            to: party("Bäcker & <Söhne>", "FR1420041010050500013M02606", "BNPAFRPP"),
            amount_minor: *amount_minor,
            purpose: format!("SMP ST-{nth}"),
        };
        CreditTransferFile {
            message_id: "M1".to_owned(),
            created_at: datetime!(2026-12-14 9:30 UTC),
            from: party("SMP GmbH", "DE89370400440532013000", "COBADEFF"),
            currency: currency.to_owned(),
            transfers: amounts.iter().enumerate().map(transfer).collect(),
        }
    }

    /// The names of the elements within a path, in their order.
    fn order_of(xml: &str, depth: usize) -> Vec<&str> {
        let indent = "  ".repeat(depth);
        xml.lines()
            .filter_map(|line| line.strip_prefix(&indent)?.strip_prefix('<'))
            .filter(|rest| !rest.starts_with('/'))
            .filter_map(|rest| rest.split(['>', ' ']).next())
            .collect()
    }

    #[test]
    fn elements_stand_in_the_order_of_the_schema() {
        let xml = file("EUR", &[1_050]).to_xml();
        assert_eq!(order_of(&xml, 2), ["GrpHdr", "PmtInf"]);
        assert_eq!(
            order_of(&xml, 3),
            [
                "MsgId",
                "CreDtTm",
                "NbOfTxs",
                "CtrlSum",
                "InitgPty",
                "PmtInfId",
                "PmtMtd",
                "BtchBookg",
                "NbOfTxs",
                "CtrlSum",
                "PmtTpInf",
                "ReqdExctnDt",
                "Dbtr",
                "DbtrAcct",
                "DbtrAgt",
                "ChrgBr",
                "CdtTrfTxInf"
            ]
        );
        let transfer = xml.split_once("<CdtTrfTxInf>").unwrap().1;
        assert_eq!(
            order_of(transfer, 4),
            ["PmtId", "Amt", "CdtrAgt", "Cdtr", "CdtrAcct", "RmtInf"]
        );
    }

    #[test]
    fn sums_and_counts_are_those_of_the_transfers() {
        let xml = file("EUR", &[1_050, 5, 129_900]).to_xml();
        assert_eq!(xml.matches("<NbOfTxs>3</NbOfTxs>").count(), 2);
        assert_eq!(xml.matches("<CtrlSum>1309.55</CtrlSum>").count(), 2);
        for amount in ["10.50", "0.05", "1299.00"] {
            assert!(xml.contains(&format!("<InstdAmt Ccy=\"EUR\">{amount}</InstdAmt>")), "{xml}");
        }
        assert!(file("JPY", &[1_200]).to_xml().contains("<InstdAmt Ccy=\"JPY\">1200</InstdAmt>"));
        assert!(!file("USD", &[1_200]).to_xml().contains("SEPA"));
    }

    #[test]
    fn names_cannot_break_the_file() {
        let xml = file("EUR", &[1_050]).to_xml();
        assert!(xml.contains("<Nm>Bäcker &amp; &lt;Söhne&gt;</Nm>"), "{xml}");
        assert_eq!(escaped("a\u{0}b\n"), "a b ");
    }
}
