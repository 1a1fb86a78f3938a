//! `spin:redis/redis@3.0.0`: a connection per `open`, to addresses that `allowed_outbound_hosts` names.

use std::sync::Arc;

use redis::{Arg, Cmd, ErrorKind, FromRedisValue, RedisError, Value, aio::MultiplexedConnection};
use wasmtime::component::{
    Accessor, ComponentNamedList, ComponentType, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType,
};

use crate::{effects::Kind, guest::Guest};

/// A connection that a guest holds.
struct Connection(MultiplexedConnection);

/// The interface's error; the trigger's handler returns it too.
#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(variant)]
pub(crate) enum Error {
    #[component(name = "invalid-address")]
    InvalidAddress,
    #[component(name = "too-many-connections")]
    TooManyConnections,
    #[component(name = "type-error")]
    WrongType,
    #[component(name = "other")]
    Other(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InvalidAddress => formatter.write_str("invalid address"),
            Self::TooManyConnections => formatter.write_str("too many connections"),
            Self::WrongType => formatter.write_str("type error"),
            Self::Other(reason) => formatter.write_str(reason),
        }
    }
}

#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(variant)]
enum Parameter {
    #[component(name = "int64")]
    Int64(i64),
    #[component(name = "binary")]
    Binary(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, ComponentType, Lift, Lower)]
#[component(variant)]
enum Reply {
    #[component(name = "nil")]
    Nil,
    #[component(name = "status")]
    Status(String),
    #[component(name = "int64")]
    Int64(i64),
    #[component(name = "binary")]
    Binary(Vec<u8>),
}

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut interface = linker.instance("spin:redis/redis@3.0.0")?;
    interface.resource("connection", ResourceType::host::<Connection>(), |mut store, handle| {
        let connection = Resource::<Connection>::new_own(handle);
        store.data_mut().table.delete(connection)?;
        Ok(())
    })?;
    interface.func_wrap_concurrent(
        "[static]connection.open",
        |accessor: &Accessor<Guest>, (address,): (String,)| {
            Box::pin(async move { Ok((open(accessor, &address).await,)) })
        },
    )?;

    let this = &mut interface;
    method::<_, ()>(
        this,
        "publish",
        |(connection, channel, payload): (_, String, Vec<u8>)| (connection, Cmd::publish(channel, payload)),
    )?;
    method::<_, Option<Vec<u8>>>(this, "get", |(connection, key): (_, String)| {
        (connection, Cmd::get(key))
    })?;
    method::<_, ()>(this, "set", |(connection, key, value): (_, String, Vec<u8>)| {
        (connection, Cmd::set(key, value))
    })?;
    method::<_, i64>(this, "incr", |(connection, key): (_, String)| {
        (connection, Cmd::incr(key, 1))
    })?;
    method::<_, u32>(this, "del", |(connection, keys): (_, Vec<String>)| {
        (connection, Cmd::del(keys))
    })?;
    method::<_, u32>(this, "sadd", |(connection, key, values): (_, String, Vec<String>)| {
        (connection, Cmd::sadd(key, values))
    })?;
    method::<_, Vec<String>>(this, "smembers", |(connection, key): (_, String)| {
        (connection, Cmd::smembers(key))
    })?;
    method::<_, u32>(this, "srem", |(connection, key, values): (_, String, Vec<String>)| {
        (connection, Cmd::srem(key, values))
    })?;
    interface.func_wrap_concurrent(
        "[method]connection.execute",
        |accessor: &Accessor<Guest>, (connection, name, arguments): (Resource<Connection>, String, Vec<Parameter>)| {
            Box::pin(async move {
                let mut command = redis::cmd(&name);
                for argument in arguments {
                    match argument {
                        Parameter::Int64(number) => command.arg(number),
                        Parameter::Binary(bytes) => command.arg(bytes),
                    };
                }
                let replies = send::<Replies>(accessor, &connection, &command).await;
                Ok((replies.map(|replies| replies.0).map_err(other),))
            })
        },
    )
}

/// Links a method that is one Redis command.
fn method<P, R>(
    interface: &mut LinkerInstance<'_, Guest>,
    name: &str,
    command: fn(P) -> (Resource<Connection>, Cmd),
) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lift + Send + 'static,
    R: FromRedisValue + ComponentType + Lower + Send + 'static,
{
    // Spin tells a wrong type apart for this method only.
    let failed = if name == "sadd" { type_error } else { other };
    interface.func_wrap_concurrent(
        &format!("[method]connection.{name}"),
        move |accessor: &Accessor<Guest>, parameters: P| {
            Box::pin(async move {
                let (connection, command) = command(parameters);
                let reply = send::<R>(accessor, &connection, &command).await;
                Ok((reply.map_err(failed),))
            })
        },
    )
}

