//! What follows from the reports of one reference: a pure function of them, whatever their order
//! and however often each was sent.
//!
//! A report is known by its kind and its own key: there is one purchase of a reference, and as many
//! updates and reversals as have keys of their own. What the pixel says is a claim of whoever
//! loaded it. It counts once the provider confirms the purchase, and never against what the
//! provider reports itself.

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::states::{Channel, ConversionState, ReportKind, Standing};
use crate::kernel::{ClickOutId, ReportId, iso_date};

/// A purchase, as it was reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Purchase {
    pub click_token: String,
    pub quantity: i32,
    /// Minor units.
    pub amount_minor: i64,
    pub currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub purchased_at: Option<OffsetDateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
}

/// What became known of a purchase later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// When it happened, by the provider's clock. Of two updates, the later one counts.
    #[serde(with = "time::serde::rfc3339")]
    pub occurred_at: OffsetDateTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    #[serde(default, with = "iso_date::option", skip_serializing_if = "Option::is_none")]
    pub ships_on: Option<Date>,
    /// Kept sealed, apart from the rest.
    #[serde(skip)]
    pub code: Option<String>,
    /// The provider stands by the purchase.
    #[serde(default)]
    pub confirmed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation_number: Option<String>,
}

/// A purchase taken back: wholly, unless it says how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i32>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<i64>,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Purchase(Purchase),
    Update(Update),
    Reversal(Reversal),
}

impl Said {
    pub fn kind(&self) -> ReportKind {
        match self {
            Self::Purchase(_) => ReportKind::Purchase,
            Self::Update(_) => ReportKind::Update,
            Self::Reversal(_) => ReportKind::Reversal,
        }
    }
}

/// A report of a reference that can be read.
#[derive(Debug, Clone)]
pub struct ReceivedReport {
    pub id: ReportId,
    /// Of an update or a reversal, among those of its reference.
    pub own_key: String,
    pub channel: Channel,
    /// Of a purchase.
    pub click: Option<ClickOutId>,
    pub said: Said,
}

impl ReceivedReport {
    fn is_pixel(&self) -> bool {
        self.channel == Channel::Pixel
    }

    fn key(&self) -> (ReportKind, &str, bool) {
        (self.said.kind(), &self.own_key, self.is_pixel())
    }
}

/// How a report stands to those that were kept before.
#[derive(Debug, PartialEq, Eq)]
pub enum Known {
    New,
    Repeated(ReportId),
    /// There is another one with its key; these fields differ.
    Differs(Vec<&'static str>),
}

/// Compares a report with those of its reference that are matched or wait.
pub fn compare(kept: &[ReceivedReport], new: &ReceivedReport) -> Known {
    if let Some(same) = kept.iter().find(|kept| kept.key() == new.key()) {
        let fields = differing(same, new);
        return if fields.is_empty() { Known::Repeated(same.id) } else { Known::Differs(fields) };
    }
    // By confirming what the pixel said, the provider has said the same.
    let vouched = kept.iter().any(|kept| matches!(&kept.said, Said::Update(of) if of.confirmed));
    let pixel = kept.iter().find(|kept| kept.is_pixel());
    match (pixel, &new.said) {
        (Some(pixel), Said::Purchase(_)) if vouched => {
            let fields = differing(pixel, new);
            if fields.is_empty() { Known::New } else { Known::Differs(fields) }
        }
        _ => Known::New,
    }
}

/// The fields in which two reports of a kind differ.
fn differing(one: &ReceivedReport, other: &ReceivedReport) -> Vec<&'static str> {
    let fields: Vec<(&'static str, bool)> = match (&one.said, &other.said) {
        (Said::Purchase(a), Said::Purchase(b)) => vec![
            ("click_token", one.click != other.click),
            ("quantity", a.quantity != b.quantity),
            ("amount_minor", a.amount_minor != b.amount_minor),
            ("currency", a.currency != b.currency),
            ("tracking_url", !one.is_pixel() && a.tracking_url != b.tracking_url),
        ],
        (Said::Update(a), Said::Update(b)) => vec![
            ("occurred_at", a.occurred_at != b.occurred_at),
            ("tracking_url", a.tracking_url != b.tracking_url),
            ("ships_on", a.ships_on != b.ships_on),
            ("code", a.code != b.code),
            ("confirmed", a.confirmed != b.confirmed),
            ("confirmation_number", a.confirmation_number != b.confirmation_number),
        ],
        (Said::Reversal(a), Said::Reversal(b)) => vec![
            ("quantity", a.quantity != b.quantity),
            ("amount_minor", a.amount_minor != b.amount_minor),
        ],
        _ => vec![],
    };
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Where a purchase stands by its reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    pub purchase: Purchase,
    pub click: ClickOutId,
    /// How the purchase that counts was reported.
    pub channel: Channel,
    pub state: ConversionState,
    /// In figures and against the guarantee.
    pub counted: bool,
    pub confirmed_at: Option<OffsetDateTime>,
    pub confirmation_number: Option<String>,
    pub tracking_url: Option<String>,
    pub ships_on: Option<Date>,
    pub code: Option<String>,
    pub reversed_quantity: i32,
    pub reversed_minor: i64,
    pub reversal_reason: Option<String>,
}

