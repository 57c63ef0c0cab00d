//! Customer service: asking for help, the thread of a conversation, feedback on a sale.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Form as Posted, Path},
};

use super::{
    board::Board,
    buy::{Typed, typed},
    context::{
        Conversation, ConversationPage, ConversationRow, FeedbackPage, Form, GivenFeedback,
        HelpPage, Letter,
    },
    failure::Failure,
    flash,
    order::{About, word},
    present, signing,
    view::{Sheet, View, see_other},
    words::paragraphs,
};
use crate::{
    care::{self, ConversationView, NewConversation, NewFeedback},
    kernel::{AccountId, ConversationId, Error, FieldError, PageQuery, Result},
    orders, redirect,
};

/// Conversations in a list at most, the last touched first.
const CONVERSATIONS_MAX: u32 = 50;

#[handler]
pub async fn help_page(view: &View) -> Result<Response, Failure> {
    show(view, None, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn order_help_page(view: &View, Path(number): Path<String>) -> Result<Response, Failure> {
    view.signed_in()?;
    show(view, Some(&number), Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn ask_for_help(view: &View, Posted(form): Typed) -> Result<Response, Failure> {
    open(view, None, &form).await
}

#[handler]
pub async fn ask_about_order(
    view: &View,
    Path(number): Path<String>,
    Posted(form): Typed,
) -> Result<Response, Failure> {
    open(view, Some(&number), &form).await
}

async fn open(
    view: &View,
    order: Option<&str>,
    form: &std::collections::BTreeMap<String, String>,
) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let (subject, body) = (typed(form, "subject"), typed(form, "body"));
    let sale_slug = view.query.get("sale").map(String::as_str);
    let opened = match missing(&[
        ("subject", subject, "Enter what it is about"),
        ("body", body, "Enter what happened"),
    ]) {
        Some(error) => Err(error),
        None => {
            care::open_conversation(
                view.platform(),
                account,
                NewConversation { order_number: order, sale_slug, subject, body },
            )
            .await
        }
    };
    match opened {
        Ok(conversation) => {
            flash::success(view, "Sent. We answer here and by email.");
            Ok(see_other(&format!("/conversations/{}", conversation.id)))
        }
        Err(error @ Error::Invalid(_)) => {
            let refused =
                Form::refused([("subject", subject), ("body", body)], &error, &["subject", "body"]);
            show(view, order, refused, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

/// FieldErrors that are to be filled in and are not.
fn missing(fields: &[(&str, &str, &str)]) -> Option<Error> {
    let wrong: Vec<FieldError> = fields
        .iter()
        .filter(|(_, value, _)| value.trim().is_empty())
        .map(|(field, _, words)| FieldError::new(*field, *words))
        .collect();
    (!wrong.is_empty()).then_some(Error::Invalid(wrong))
}

async fn show(
    view: &View,
    number: Option<&str>,
    form: Form,
    status: StatusCode,
) -> Result<Response, Failure> {
    let slug = view.query.get("sale").filter(|_| number.is_none());
    let sale = match slug {
        Some(slug) => view.pages.boards.get(slug).await?.map(|board| present::help(&board)),
        None => None,
    };
    let (mut order, mut conversations) = (None, vec![]);
    if let Some(account) = view.account() {
        conversations = list(view, account, number).await?;
        if let Some(number) = number {
            let found = orders::order_view(view.platform(), account, number).await?;
            let about = About::read(view.platform(), account, std::slice::from_ref(&found)).await?;
            order = Some(about.order(found));
        }
    }
    let query =
        slug.filter(|_| sale.is_some()).map(|slug| format!("?sale={slug}")).unwrap_or_default();
    let action = format!("{}{query}", view.path());
    let page =
        HelpPage { order, sale, conversations, next_query: signing::next_query(&action), action };
    view.show(Sheet { status, form, noindex: number.is_some(), ..view.sheet("pages/help") }, &page)
        .await
}

/// An account's conversations, of one order or all.
pub async fn list(
    view: &View,
    account: AccountId,
    number: Option<&str>,
) -> Result<Vec<ConversationRow>> {
    let page = care::conversation_list(
        view.platform(),
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
        state: word(&conversation.state),
        updated_at: conversation.updated_at.into(),
        order_number: conversation.order_number,
    };
    Ok(page.items.into_iter().filter(of_order).map(row).collect())
}

#[handler]
pub async fn conversation_page(view: &View, Path(id): Path<String>) -> Result<Response, Failure> {
    show_conversation(view, &id, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn reply_to_conversation(
    view: &View,
    Path(id): Path<String>,
    Posted(form): Typed,
) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let conversation: ConversationId = id.parse().map_err(|_| Error::NotFound("conversation"))?;
    let body = typed(&form, "body");
    let replied = match missing(&[("body", body, "Enter a message")]) {
        Some(error) => Err(error),
        None => care::reply(view.platform(), account, conversation, body).await,
    };
    match replied {
        Ok(_) => {
            flash::success(view, "Sent.");
            Ok(see_other(&format!("/conversations/{conversation}")))
        }
        Err(error @ Error::Invalid(_)) => {
            show_conversation(
                view,
                &id,
                Form::refused([("body", body)], &error, &["body"]),
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}

async fn show_conversation(
    view: &View,
    id: &str,
    form: Form,
    status: StatusCode,
) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let id: ConversationId = id.parse().map_err(|_| Error::NotFound("conversation"))?;
    let found = care::conversation_view(view.platform(), account, id).await?;
    let letter = |message: care::CareMessageView| Letter {
        author: word(&message.author),
        author_name: message.author_name,
        body: paragraphs(&message.body),
        created_at: message.created_at.into(),
    };
    let conversation = Conversation {
        id: found.id.to_string(),
        subject: found.subject,
        state: word(&found.state),
        order_number: found.order_number,
        created_at: found.created_at.into(),
        messages: found.messages.into_iter().map(letter).collect(),
    };
    view.show(
        Sheet { status, form, ..view.sheet("pages/conversation") },
        &ConversationPage { conversation },
    )
    .await
}

#[handler]
pub async fn feedback_page(view: &View, Path(slug): Path<String>) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let board = view.pages.boards.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let order = view.query.get("order").map(String::as_str).filter(|order| !order.is_empty());
    show_feedback(view, &board, account, order, Form::default(), StatusCode::OK).await
}

#[handler]
pub async fn give_feedback(
    view: &View,
    Path(slug): Path<String>,
    Posted(form): Typed,
) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let board = view.pages.boards.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let order = Some(typed(&form, "order_number")).filter(|order| !order.is_empty());
    let comments = typed(&form, "comments");
    let given = match typed(&form, "rating").parse() {
        Ok(rating) => {
            care::give_feedback(
                view.platform(),
                account,
                NewFeedback { sale_slug: &slug, order_number: order, rating, comments },
            )
            .await
        }
        Err(_) => Err(FieldError::new("rating", "Choose from 1 to 5").into()),
    };
    match given {
        Ok(_) | Err(Error::Conflict { code: "already_given", .. }) => {
            flash::success(view, "Your feedback is with our sales team. Thank you.");
            Ok(see_other(&format!("{}/feedback", board.url())))
        }
        Err(error @ Error::Invalid(_)) => {
            let refused = Form::refused(
                [("rating", typed(&form, "rating")), ("comments", comments)],
                &error,
                &["rating", "comments"],
            );
            show_feedback(view, &board, account, order, refused, StatusCode::UNPROCESSABLE_ENTITY)
                .await
        }
        Err(error) => Err(Failure::from(error).about(present::card(&board, view.now))),
    }
}

async fn show_feedback(
    view: &View,
    board: &Board,
    account: AccountId,
    order: Option<&str>,
    form: Form,
    status: StatusCode,
) -> Result<Response, Failure> {
    let (tenant, sale) = (board.sale.tenant, board.sale.id);
    let given = care::my_feedback(view.platform(), account, tenant, sale).await?;
    if given.is_none() {
        let mut tx = view.platform().db.shopper(Some(account)).await?;
        let may =
            orders::newest_order_with_sale(&mut tx, account, tenant, sale, None).await?.is_some()
                || redirect::has_clicked_out(&mut tx, account, tenant, sale).await?;
        if !may {
            let error = Error::conflict("not_bought", "Sign in with the account you bought with.");
            return Err(Failure::from(error).about(present::card(board, view.now)));
        }
    }
    let page = FeedbackPage {
        sale: present::sale(board, view.now, None),
        order_number: order.map(str::to_owned),
        given: given.map(|given| GivenFeedback {
            rating: given.rating,
            comments: paragraphs(&given.comments),
            created_at: given.created_at.into(),
        }),
    };
    view.show(
        Sheet { status, form, look: board.look.clone(), ..view.sheet("pages/feedback") },
        &page,
    )
    .await
}
