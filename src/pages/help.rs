//! Customer service: asking for help, conversations, feedback on a sale.

use poem::{Response, handler, http::StatusCode, web::Path};

use super::{
    context::{
        Conversation, ConversationMessage, ConversationPage, ConversationRow, FeedbackPage, Form,
        GivenFeedback, HelpPage,
    },
    errors::{self, PageError},
    form::{TypedForm, require},
    kept_form,
    order_presenter::OrderPresenter,
    present,
    request::{PageRequest, PageSpec},
    response::see_other,
    sale_snapshot::SaleSnapshot,
    wording::{paragraphs, wire_name},
};
use crate::{
    care::{self, ConversationView, NewConversation, NewFeedback},
    kernel::{AccountId, ConversationId, Error, FieldError, PageQuery, Result},
    orders, redirect,
};

/// The most recently changed conversations are listed, at most this many.
const CONVERSATIONS_MAX: u32 = 50;

#[handler]
pub async fn help_page(request: &PageRequest) -> Result<Response, PageError> {
    show(request, None, kept_form::take(request), StatusCode::OK).await
}

#[handler]
pub async fn order_help_page(
    request: &PageRequest,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    request.signed_in()?;
    show(request, Some(&number), kept_form::take(request), StatusCode::OK).await
}

#[handler]
pub async fn ask_for_help(request: &PageRequest, form: TypedForm) -> Result<Response, PageError> {
    open(request, None, &form).await
}

#[handler]
pub async fn ask_about_order(
    request: &PageRequest,
    Path(number): Path<String>,
    form: TypedForm,
) -> Result<Response, PageError> {
    open(request, Some(&number), &form).await
}

async fn open(
    request: &PageRequest,
    order: Option<&str>,
    form: &TypedForm,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form.values)?.account.id;
    let opened = async {
        form.check_limit()?;
        let (subject, body) = (form.value("subject"), form.value("body"));
        require(&[("subject", subject, "Enter a subject"), ("body", body, "Enter a message")])?;
        let sale_slug = request.query.get("sale").map(String::as_str);
        let new = NewConversation { order_number: order, sale_slug, subject, body };
        care::open_conversation(request.platform(), account, new).await
    };
    match opened.await {
        Ok(conversation) => {
            request.flash().success("Sent. We’ll reply here and by email.");
            Ok(see_other(&format!("/conversations/{}", conversation.id)))
        }
        Err(error) => {
            let fields = ["subject", "body"];
            let show = |form, status| show(request, order, form, status);
            kept_form::show_again(request, &form.values, &fields, &fields, error, show).await
        }
    }
}

async fn show(
    request: &PageRequest,
    number: Option<&str>,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let slug = request.query.get("sale").filter(|_| number.is_none());
    let sale = match slug {
        Some(slug) => {
            request.pages.snapshots.get(slug).await?.map(|snapshot| present::help(&snapshot))
        }
        None => None,
    };
    let (mut order, mut conversations) = (None, vec![]);
    if let Some(account) = request.account() {
        conversations = list(request, account, number).await?;
        if let Some(number) = number {
            let found = orders::order_view(request.platform(), account, number).await?;
            let presenter =
                OrderPresenter::load(request.platform(), account, std::slice::from_ref(&found))
                    .await?;
            order = Some(presenter.order(found));
        }
    }
    let query =
        slug.filter(|_| sale.is_some()).map(|slug| format!("?sale={slug}")).unwrap_or_default();
    let action = format!("{}{query}", request.path());
    let page =
        HelpPage { order, sale, conversations, next_query: errors::next_query(&action), action };
    request
        .show(
            PageSpec { status, form, noindex: number.is_some(), ..request.page("pages/help") },
            &page,
        )
        .await
}

/// An account's conversations, of one order or all.
pub async fn list(
    request: &PageRequest,
    account: AccountId,
    number: Option<&str>,
) -> Result<Vec<ConversationRow>> {
    let page = care::conversation_list(
        request.platform(),
        account,
        &PageQuery { cursor: None, limit: CONVERSATIONS_MAX },
    )
    .await?;
    let of_order = |conversation: &ConversationView| {
        number.is_none() || conversation.order_number.as_deref() == number
    };
    let row = |conversation: ConversationView| ConversationRow {
        url: format!("/conversations/{}", conversation.id),
        id: conversation.id.to_string(),
        subject: conversation.subject,
        state: wire_name(&conversation.state),
        updated_at: conversation.updated_at.into(),
        order_number: conversation.order_number,
    };
    Ok(page.items.into_iter().filter(of_order).map(row).collect())
}

#[handler]
pub async fn conversation_page(
    request: &PageRequest,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    show_conversation(request, &id, kept_form::take(request), StatusCode::OK).await
}

