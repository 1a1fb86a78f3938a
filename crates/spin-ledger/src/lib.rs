//! The ledger as a Spin component reaches it: over Spin's Redis connection.
//!
//! Spin opens a Redis connection for every component instance that asks for one. An HTTP component's instance serves
//! many requests, so the connection is kept in the instance and the connections stay few; a Redis-triggered instance
//! serves one message and uses its connection for all that the message makes it do.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures::future::{Either, select};
use ledger::{Call, Fault, Ledger};
use spin_sdk::redis::{Connection, RedisParameter, RedisResult};
use spin_sdk::{redis, variables};

/// How long Redis may take for one script. It answers in well under a millisecond, so this is a Redis that hangs.
const PATIENCE: Duration = Duration::from_secs(5);

thread_local! {
    static KEPT: RefCell<Option<(String, Rc<Connection>)>> = const { RefCell::new(None) };
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A variable of the manifest is missing.
    #[error("the variable {name} is not set: {source}")]
    Variable {
        /// The variable's name.
        name: &'static str,
        /// What the platform said.
        source: variables::Error,
    },
    /// The address is none, or the manifest does not let this component reach it: Spin says the same for both.
    #[error("{0} is no Redis address, or the manifest's allowed_outbound_hosts does not name it")]
    Address(String),
    /// Redis is not there, is not ready, or takes nothing. Whatever was asked for did not happen, or can be asked for
    /// again: the ledger's calls are idempotent.
    #[error("Redis does not serve the ledger ({fault:?}): {reason}")]
    Unavailable {
        /// What kind of trouble it is.
        fault: Fault,
        /// What the platform said.
        reason: String,
    },
    /// Redis answered something that the script does not say.
    #[error(transparent)]
    Reply(#[from] ledger::Error),
}

/// The ledger, with a connection to it.
pub struct Client {
    ledger: Ledger,
    address: String,
}

impl Client {
    /// The ledger that the manifest's variables describe (`redis_address`, `ledger_tag`). It connects when it is first
    /// used.
    pub async fn open() -> Result<Self, Error> {
        let address = variable("redis_address").await?;
        let ledger = Ledger::new(&variable("ledger_tag").await?);
        Ok(Self { ledger, address })
    }

    /// The operations.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Runs one operation: `EVALSHA`, and `EVAL` where Redis does not know the script (yet, or after a restart).
    pub async fn run<R>(&self, call: Call<R>) -> Result<R, Error> {
        let values = match self.execute("EVALSHA", call.arguments()).await {
            Err(Error::Unavailable {
                fault: Fault::NoScript, ..
            }) => self.execute("EVAL", call.eval_arguments()).await?,
            other => other?,
        };
        let reply = values.first().map(Vec::as_slice).unwrap_or_default();
        Ok(call.decode(reply)?)
    }

    /// Waits, up to a limit, until a submission has another version than `version`; at once if it has one already or is
    /// gone.
    ///
    /// The waiting is Redis's: a blocking command on a connection of its own, which lasts as long as the wait. It costs a
    /// connection, as the request that waits for it does, and no looking again and again.
    pub async fn wait_for_change(&self, submission: &str, version: u64, limit: Duration) -> Result<(), Error> {
        if self.run(self.ledger.watch(submission, limit)).await? != Some(version) {
            return Ok(());
        }
        let connection = Connection::open(&self.address)
            .await
            .map_err(|error| self.failure(error))?;
        let (command, arguments) = self.ledger.changes(submission, limit).command(version);
        let arguments = arguments.map(|argument| RedisParameter::Binary(argument.into_bytes()));
        let work = pin!(connection.execute(command, arguments));
        // Redis ends the wait; the limit here is for a Redis that is gone.
        match select(work, pin!(spin_sdk::time::sleep(limit + PATIENCE))).await {
            Either::Left((answer, _)) => answer.map(drop).map_err(|error| self.failure(error)),
            Either::Right(_) => Err(Error::Unavailable {
                fault: Fault::Busy,
                reason: format!("no answer within {:?}", limit + PATIENCE),
            }),
        }
    }

    /// Runs a command of Redis that is no operation of the ledger, such as `PING`. Spin flattens the answer.
    pub async fn command(&self, command: &str, arguments: &[&str]) -> Result<Vec<Vec<u8>>, Error> {
        self.execute(
            command,
            arguments.iter().map(|argument| argument.as_bytes().to_vec()).collect(),
        )
        .await
    }

    async fn execute(&self, command: &str, arguments: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, Error> {
        let work = pin!(self.execute_without_limit(command, arguments));
        let answer = match select(work, pin!(spin_sdk::time::sleep(PATIENCE))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(Error::Unavailable {
                fault: Fault::Busy,
                reason: format!("no answer within {PATIENCE:?}"),
            }),
        };
        // A connection that broke stays broken: the next call opens another. A script that is not known is no reason.
        if let Err(Error::Unavailable { fault, .. }) = &answer
            && *fault != Fault::NoScript
        {
            KEPT.take();
        }
        answer
    }

    async fn execute_without_limit(&self, command: &str, arguments: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, Error> {
        let connection = self.connection().await?;
        let arguments = arguments.into_iter().map(RedisParameter::Binary);
        let answer = connection
            .execute(command, arguments)
            .await
            .map_err(|error| self.failure(error))?;
        let value = |value| match value {
            RedisResult::Binary(bytes) => bytes,
            RedisResult::Status(text) => text.into_bytes(),
            RedisResult::Int64(number) => number.to_string().into_bytes(),
            RedisResult::Nil => Vec::new(),
        };
        Ok(answer.into_iter().map(value).collect())
    }

    async fn connection(&self) -> Result<Rc<Connection>, Error> {
        let kept = KEPT.with_borrow(|kept| {
            kept.as_ref()
                .filter(|(address, _)| *address == self.address)
                .map(|(_, connection)| Rc::clone(connection))
        });
        if let Some(connection) = kept {
            return Ok(connection);
        }
        let connection = Connection::open(&self.address)
            .await
            .map_err(|error| self.failure(error))?;
        let connection = Rc::new(connection);
        KEPT.set(Some((self.address.clone(), Rc::clone(&connection))));
        Ok(connection)
    }

    fn failure(&self, error: redis::Error) -> Error {
        match error {
            redis::Error::InvalidAddress => Error::Address(self.address.clone()),
            redis::Error::Other(reason) => Error::Unavailable {
                fault: Fault::classify(&reason),
                reason,
            },
            other => Error::Unavailable {
                fault: Fault::Other,
                reason: format!("{other:?}"),
            },
        }
    }
}

async fn variable(name: &'static str) -> Result<String, Error> {
    variables::get(name)
        .await
        .map_err(|source| Error::Variable { name, source })
}
