//! Which messages a person wants.

use poem::{Response, handler, web::Form as Posted};

use super::{
    context::{MessageKindRow, MyMessagesPage, SmsChoice},
    errors::PageError,
    form::{FormValues, form_value},
    kept_form,
    request::PageRequest,
    response::see_other,
};
use crate::{
    access::preferences::{self, MessageChannel, MessageChoice, MessageKind},
    kernel::{Error, Result},
};

/// What of the kinds is shown, with title and explanation; the last only to members of a team.
const SHOWN: [(MessageKind, &str, &str); 5] = [
    (
        MessageKind::Reminders,
        "Reminders",
        "Before and at the start of sales that you registered for or asked to be reminded of.",
    ),
    (
        MessageKind::Waitlist,
        "Waitlist",
        "When it is your turn, when your offer has ended, and when a sale ends without one.",
    ),
    (
        MessageKind::Orders,
        "News of your orders",
        "When a parcel is on its way or has arrived, and news of what you bought in a seller’s own \
         shop. Confirmations, cancellations and refunds are always sent.",
    ),
    (
        MessageKind::Launches,
        "New sales",
        "When a seller whom you follow announces a sale. You choose them on the seller’s page.",
    ),
    (
        MessageKind::Team,
        "Your team",
        "Applications, sales to review, comments, questions of shoppers, guarantees and payouts. New \
         orders, and what goes wrong with sales and money, are always sent.",
    ),
];

/// Kinds that are also sent by SMS.
fn has_sms(kind: MessageKind) -> bool {
    matches!(kind, MessageKind::Reminders | MessageKind::Waitlist | MessageKind::Orders)
}

fn shown(
    request: &PageRequest,
) -> Result<Vec<(MessageKind, &'static str, &'static str)>, PageError> {
    let has_role = !request.signed_in()?.roles.is_empty();
    let is_for = |kind: MessageKind| has_role || kind != MessageKind::Team;
    Ok(SHOWN.into_iter().filter(|(kind, ..)| is_for(*kind)).collect())
}

#[handler]
pub async fn messages_page(request: &PageRequest) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let mut tx = request.platform().db.platform("message choices").await?;
    let chosen = preferences::choices(&mut tx, account).await?;
    let own = preferences::of(&mut tx, &[account]).await?.remove(&account).unwrap_or_default();
    drop(tx);
    let on = |kind: MessageKind, channel: MessageChannel| {
        let choice = chosen.iter().find(|choice| (choice.kind, choice.channel) == (kind, channel));
        choice.map_or(kind.is_on_by_default(channel), |choice| choice.is_on)
    };
    let row = |(kind, title, text): (MessageKind, &str, &str)| MessageKindRow {
        name: kind.into_str().to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
        email: on(kind, MessageChannel::Email),
        sms: has_sms(kind).then(|| SmsChoice {
            on: on(kind, MessageChannel::Sms),
            to_order: kind == MessageKind::Orders,
        }),
    };
    let page =
        MyMessagesPage { kinds: shown(request)?.into_iter().map(row).collect(), phone: own.phone };
    request.show(request.page("pages/my-messages"), &page).await
}

/// Keeps what was chosen: a box that is not ticked is not sent.
#[handler]
pub async fn choose_messages(
    request: &PageRequest,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form)?.account.id;
    let mut choices = vec![];
    for (kind, ..) in shown(request)? {
        let mut add = |channel: MessageChannel| {
            let field = format!("{}_{}", channel.into_str(), kind.into_str());
            choices.push(MessageChoice { kind, channel, is_on: form_value(&form, &field) == "on" });
        };
        add(MessageChannel::Email);
        if has_sms(kind) {
            add(MessageChannel::Sms);
        }
    }
    let mut tx = request.platform().db.platform("message choices").await?;
    preferences::choose(&mut tx, account, &choices, request.now).await?;
    tx.commit().await.map_err(Error::from)?;
    request.flash().success("Your choice is saved.");
    Ok(see_other("/account/messages"))
}
