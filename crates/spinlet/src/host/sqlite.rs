//! `spin:sqlite/sqlite@3.1.0`: the databases that `sqlite_databases` names, each a file of its own.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{
    hooks::{AuthAction, AuthContext, Authorization},
    types::{Value as SqlValue, ValueRef},
};
use wasmtime::{
    StoreContextMut,
    component::{
        Accessor, ComponentType, FutureReader, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType,
        StreamReader,
    },
};

use crate::{
    effects::Kind,
    guest::{Grants, Guest},
};

/// The databases that a component may open: label and place.
pub(crate) type Databases = BTreeMap<String, Location>;

/// Where a database is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// In a file, which is made when it is not there.
    File(PathBuf),
    /// Nowhere: each connection has an empty database to itself.
    Memory,
}

/// A connection that a guest holds.
#[derive(Clone)]
struct Connection {
    database: Arc<Mutex<rusqlite::Connection>>,
    grants: Arc<Grants>,
}

#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(variant)]
enum Error {
    #[component(name = "no-such-database")]
    #[allow(
        dead_code,
        reason = "part of the interface; a database that is not defined is refused at start"
    )]
    NoSuchDatabase,
    #[component(name = "access-denied")]
    AccessDenied,
    #[component(name = "invalid-connection")]
    InvalidConnection,
    #[component(name = "database-full")]
    #[allow(dead_code, reason = "part of the interface; local files have no quota")]
    DatabaseFull,
    #[component(name = "io")]
    Io(String),
}

#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(variant)]
enum Value {
    #[component(name = "integer")]
    Integer(i64),
    #[component(name = "real")]
    Real(f64),
    #[component(name = "text")]
    Text(String),
    #[component(name = "blob")]
    Blob(Vec<u8>),
    #[component(name = "null")]
    Null,
}

#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(record)]
struct Row {
    values: Vec<Value>,
}

#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(record)]
struct QueryResult {
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// What `execute-async` answers: columns, rows, and whether all of them came.
type Streamed = (Vec<String>, StreamReader<Row>, FutureReader<Result<(), Error>>);

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut interface = linker.instance("spin:sqlite/sqlite@3.1.0")?;
    interface.resource("connection", ResourceType::host::<Connection>(), |mut store, handle| {
        let connection = Resource::<Connection>::new_own(handle);
        store.data_mut().table.delete(connection)?;
        Ok(())
    })?;
    link_blocking(&mut interface)?;
    link_concurrent(&mut interface)
}

/// The functions of version 3.0: nothing else runs in the instance until they answer.
fn link_blocking(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap_async(
        "[static]connection.open",
        |mut store: StoreContextMut<'_, Guest>, (label,): (String,)| {
            Box::new(async move {
                let opened = open(store.data().location(&label)).await;
                Ok((opened.and_then(|connection| store.data_mut().keep(connection)),))
            })
        },
    )?;
    interface.func_wrap_async(
        "[method]connection.execute",
        |store: StoreContextMut<'_, Guest>,
         (connection, statement, parameters): (Resource<Connection>, String, Vec<Value>)| {
            Box::new(async move {
                let answer = match store.data().connection(&connection) {
                    Ok(connection) => connection.execute(statement, parameters).await,
                    Err(error) => Err(error),
                };
                Ok((answer,))
            })
        },
    )?;
    interface.func_wrap(
        "[method]connection.last-insert-rowid",
        |store: StoreContextMut<'_, Guest>, (connection,): (Resource<Connection>,)| {
            Ok((store.data().table.get(&connection)?.last_insert_rowid(),))
        },
    )?;
    interface.func_wrap(
        "[method]connection.changes",
        |store: StoreContextMut<'_, Guest>, (connection,): (Resource<Connection>,)| {
            Ok((store.data().table.get(&connection)?.changes(),))
        },
    )
}

/// The functions of version 3.1: the instance goes on meanwhile.
fn link_concurrent(interface: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    interface.func_wrap_concurrent(
        "[static]connection.open-async",
        |accessor: &Accessor<Guest>, (label,): (String,)| {
            Box::pin(async move {
                let opened = open(accessor.with(|mut access| access.get().location(&label))).await;
                Ok((opened.and_then(|connection| accessor.with(|mut access| access.get().keep(connection))),))
            })
        },
    )?;
    interface.func_wrap_concurrent(
        "[method]connection.execute-async",
        |accessor: &Accessor<Guest>,
         (connection, statement, parameters): (Resource<Connection>, String, Vec<Value>)| {
            Box::pin(async move {
                let found = accessor.with(|mut access| access.get().connection(&connection));
                let answer = match found {
                    Ok(connection) => connection.execute(statement, parameters).await,
                    Err(error) => return Ok((Err(error),)),
                };
                Ok((Ok(accessor.with(|access| stream(access, answer))?),))
            })
        },
    )?;
    interface.func_wrap_concurrent(
        "[method]connection.last-insert-rowid-async",
        |accessor: &Accessor<Guest>, (connection,): (Resource<Connection>,)| {
            Box::pin(async move {
                accessor.with(|mut access| Ok((access.get().table.get(&connection)?.last_insert_rowid(),)))
            })
        },
    )?;
    interface.func_wrap_concurrent(
        "[method]connection.changes-async",
        |accessor: &Accessor<Guest>, (connection,): (Resource<Connection>,)| {
            Box::pin(async move { accessor.with(|mut access| Ok((access.get().table.get(&connection)?.changes(),))) })
        },
    )
}