/// How one report stands after the fold, and what to look at about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    pub id: ReportId,
    pub standing: Standing,
    pub problem: Option<String>,
}

pub const WAITS: &str = "No purchase with this reference is reported yet. This is kept, and counts \
                         when the purchase comes";

/// Folds the reports of one reference that are matched or wait. The first value is None as long as
/// no purchase is among them.
pub fn fold(reports: &[ReceivedReport]) -> (Option<Folded>, Vec<Stands>) {
    let purchases = || {
        reports.iter().filter_map(|report| match &report.said {
            Said::Purchase(purchase) => Some((report, purchase)),
            _ => None,
        })
    };
    let counts = purchases().find(|(report, _)| !report.is_pixel()).or_else(|| purchases().next());
    let Some((report, purchase)) = counts else {
        let waits = |report: &ReceivedReport| Stands {
            id: report.id,
            standing: Standing::Waiting,
            problem: Some(WAITS.to_owned()),
        };
        return (None, reports.iter().map(waits).collect());
    };
    let mut folded = Folded {
        purchase: purchase.clone(),
        click: report.click.unwrap_or(ClickOutId(uuid::Uuid::nil())),
        channel: report.channel,
        state: ConversionState::Reported,
        counted: !report.is_pixel(),
        confirmed_at: None,
        confirmation_number: None,
        tracking_url: purchase.tracking_url.clone(),
        ships_on: None,
        code: None,
        reversed_quantity: 0,
        reversed_minor: 0,
        reversal_reason: None,
    };
    let mut stands = vec![];
    for (other, said) in purchases() {
        let differs = other.id != report.id
            && (said.quantity, said.amount_minor, &said.currency, other.click)
                != (purchase.quantity, purchase.amount_minor, &purchase.currency, report.click);
        let problem = differs.then(|| {
            "The pixel said other values; what the provider reported itself counts".to_owned()
        });
        stands.push(Stands { id: other.id, standing: Standing::Matched, problem });
    }
    add_updates(&mut folded, reports, &mut stands);
    add_reversals(&mut folded, reports, &mut stands);
    folded.state = state_of(&folded);
    (Some(folded), stands)
}

fn add_updates(folded: &mut Folded, reports: &[ReceivedReport], stands: &mut Vec<Stands>) {
    let mut updates: Vec<(&ReceivedReport, &Update)> = reports
        .iter()
        .filter_map(|report| match &report.said {
            Said::Update(update) => Some((report, update)),
            _ => None,
        })
        .collect();
    updates.sort_by_key(|(report, update)| (update.occurred_at, &report.own_key));
    for (report, update) in updates {
        let set = |field: &mut Option<String>, value: &Option<String>| {
            if value.is_some() {
                field.clone_from(value);
            }
        };
        set(&mut folded.tracking_url, &update.tracking_url);
        set(&mut folded.code, &update.code);
        set(&mut folded.confirmation_number, &update.confirmation_number);
        folded.ships_on = update.ships_on.or(folded.ships_on);
        if update.confirmed {
            folded.counted = true;
            folded.confirmed_at = folded.confirmed_at.or(Some(update.occurred_at));
        }
        stands.push(Stands { id: report.id, standing: Standing::Matched, problem: None });
    }
}

fn add_reversals(folded: &mut Folded, reports: &[ReceivedReport], stands: &mut Vec<Stands>) {
    let mut reversals: Vec<(&ReceivedReport, &Reversal)> = reports
        .iter()
        .filter_map(|report| match &report.said {
            Said::Reversal(reversal) => Some((report, reversal)),
            _ => None,
        })
        .collect();
    reversals.sort_by_key(|(report, _)| &report.own_key);
    for (report, reversal) in reversals {
        if let Some(misfit) = misfit(reversal, &folded.purchase) {
            // What the pixel said may be wrong; the provider's own report decides.
            let standing = if folded.counted { Standing::Unmatched } else { Standing::Waiting };
            stands.push(Stands { id: report.id, standing, problem: Some(misfit) });
            continue;
        }
        let excess = reverse(folded, reversal);
        folded.reversal_reason = Some(reversal.reason.clone());
        let problem = excess.then(|| {
            "Together with other reversals this is more than was bought; all of it counts as \
             reversed"
                .to_owned()
        });
        stands.push(Stands { id: report.id, standing: Standing::Matched, problem });
    }
}