#[handler]
pub async fn reply_to_conversation(
    request: &PageRequest,
    Path(id): Path<String>,
    form: TypedForm,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form.values)?.account.id;
    let conversation: ConversationId = id.parse().map_err(|_| Error::NotFound("conversation"))?;
    let replied = async {
        form.check_limit()?;
        let body = form.value("body");
        require(&[("body", body, "Enter a message")])?;
        care::reply(request.platform(), account, conversation, body).await
    };
    match replied.await {
        Ok(_) => {
            request.flash().success("Sent.");
            Ok(see_other(&format!("/conversations/{conversation}")))
        }
        Err(error) => {
            let show = |form, status| show_conversation(request, &id, form, status);
            kept_form::show_again(request, &form.values, &["body"], &["body"], error, show).await
        }
    }
}

async fn show_conversation(
    request: &PageRequest,
    id: &str,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let id: ConversationId = id.parse().map_err(|_| Error::NotFound("conversation"))?;
    let found = care::conversation_view(request.platform(), account, id).await?;
    let message = |message: care::CareMessageView| ConversationMessage {
        author: wire_name(&message.author),
        author_name: message.author_name,
        body: paragraphs(&message.body),
        created_at: message.created_at.into(),
    };
    let conversation = Conversation {
        id: found.id.to_string(),
        subject: found.subject,
        state: wire_name(&found.state),
        order_number: found.order_number,
        created_at: found.created_at.into(),
        messages: found.messages.into_iter().map(message).collect(),
    };
    request
        .show(
            PageSpec { status, form, ..request.page("pages/conversation") },
            &ConversationPage { conversation },
        )
        .await
}

#[handler]
pub async fn feedback_page(
    request: &PageRequest,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let account = request.signed_in()?.account.id;
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let order = request.query.get("order").map(String::as_str).filter(|order| !order.is_empty());
    let form = kept_form::take(request);
    let typed_order = form.values.get("order_number").cloned();
    let order = order.or(typed_order.as_deref()).filter(|order| !order.is_empty());
    show_feedback(request, &snapshot, account, order, form, StatusCode::OK).await
}

#[handler]
pub async fn give_feedback(
    request: &PageRequest,
    Path(slug): Path<String>,
    form: TypedForm,
) -> Result<Response, PageError> {
    let account = kept_form::signed_in(request, &form.values)?.account.id;
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let order = Some(form.value("order_number")).filter(|order| !order.is_empty());
    let given = async {
        form.check_limit()?;
        let choose = |_| FieldError::new("rating", "Choose a rating from 1 to 5");
        let rating = form.value("rating").parse().map_err(choose)?;
        let comments = form.value("comments");
        let new = NewFeedback { sale_slug: &slug, order_number: order, rating, comments };
        care::give_feedback(request.platform(), account, new).await
    };
    match given.await {
        Ok(_) | Err(Error::Conflict { code: "already_given", .. }) => {
            request.flash().success("Thank you. Your feedback has been sent to our sales team.");
            Ok(see_other(&format!("{}/feedback", snapshot.url())))
        }
        Err(error) => {
            let (kept, fields) = (["rating", "comments", "order_number"], ["rating", "comments"]);
            let show =
                |form, status| show_feedback(request, &snapshot, account, order, form, status);
            kept_form::show_again(request, &form.values, &kept, &fields, error, show)
                .await
                .map_err(|error| error.with_sale(present::card(&snapshot, request.now)))
        }
    }
}

async fn show_feedback(
    request: &PageRequest,
    snapshot: &SaleSnapshot,
    account: AccountId,
    order: Option<&str>,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let (tenant, sale) = (snapshot.sale.tenant, snapshot.sale.id);
    let given = care::my_feedback(request.platform(), account, tenant, sale).await?;
    if given.is_none() {
        let mut tx = request.platform().db.shopper(Some(account)).await?;
        let has_bought =
            orders::newest_order_with_sale(&mut tx, account, tenant, sale, None).await?.is_some()
                || redirect::has_clicked_out(&mut tx, account, tenant, sale).await?;
        if !has_bought {
            let error =
                Error::conflict("not_bought", "Sign in with the account that made the purchase.");
            return Err(PageError::from(error).with_sale(present::card(snapshot, request.now)));
        }
    }
    let page = FeedbackPage {
        sale: present::sale(snapshot, request.now, None),
        order_number: order.map(str::to_owned),
        given: given.map(|given| GivenFeedback {
            rating: given.rating,
            comments: paragraphs(&given.comments),
            created_at: given.created_at.into(),
        }),
    };
    request
        .show(
            PageSpec {
                status,
                form,
                branding: snapshot.branding.clone(),
                ..request.page("pages/feedback")
            },
            &page,
        )
        .await
}
