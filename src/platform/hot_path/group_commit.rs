//! Group commit: what many people ask for at the same moment is done in one transaction. While a group
//! is committed, others gather for the next; a request alone is a group of one and waits for nobody.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, HashSet},
    hash::Hash,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{mpsc::error::TrySendError, oneshot},
    time::{sleep, timeout},
};

use super::{
    batch_channel::{BatchReceiver, BatchSender, batch_channel},
    dedicated_pool::DedicatedPool,
};
use crate::{
    kernel::{Error, Result},
    platform::Db,
};

/// Members of a group, at most: as many orders as a page of a list has, which is what reads of their
/// lines are bounded by.
const GROUP_MAX: usize = 100;
/// Members that wait for a group, at most; past it the answer is 503.
const QUEUE_MAX: usize = 4_096;
/// A committer without work for this long ends.
const IDLE: Duration = Duration::from_secs(1);
/// A group that takes longer is given up: its connection is dead by then.
const TRY_LIMIT: Duration = Duration::from_secs(10);
/// After as many members of a failed group found the database unavailable, the others are told so.
const OUTAGES_MAX: usize = 2;

const BUSY: Error = Error::Unavailable { retry_after_seconds: 2 };

/// An answer for each member of a group, in their order. None: the member left the group, which wrote
/// nothing for it, and is handled [by itself](Grouped::alone) after the group's commit.
pub type GroupAnswers<A> = Vec<Option<Result<A>>>;

/// What is committed in groups.
pub trait Grouped: Send + Sync + Sized + 'static {
    type Answer: Send + 'static;
    /// What it takes to commit a group.
    type Context: Clone + Send + Sync + 'static;
    /// What a group is of, for logs.
    const NAME: &'static str;

    /// Handles the members in one transaction, and commits it. A refusal of one member is its answer.
    /// An error is the group's: nothing was committed, or nobody knows, and each member is handled by
    /// itself. So what was committed must be found when it is tried again.
    fn commit(
        context: &Self::Context,
        group: &[Self],
    ) -> impl Future<Output = Result<GroupAnswers<Self::Answer>>> + Send;

    /// Handles a member that left its group, or whose group failed.
    fn alone(
        context: &Self::Context,
        member: &Self,
    ) -> impl Future<Output = Result<Self::Answer>> + Send;
}

/// A member and where its answer goes.
struct GroupMember<G: Grouped> {
    member: G,
    answer: oneshot::Sender<Result<G::Answer>>,
}

/// The committers of a node, one for each kind of group, which start when there is work and run on the
/// dedicated thread. Cheap to clone.
#[derive(Clone)]
pub struct Groups {
    max: usize,
    db: Db,
    dedicated: DedicatedPool,
    /// `BatchSender<GroupMember<G>>` by `G`.
    senders: Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>,
}

impl Groups {
    /// Groups of at most `max` members, and of [`GROUP_MAX`]. With one, nothing is grouped: each
    /// member has a transaction of its own, at the same time as others, on a connection of `db`.
    pub fn of_at_most(max: usize, db: &Db, dedicated: &DedicatedPool) -> Self {
        Self {
            max: max.clamp(1, GROUP_MAX),
            db: if max > 1 { dedicated.db().clone() } else { db.clone() },
            dedicated: dedicated.clone(),
            senders: Arc::default(),
        }
    }

    /// Where groups are committed: their connections do not wait behind those of all requests.
    pub fn db(&self) -> &Db {
        &self.db
    }
}

/// Handles a member together with others of its kind; its answer comes after the commit. It is handled
/// though the caller be dropped.
pub async fn submit<G: Grouped>(
    groups: &Groups,
    context: &G::Context,
    member: G,
) -> Result<G::Answer> {
    let (answer, answered) = oneshot::channel();
    let waiting = GroupMember { member, answer };
    if groups.max == 1 {
        let context = context.clone();
        let requests = Handle::current();
        tokio::spawn(async move { handle(&context, vec![waiting], &requests).await });
    } else {
        queue(groups, context, waiting)?;
    }
    answered.await.map_err(|_| BUSY)?
}