/// Why a reversal is not of this purchase.
fn misfit(reversal: &Reversal, purchase: &Purchase) -> Option<String> {
    if let Some(quantity) = reversal.quantity.filter(|quantity| *quantity > purchase.quantity) {
        return Some(format!(
            "quantity: {quantity} is more than the {} that were bought",
            purchase.quantity
        ));
    }
    let amount = reversal.amount_minor.filter(|amount| *amount > purchase.amount_minor)?;
    Some(format!(
        "amount_minor: {amount} is more than the {} that were paid",
        purchase.amount_minor
    ))
}

/// Takes off what a reversal gives back, down to nothing. True if it gives back more than was left.
fn reverse(folded: &mut Folded, reversal: &Reversal) -> bool {
    let purchase = &folded.purchase;
    let (units, amount) = match (reversal.quantity, reversal.amount_minor) {
        (None, None) => {
            (folded.reversed_quantity, folded.reversed_minor) =
                (purchase.quantity, purchase.amount_minor);
            return false;
        }
        (Some(units), None) => (units, share(purchase, units)),
        (units, Some(amount)) => (units.unwrap_or(0), amount),
    };
    let (units, amount) = (
        folded.reversed_quantity.saturating_add(units),
        folded.reversed_minor.saturating_add(amount),
    );
    folded.reversed_quantity = units.min(purchase.quantity);
    folded.reversed_minor = amount.min(purchase.amount_minor);
    units > purchase.quantity || amount > purchase.amount_minor
}

/// The part of the amount that is for some of the units, rounded down.
fn share(purchase: &Purchase, units: i32) -> i64 {
    let whole = i128::from(purchase.amount_minor) * i128::from(units);
    i64::try_from(whole / i128::from(purchase.quantity.max(1))).unwrap_or(purchase.amount_minor)
}