async fn open(accessor: &Accessor<Guest>, address: &str) -> Result<Resource<Connection>, Error> {
    let grants = accessor.with(|mut access| access.get().grants.clone());
    if !grants.allowed_hosts.allow(address, "redis") {
        tracing::warn!(
            component = grants.component,
            "denied: `allowed_outbound_hosts` does not name the Redis that the component wants to reach"
        );
        return Err(Error::InvalidAddress);
    }
    let client = redis::Client::open(address).map_err(|_| Error::InvalidAddress)?;
    let connection = client.get_multiplexed_async_connection().await.map_err(other)?;
    grants.counting.redis_connections.count();
    accessor.with(|mut access| {
        let table = &mut access.get().table;
        table
            .push(Connection(connection))
            .map_err(|_| Error::TooManyConnections)
    })
}

async fn send<R: FromRedisValue>(
    accessor: &Accessor<Guest>,
    connection: &Resource<Connection>,
    command: &Cmd,
) -> Result<R, RedisError> {
    let found = accessor.with(|mut access| {
        let guest = access.get();
        guest.grants.counting.redis_commands.count();
        let connection = guest.table.get(connection).map(|connection| connection.0.clone());
        connection.map(|connection| (connection, Arc::clone(&guest.grants)))
    });
    let (mut connection, grants) =
        found.map_err(|_| (ErrorKind::ClientError, "could not find connection for resource"))?;
    let sent = command.query_async(&mut connection);
    let (watch, component) = (&grants.watch, &grants.component);
    watch.around(component, Kind::Redis, || name(command), sent).await
}

/// What may be told of a command: its name, and which script it runs.
fn name(command: &Cmd) -> String {
    let mut words = command.args_iter().filter_map(|argument| match argument {
        Arg::Simple(bytes) => Some(String::from_utf8_lossy(bytes)),
        Arg::Cursor => None,
    });
    let name = words.next().unwrap_or_default();
    match words.next() {
        Some(script) if name.eq_ignore_ascii_case("EVALSHA") => format!("{name} {script}"),
        _ => name.into_owned(),
    }
}

fn other(error: impl std::fmt::Display) -> Error {
    Error::Other(error.to_string())
}

fn type_error(error: RedisError) -> Error {
    if error.kind() == ErrorKind::TypeError {
        Error::WrongType
    } else {
        other(error)
    }
}

/// A reply with its nested arrays laid out flat, which is how `execute` answers.
struct Replies(Vec<Reply>);

impl FromRedisValue for Replies {
    fn from_redis_value(value: &Value) -> redis::RedisResult<Self> {
        let mut replies = Vec::new();
        flatten(value, &mut replies)?;
        Ok(Self(replies))
    }
}

fn flatten(value: &Value, replies: &mut Vec<Reply>) -> redis::RedisResult<()> {
    let unsupported = |what: &str| {
        Err(RedisError::from((
            ErrorKind::TypeError,
            "Could not convert Redis response",
            format!("Redis {what} type is not supported"),
        )))
    };
    replies.push(match value {
        Value::Array(values) | Value::Set(values) => {
            return values.iter().try_for_each(|value| flatten(value, replies));
        }
        Value::Nil => Reply::Nil,
        Value::Int(number) => Reply::Int64(*number),
        Value::Boolean(truth) => Reply::Int64(i64::from(*truth)),
        Value::BulkString(bytes) => Reply::Binary(bytes.clone()),
        Value::Double(number) => Reply::Binary(number.to_string().into_bytes()),
        Value::BigNumber(number) => Reply::Binary(number.to_string().into_bytes()),
        Value::SimpleString(text) => Reply::Status(text.clone()),
        Value::Okay => Reply::Status("OK".to_owned()),
        Value::Map(_) => return unsupported("Map"),
        Value::Attribute { .. } => return unsupported("Attribute"),
        Value::VerbatimString { .. } => return unsupported("verbatim string"),
        Value::Push { .. } => return unsupported("Pub/Sub"),
        Value::ServerError(error) => {
            return Err(RedisError::from((
                ErrorKind::ResponseError,
                "Server error",
                format!("{error:?}"),
            )));
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn nested_replies_come_out_flat_and_maps_do_not() {
        let nested = Value::Array(vec![
            Value::Okay,
            Value::Array(vec![Value::Int(1), Value::Array(vec![Value::Nil])]),
            Value::BulkString(b"b".to_vec()),
        ]);
        assert_eq!(
            Replies::from_redis_value(&nested).unwrap().0,
            [
                Reply::Status("OK".to_owned()),
                Reply::Int64(1),
                Reply::Nil,
                Reply::Binary(b"b".to_vec())
            ]
        );
        assert!(Replies::from_redis_value(&Value::Map(Vec::new())).is_err());
    }
}