/// Queues a member, and starts the committer if there is none.
fn queue<G: Grouped>(groups: &Groups, context: &G::Context, waiting: GroupMember<G>) -> Result<()> {
    let mut senders = groups.senders.lock().unwrap_or_else(PoisonError::into_inner);
    let known = senders
        .get(&TypeId::of::<G>())
        .and_then(|sender| sender.downcast_ref::<BatchSender<GroupMember<G>>>());
    let waiting = match known {
        Some(sender) => match sender.try_send(waiting) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(_)) => return Err(BUSY),
            Err(TrySendError::Closed(waiting)) => waiting,
        },
        None => waiting,
    };
    let (sender, receiver) = batch_channel(QUEUE_MAX);
    sender.try_send(waiting).map_err(|_| BUSY)?;
    senders.insert(TypeId::of::<G>(), Box::new(sender));
    groups.dedicated.spawn(run(context.clone(), groups.max, receiver, Handle::current()));
    Ok(())
}

/// Commits groups until there was nothing to do for a while.
async fn run<G: Grouped>(
    context: G::Context,
    max: usize,
    mut receiver: BatchReceiver<GroupMember<G>>,
    requests: Handle,
) {
    let (mut group, mut last) = (vec![], 1);
    loop {
        let received = tokio::select! {
            biased;
            received = receiver.recv_batch(&mut group, max, last) => Some(received),
            () = sleep(IDLE) => None,
        };
        match received {
            Some(false) => return,
            None if group.is_empty() => {
                // Later members start another committer; those already queued are still handled.
                receiver.close();
                continue;
            }
            Some(true) | None => {}
        }
        last = group.len();
        handle(&context, mem::take(&mut group), &requests).await;
    }
}

/// Commits a group, and sends its answers. `requests` is the runtime of the callers.
async fn handle<G: Grouped>(context: &G::Context, group: Vec<GroupMember<G>>, requests: &Handle) {
    let (members, callers): (Vec<G>, Vec<_>) =
        group.into_iter().map(|waiting| (waiting.member, waiting.answer)).unzip();
    let committed = timeout(TRY_LIMIT, G::commit(context, &members)).await.unwrap_or(Err(BUSY));
    let answers = match committed {
        Ok(answers) => answers,
        Err(error) if members.len() == 1 => vec![Some(Err(error))],
        Err(error) => {
            let (name, count) = (G::NAME, members.len());
            tracing::warn!(?error, name, count, "a group failed; each of it is tried by itself");
            members.iter().map(|_| None).collect()
        }
    };
    let mut left = vec![];
    for ((member, caller), answer) in members.into_iter().zip(callers).zip(answers) {
        match answer {
            // It fails when the caller has gone.
            Some(answer) => drop(caller.send(answer)),
            None => left.push((member, caller)),
        }
    }
    if !left.is_empty() {
        // The next group does not wait for them.
        requests.spawn(handle_alone(context.clone(), left));
    }
}

/// Handles members one after the other.
async fn handle_alone<G: Grouped>(
    context: G::Context,
    left: Vec<(G, oneshot::Sender<Result<G::Answer>>)>,
) {
    let mut outages = 0;
    for (member, caller) in left {
        let answer =
            if outages < OUTAGES_MAX { G::alone(&context, &member).await } else { Err(BUSY) };
        outages += usize::from(matches!(answer, Err(Error::Unavailable { .. })));
        drop(caller.send(answer));
    }
}

/// Of members with these keys, which are the first with theirs: two with the same key do not go into
/// one group.
pub fn firsts<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> Vec<bool> {
    let mut seen = HashSet::new();
    keys.map(|key| seen.insert(key)).collect()
}