/// One that is given back by its units or by its money is reversed, as `statistics` counts it.
fn state_of(folded: &Folded) -> ConversionState {
    let purchase = &folded.purchase;
    let money_back = folded.reversed_minor > 0 && folded.reversed_minor >= purchase.amount_minor;
    if folded.reversed_quantity >= purchase.quantity || money_back {
        ConversionState::Reversed
    } else if folded.reversed_quantity > 0 || folded.reversed_minor > 0 {
        ConversionState::PartlyReversed
    } else if folded.confirmed_at.is_some() {
        ConversionState::Confirmed
    } else if folded.counted {
        ConversionState::Reported
    } else {
        ConversionState::Unconfirmed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::Duration;

    use super::*;

    fn report(own_key: &str, channel: Channel, said: Said) -> ReceivedReport {
        let click = matches!(said, Said::Purchase(_)).then_some(ClickOutId(uuid::Uuid::nil()));
        ReceivedReport { id: ReportId::new(), own_key: own_key.to_owned(), channel, click, said }
    }

    fn purchase(quantity: i32, amount_minor: i64) -> Purchase {
        Purchase { quantity, amount_minor, currency: "EUR".to_owned(), ..Purchase::default() }
    }

    /// What the server does with one report after the other.
    fn receive(kept: &mut Vec<ReceivedReport>, new: &ReceivedReport) {
        if compare(kept, new) == Known::New {
            kept.push(new.clone());
        }
        let (_, stands) = fold(kept);
        let dropped = |report: &ReceivedReport| {
            stands.iter().any(|of| of.id == report.id && of.standing == Standing::Unmatched)
        };
        kept.retain(|report| !dropped(report));
    }

    fn reports() -> impl Strategy<Value = Vec<ReceivedReport>> {
        let update = (0_i64..4, any::<[bool; 4]>());
        let part = (prop::option::of(1_i32..6), prop::option::of(1_i64..60_000));
        (
            (1_i32..5, 0_i64..50_000, any::<bool>()),
            prop::collection::vec(update, 0..4),
            prop::collection::vec(part, 0..4),
        )
            .prop_map(|((quantity, amount, with_pixel), updates, parts)| {
                let bought = purchase(quantity, amount);
                let mut all = vec![report("", Channel::ApiKey, Said::Purchase(bought.clone()))];
                if with_pixel {
                    all.push(report("", Channel::Pixel, Said::Purchase(bought)));
                }
                for (nth, (day, [tracks, ships, codes, confirms])) in
                    updates.into_iter().enumerate()
                {
                    let at = OffsetDateTime::UNIX_EPOCH + Duration::days(day);
                    let update = Update {
                        occurred_at: at,
                        tracking_url: tracks.then(|| format!("https://track.example/{nth}")),
                        ships_on: ships.then_some(at.date()),
                        code: codes.then(|| format!("CODE-{nth}")),
                        confirmed: confirms,
                        confirmation_number: confirms.then(|| format!("B{nth}")),
                    };
                    all.push(report(&format!("u{nth}"), Channel::ApiKey, Said::Update(update)));
                }
                for (nth, (quantity, amount_minor)) in parts.into_iter().enumerate() {
                    let reason = format!("reason {nth}");
                    let said = Said::Reversal(Reversal { quantity, amount_minor, reason });
                    all.push(report(&format!("r{nth}"), Channel::Csv, said));
                }
                all
            })
    }

    proptest! {
        /// Every order of purchase, updates and reversals, with duplicates, ends in the same state.
        #[test]
        fn the_order_of_reports_does_not_matter(
            (all, order) in reports().prop_flat_map(|all| {
                let twice: Vec<ReceivedReport> = all.iter().chain(&all).cloned().collect();
                (Just(all), Just(twice).prop_shuffle())
            }),
        ) {
            let (mut in_order, mut shuffled) = (vec![], vec![]);
            for report in &all {
                receive(&mut in_order, report);
            }
            for report in &order {
                receive(&mut shuffled, report);
            }
            let (one, other) = (fold(&in_order).0, fold(&shuffled).0);
            prop_assert_eq!(&one, &other);
            let folded = one.unwrap();
            prop_assert!((0..=folded.purchase.quantity).contains(&folded.reversed_quantity));
            prop_assert!((0..=folded.purchase.amount_minor).contains(&folded.reversed_minor));
        }
    }

    #[test]
    fn a_pixel_alone_counts_once_it_is_confirmed() {
        let pixel = report("", Channel::Pixel, Said::Purchase(purchase(2, 9_800)));
        let folded = fold(std::slice::from_ref(&pixel)).0.unwrap();
        assert_eq!((folded.state, folded.counted), (ConversionState::Unconfirmed, false));
        let confirms = Update {
            occurred_at: OffsetDateTime::UNIX_EPOCH,
            tracking_url: None,
            ships_on: None,
            code: None,
            confirmed: true,
            confirmation_number: None,
        };
        let confirms = report("u", Channel::Portal, Said::Update(confirms));
        let kept = [pixel, confirms];
        let folded = fold(&kept).0.unwrap();
        assert_eq!((folded.state, folded.counted), (ConversionState::Confirmed, true));
        let other = report("", Channel::ApiKey, Said::Purchase(purchase(1, 9_800)));
        assert_eq!(compare(&kept, &other), Known::Differs(vec!["quantity"]));
    }

    #[test]
    fn a_reversal_waits_for_its_purchase_and_must_fit_it() {
        let part = |quantity, amount_minor| {
            let said =
                Said::Reversal(Reversal { quantity, amount_minor, reason: "Cancelled".to_owned() });
            report("r", Channel::ApiKey, said)
        };
        let bought = report("", Channel::ApiKey, Said::Purchase(purchase(2, 9_801)));
        let waiting = fold(&[part(Some(1), None)]);
        assert_eq!((waiting.0, waiting.1[0].standing), (None, Standing::Waiting));
        let half = fold(&[part(Some(1), None), bought.clone()]).0.unwrap();
        assert_eq!((half.reversed_quantity, half.reversed_minor), (1, 4_900));
        assert_eq!(half.state, ConversionState::PartlyReversed);
        let whole = fold(&[part(None, None), bought.clone()]).0.unwrap();
        assert_eq!((whole.state, whole.reversed_minor), (ConversionState::Reversed, 9_801));
        for too_much in [part(Some(3), None), part(None, Some(9_802))] {
            let (folded, stands) = fold(&[too_much, bought.clone()]);
            assert_eq!(folded.unwrap().state, ConversionState::Reported);
            assert!(stands.iter().any(|of| of.standing == Standing::Unmatched), "{stands:?}");
        }
    }
}
