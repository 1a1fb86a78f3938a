//! The identity provider's keys in an instance: from a variable, or from the component that fetches them.
//!
//! Reading keys costs more than using them, so an instance keeps them. It asks for others when they are old or when one is
//! missed, no more than now and then, and goes on with what it has when it gets none.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use access::{HandedKeys, KeySet, Policy, Verifier};
use api::Problem;
use bytes::Bytes;
use http::StatusCode;
use spin_outbound::Limits;

use crate::failure::variable;

/// The private route of `token-keys`.
const TOKEN_KEYS: &str = "http://token-keys.spin.internal/";

/// The most bytes of its answer: a set of keys, and the times.
const LARGEST: usize = access::key_set::LARGEST_SET + 1024;

/// How long an instance goes on with what it has before it asks again.
const PAUSE: Duration = Duration::from_secs(1);

/// How long `token-keys` may take: it may have to wait for the provider.
const PATIENCE: Duration = Duration::from_secs(15);

thread_local! {
    /// An instance's variables do not change while it lives.
    static KNOWN: RefCell<Option<Known>> = const { RefCell::new(None) };
}

/// Keys, and what checks tokens with them.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) verifier: Rc<Verifier>,
    /// Nothing for keys from a variable, which are what they are.
    fetched: Option<Fetched>,
}

#[derive(Clone, Copy)]
struct Fetched {
    /// When, by the clock of `token-keys`.
    at: u64,
    /// Until when there is no need to ask.
    fresh_until: Instant,
    /// When this instance last asked for others, and whether it has heard.
    asked: Option<(Instant, bool)>,
    /// Whether somebody was asking the provider when these were handed over.
    pending: bool,
}

/// The keys that are known. They are asked for when there are none, or when their time is over.
pub(crate) async fn known() -> Result<Known, Problem> {
    let Some(known) = KNOWN.with_borrow(Clone::clone) else {
        return learn().await;
    };
    match known.fetched {
        Some(fetched) if fetched.fresh_until <= Instant::now() => {
            Ok(ask_again(&known, fetched, false).await.ok().flatten().unwrap_or(known))
        }
        _ => Ok(known),
    }
}

/// Other keys than these, in which one is missed; nothing where there are none. While it is being found out whether there are,
/// the answer is that nobody knows yet: the caller should not think that their token is bad.
pub(crate) async fn newer_than(known: &Known) -> Result<Option<Known>, Problem> {
    let Some(missed_in) = known.fetched else {
        return Ok(None);
    };
    // Another request may have learned of them in the meantime.
    let latest = KNOWN.with_borrow(Clone::clone).unwrap_or_else(|| known.clone());
    match latest.fetched {
        Some(fetched) if fetched.at == missed_in.at => match ask_again(&latest, fetched, true).await? {
            Some(Known {
                fetched: Some(Fetched { at, pending: true, .. }),
                ..
            }) if at == missed_in.at => Err(not_known_yet()),
            newer => Ok(newer),
        },
        _ => Ok(Some(latest)),
    }
}

fn not_known_yet() -> Problem {
    Problem::unavailable(1, "the identity provider is being asked for a token's key")
}

async fn learn() -> Result<Known, Problem> {
    let inline = variable("token_keys").await?;
    let known = if inline.is_empty() {
        made_of(ask(None).await?).await?
    } else {
        let keys = KeySet::from_json(inline.as_bytes()).map_err(Problem::internal)?;
        Known {
            verifier: verifier(keys).await?,
            fetched: None,
        }
    };
    KNOWN.set(Some(known.clone()));
    Ok(known)
}

/// Asks for other keys, unless this instance has just done so.
async fn ask_again(known: &Known, fetched: Fetched, one_is_missed: bool) -> Result<Option<Known>, Problem> {
    let now = Instant::now();
    match fetched.asked {
        Some((at, heard)) if now < at + PAUSE => {
            return if heard { Ok(None) } else { Err(not_known_yet()) };
        }
        _ => {}
    }
    let with = |asked, fetched| Known {
        fetched: Some(Fetched { asked, ..fetched }),
        ..known.clone()
    };
    KNOWN.set(Some(with(Some((now, false)), fetched)));
    let heard = Some((now, true));
    let newer = match ask(one_is_missed.then_some(fetched.at)).await {
        // The same again: what was found out about tokens with them is not forgotten.
        Ok(answer) if answer.fetched_at == fetched.at => with(heard, times(&answer)),
        Ok(answer) => {
            let times = times(&answer);
            Known {
                fetched: Some(Fetched { asked: heard, ..times }),
                ..made_of(answer).await?
            }
        }
        // What there is stays good.
        Err(_) => with(heard, fetched),
    };
    KNOWN.set(Some(newer.clone()));
    Ok(Some(newer))
}

async fn ask(lacking: Option<u64>) -> Result<HandedKeys, Problem> {
    let query = lacking.map(|at| format!("?lacking={at}")).unwrap_or_default();
    let request = http::Request::get(format!("{TOKEN_KEYS}{query}"))
        .body(Bytes::new())
        .map_err(Problem::internal)?;
    let limits = Limits {
        first_byte: PATIENCE,
        ..Limits::default()
    };
    let unavailable = |cause: String| Problem::unavailable(2, format!("token-keys: {cause}"));
    let answer = spin_outbound::fetch(request, limits, LARGEST)
        .await
        .map_err(|error| unavailable(error.to_string()))?;
    if answer.status != StatusCode::OK {
        return Err(unavailable(format!("it answered {}", answer.status)));
    }
    serde_json::from_slice(&answer.body).map_err(Problem::internal)
}

async fn made_of(answer: HandedKeys) -> Result<Known, Problem> {
    let keys = KeySet::from_json(answer.set.to_string().as_bytes()).map_err(Problem::internal)?;
    Ok(Known {
        verifier: verifier(keys).await?,
        fetched: Some(times(&answer)),
    })
}

fn times(answer: &HandedKeys) -> Fetched {
    Fetched {
        at: answer.fetched_at,
        fresh_until: Instant::now() + Duration::from_secs(answer.fresh_seconds.min(24 * 3600)),
        asked: None,
        pending: answer.pending,
    }
}

async fn verifier(keys: KeySet) -> Result<Rc<Verifier>, Problem> {
    let tenant_claim = variable("token_tenant_claim").await?;
    let skew = variable("token_skew_seconds").await?;
    let policy = Policy {
        issuer: variable("token_issuer").await?,
        audience: variable("token_audience").await?,
        tenant_claim: (!tenant_claim.is_empty()).then_some(tenant_claim),
        skew_seconds: skew
            .parse()
            .map_err(|error| Problem::internal(format!("the variable token_skew_seconds: {error}")))?,
    };
    Ok(Rc::new(Verifier::new(keys, policy)))
}
