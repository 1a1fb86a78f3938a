//! Sends calls over a native Redis connection: for tests and tools.

use redis::aio::MultiplexedConnection;

use crate::{Call, Fault};

/// A connection to Redis that runs the ledger's calls. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Runner {
    connection: MultiplexedConnection,
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Redis could not be reached, or refused the call. [`Fault::classify`] reads its text.
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// What Redis answered could not be read.
    #[error(transparent)]
    Reply(#[from] crate::Error),
}

impl Runner {
    /// Connects to Redis at an address like `redis://127.0.0.1:6379`.
    pub async fn connect(address: &str) -> Result<Self, Error> {
        let connection = redis::Client::open(address)?.get_multiplexed_async_connection().await?;
        Ok(Self { connection })
    }

    /// Runs a call: `EVALSHA`, and `EVAL` if Redis does not know the script yet.
    pub async fn run<R>(&self, call: Call<R>) -> Result<R, Error> {
        let reply = match self.send("EVALSHA", call.arguments()).await {
            Err(error) if Fault::classify(&error.to_string()) == Fault::NoScript => {
                self.send("EVAL", call.eval_arguments()).await?
            }
            other => other?,
        };
        Ok(call.decode(&reply)?)
    }

    async fn send(&self, command: &str, arguments: Vec<Vec<u8>>) -> redis::RedisResult<Vec<u8>> {
        redis::cmd(command)
            .arg(arguments)
            .query_async(&mut self.connection.clone())
            .await
    }
}
