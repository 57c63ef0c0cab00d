//! Which of a shopper's holds are ordered.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use crate::{
    kernel::{AccountId, FieldErrors, HoldId, Result, limits::ORDER_LINES_MAX},
    stock::{self, Hold, HoldState},
};

/// Of what an account holds, the holds with these ids. Every id that names none of them is an error
/// of its own.
pub async fn chosen(
    conn: &mut PgConnection,
    account: AccountId,
    held: Vec<Hold>,
    ids: &[HoldId],
) -> Result<Vec<Hold>> {
    let mut fields = FieldErrors::default();
    fields.check(
        !ids.is_empty(),
        "hold_ids",
        "Name at least one hold, or leave it out to order everything you hold",
    );
    if ids.len() as u64 > ORDER_LINES_MAX.unsigned_abs() {
        fields.add("hold_ids", format!("Name at most {ORDER_LINES_MAX} holds in one order"));
    }
    fields.finish()?;

    let mut fields = FieldErrors::default();
    let mut named = HashSet::new();
    let open: HashSet<HoldId> = held.iter().map(|hold| hold.id).collect();
    let others: Vec<HoldId> = ids.iter().filter(|id| !open.contains(*id)).copied().collect();
    let ended = if others.is_empty() {
        HashMap::new()
    } else {
        stock::states_of(conn, account, &others).await?
    };
    for (index, id) in ids.iter().enumerate() {
        let is_new = named.insert(*id);
        let message = if is_new {
            if open.contains(id) {
                continue;
            }
            match ended.get(id) {
                None => format!("You have no hold {id}; choose from your holds"),
                Some(HoldState::Sold) => format!("Hold {id} is paid already; leave it out"),
                Some(HoldState::Released) => {
                    format!("You gave hold {id} back; leave it out, or press Buy again")
                }
                Some(HoldState::Held | HoldState::Expired) => {
                    format!("Hold {id} ran out; leave it out, or press Buy again")
                }
            }
        } else {
            format!("Hold {id} is named twice; name it once")
        };
        fields.add(format!("hold_ids.{index}"), message);
    }
    fields.finish()?;
    Ok(held.into_iter().filter(|hold| named.contains(&hold.id)).collect())
}