/// An answer as streams. As in Spin, a statement that failed is told at the end of the (empty) rows.
fn stream(
    mut store: impl wasmtime::AsContextMut<Data = Guest>,
    answer: Result<QueryResult, Error>,
) -> wasmtime::Result<Streamed> {
    let (columns, rows, end) = match answer {
        Ok(result) => (result.columns, result.rows, Ok(())),
        Err(error) => (Vec::new(), Vec::new(), Err(error)),
    };
    let rows = StreamReader::new(&mut store, rows)?;
    let end = FutureReader::new(&mut store, async move { wasmtime::error::Ok(end) })?;
    Ok((columns, rows, end))
}

impl Guest {
    fn location(&self, label: &str) -> Result<Location, Error> {
        let location = self.grants.databases.get(label).cloned();
        location.ok_or_else(|| {
            let component = &self.grants.component;
            tracing::warn!(component, "denied: `sqlite_databases` does not name {label:?}");
            Error::AccessDenied
        })
    }

    fn keep(&mut self, connection: rusqlite::Connection) -> Result<Resource<Connection>, Error> {
        let connection = Connection {
            database: Arc::new(Mutex::new(connection)),
            grants: Arc::clone(&self.grants),
        };
        self.table.push(connection).map_err(io)
    }

    /// The connection, for one statement, which is counted.
    fn connection(&self, connection: &Resource<Connection>) -> Result<Connection, Error> {
        let connection = self.table.get(connection).map_err(|_| Error::InvalidConnection)?;
        self.grants.counting.sqlite_statements.count();
        Ok(connection.clone())
    }
}

async fn open(location: Result<Location, Error>) -> Result<rusqlite::Connection, Error> {
    let location = location?;
    let opened = tokio::task::spawn_blocking(move || {
        let mut connection = match location {
            Location::File(path) => rusqlite::Connection::open(path),
            Location::Memory => rusqlite::Connection::open_in_memory(),
        }?;
        connection.authorizer(Some(authorize))?;
        Ok::<_, rusqlite::Error>(connection)
    });
    opened.await.map_err(io)?.map_err(io)
}

/// A statement must not reach other files than the one that was granted.
fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => Authorization::Deny,
        _ => Authorization::Allow,
    }
}

impl Connection {
    async fn execute(self, statement: String, parameters: Vec<Value>) -> Result<QueryResult, Error> {
        let (grants, what) = (Arc::clone(&self.grants), statement.clone());
        let executed = async {
            let executed = tokio::task::spawn_blocking(move || self.execute_blocking(&statement, parameters));
            executed.await.map_err(io)?.map_err(io)
        };
        let (watch, component) = (&grants.watch, &grants.component);
        watch.around(component, Kind::Sqlite, || what, executed).await
    }

    fn execute_blocking(&self, statement: &str, parameters: Vec<Value>) -> rusqlite::Result<QueryResult> {
        let connection = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare_cached(statement)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let parameters = rusqlite::params_from_iter(parameters.into_iter().map(SqlValue::from));
        let mut rows = Vec::new();
        let mut results = statement.query(parameters)?;
        while let Some(row) = results.next()? {
            let values = (0..columns.len()).map(|column| row.get_ref(column).and_then(value));
            rows.push(Row {
                values: values.collect::<rusqlite::Result<_>>()?,
            });
        }
        Ok(QueryResult { columns, rows })
    }

    fn last_insert_rowid(&self) -> i64 {
        self.database
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .last_insert_rowid()
    }

    fn changes(&self) -> u64 {
        self.database.lock().unwrap_or_else(PoisonError::into_inner).changes()
    }
}

impl From<Value> for SqlValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(number) => Self::Integer(number),
            Value::Real(number) => Self::Real(number),
            Value::Text(text) => Self::Text(text),
            Value::Blob(bytes) => Self::Blob(bytes),
            Value::Null => Self::Null,
        }
    }
}

fn value(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(_) => Value::Text(value.as_str()?.to_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

fn io(error: impl std::fmt::Display) -> Error {
    Error::Io(error.to_string())
}