/// The result of a check of one member: a refusal is its answer, any other error is the group's.
pub fn refusal<T>(checked: Result<T>) -> Result<Result<T>> {
    match checked {
        Err(error @ (Error::Unavailable { .. } | Error::Internal(_))) => Err(error),
        answered => Ok(answered),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn groups_of(max: usize) -> Groups {
        let db = Db::lazy("postgres://nobody@127.0.0.1/none").unwrap();
        Groups::of_at_most(max, &db, &DedicatedPool::beside(&db).unwrap())
    }

    proptest! {
        #[test]
        fn each_key_is_in_a_group_once(keys in prop::collection::vec(0_u8..8, 0..40)) {
            let firsts = firsts(keys.iter());
            let chosen: Vec<u8> =
                keys.iter().zip(&firsts).filter(|(_, first)| **first).map(|(key, _)| *key).collect();
            let mut distinct = chosen.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), chosen.len());
            prop_assert!(keys.iter().all(|key| chosen.contains(key)));
        }
    }

    #[test]
    fn a_refusal_is_its_members_and_a_fault_the_groups() {
        let refused = refusal::<()>(Err(Error::conflict("cart_empty", "Your cart is empty.")));
        assert!(matches!(refused, Ok(Err(Error::Conflict { .. }))));
        assert!(matches!(refusal(Ok(7)), Ok(Ok(7))));
        assert!(matches!(refusal::<()>(Err(BUSY)), Err(Error::Unavailable { .. })));
        let fault = Error::Internal(anyhow::anyhow!("a fault"));
        assert!(matches!(refusal::<()>(Err(fault)), Err(Error::Internal(_))));
    }

    /// A number that a group adds; 13 breaks its group, and an odd one leaves it.
    struct Number(u32);

    #[derive(Clone, Default)]
    struct Tally(Arc<Mutex<Vec<usize>>>);

    impl Grouped for Number {
        type Answer = u32;
        type Context = Tally;
        const NAME: &'static str = "numbers";

        async fn commit(tally: &Tally, group: &[Self]) -> Result<GroupAnswers<u32>> {
            sleep(Duration::from_millis(20)).await;
            if group.iter().any(|number| number.0 == 13) {
                return Err(Error::Internal(anyhow::anyhow!("thirteen")));
            }
            tally.0.lock().unwrap().push(group.len());
            let answer = |number: &Self| number.0.is_multiple_of(2).then(|| Ok(2 * number.0));
            Ok(group.iter().map(answer).collect())
        }

        async fn alone(_: &Tally, member: &Self) -> Result<u32> {
            if member.0 == 13 {
                return Err(Error::Internal(anyhow::anyhow!("thirteen")));
            }
            Ok(2 * member.0)
        }
    }

    #[tokio::test]
    async fn members_share_groups_and_each_gets_its_own_answer() {
        let (groups, tally) = (groups_of(GROUP_MAX), Tally::default());
        let all = (20..120).map(|nth| submit(&groups, &tally, Number(nth)));
        for (nth, answer) in (20..120).zip(futures_util::future::join_all(all).await) {
            assert_eq!(answer.unwrap(), 2 * nth);
        }
        let sizes = tally.0.lock().unwrap().clone();
        assert_eq!(sizes.iter().sum::<usize>(), 100);
        assert!(sizes.len() <= 5, "{sizes:?}");
    }

    #[tokio::test]
    async fn a_member_that_breaks_its_group_spoils_only_itself() {
        let (groups, tally) = (groups_of(GROUP_MAX), Tally::default());
        let all = (8..18).map(|nth| submit(&groups, &tally, Number(nth)));
        for (nth, answer) in (8..18).zip(futures_util::future::join_all(all).await) {
            match answer {
                Ok(answer) => assert_eq!(answer, 2 * nth),
                Err(error) => assert!(nth == 13 && matches!(error, Error::Internal(_))),
            }
        }
    }

    #[tokio::test]
    async fn a_committer_that_ended_is_followed_by_another() {
        let (groups, tally) = (groups_of(2), Tally::default());
        for nth in [2, 4] {
            assert_eq!(submit(&groups, &tally, Number(nth)).await.unwrap(), 2 * nth);
            sleep(IDLE + Duration::from_millis(200)).await;
        }
    }

    #[tokio::test]
    async fn a_group_is_bounded() {
        assert_eq!(groups_of(0).max, 1);
        assert_eq!(groups_of(10_000).max, GROUP_MAX);
    }
}
