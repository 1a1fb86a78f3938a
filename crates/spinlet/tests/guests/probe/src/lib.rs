//! Does what the path (or the message) says, and answers with what came of it.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use spin_sdk::{
    http::{self, BoxBody, FullBody, Request, Response, body::IncomingBodyExt, box_body},
    http_service,
    redis::{self, RedisParameter, RedisResult},
    redis_subscriber,
    sqlite::{self, Value},
    time::sleep,
    variables,
};
use url::Url;

/// Events that this instance has seen.
static EVENTS: AtomicU64 = AtomicU64::new(0);

/// A test replaces the text to make another version of the component.
const VERSION: &str = "probe version 1";

#[http_service]
async fn handle(request: Request) -> Response<BoxBody> {
    let event = EVENTS.fetch_add(1, Ordering::Relaxed) + 1;
    let url = Url::parse(&format!("http://probe{}", request.uri())).or_else(|_| Url::parse(&request.uri().to_string()));
    let url = url.unwrap();
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let argument = |name: &str| query.get(name).map_or("", String::as_str);
    let milliseconds = |name: &str| Duration::from_millis(argument(name).parse().unwrap_or(0));

    let action = url.path().rsplit('/').next().unwrap_or_default().to_owned();
    let answer = match action.as_str() {
        "count" => event.to_string(),
        "version" => VERSION.to_owned(),
        "sleep" => {
            sleep(milliseconds("ms")).await;
            format!("{VERSION}, event {event}")
        }
        "compute" => loop {
            std::hint::black_box(event);
        },
        "trap" => panic!("the guest gave up"),
        "print" => {
            println!("to standard output: {}", argument("text"));
            eprintln!("to standard error: {}", argument("text"));
            "printed".to_owned()
        }
        "file" => std::fs::read_to_string(argument("path")).unwrap_or_else(|error| error.to_string()),
        "tcp" => std::net::TcpStream::connect(argument("address"))
            .map_or_else(|error| error.to_string(), |_| "connected".to_owned()),
        "headers" => spin_headers(&request),
        "environment" => std::env::var(argument("name")).unwrap_or_else(|error| error.to_string()),
        "variable" => variables::get(argument("name"))
            .await
            .unwrap_or_else(|error| format!("{error:?}")),
        "redis" => redis_roundtrip(argument("address"))
            .await
            .unwrap_or_else(|error| format!("{error:?}")),
        "http" => fetch(argument("url")).await,
        "sqlite" => query_database(argument("database"), argument("statement"))
            .await
            .unwrap_or_else(|error| format!("{error:?}")),
        "echo" => return Response::new(box_body(request.into_body())),
        _ => {
            return Response::builder()
                .status(404)
                .body(box_body(FullBody::new(Bytes::new())))
                .unwrap();
        }
    };
    Response::new(box_body(FullBody::new(Bytes::from(answer))))
}

fn spin_headers(request: &Request) -> String {
    let headers: BTreeMap<&str, &str> = request
        .headers()
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("spin-"))
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    serde_json::to_string(&headers).unwrap()
}

async fn redis_roundtrip(address: &str) -> Result<String, redis::Error> {
    let connection = redis::Connection::open(address).await?;
    connection.set("probe", b"value").await?;
    let value = connection.get("probe").await?.unwrap_or_default();
    let argument = |text: &str| RedisParameter::Binary(text.as_bytes().to_vec());
    let script = "return {1, {'two', {false}}, redis.status_reply('three')}";
    let nested = connection
        .execute("EVAL", [argument(script), RedisParameter::Int64(0)])
        .await?
        .into_iter()
        .map(|reply| match reply {
            RedisResult::Nil => "nil".to_owned(),
            RedisResult::Status(text) => format!("status {text}"),
            RedisResult::Int64(number) => number.to_string(),
            RedisResult::Binary(bytes) => String::from_utf8(bytes).unwrap(),
        });
    let nested: Vec<String> = nested.collect();
    let failed = connection.execute("HGETALL", [argument("probe")]).await.is_err();
    let members = connection.sadd("probe-set", &["a".to_owned(), "b".to_owned()]).await?;
    let removed = connection.del(&["probe".to_owned(), "probe-set".to_owned()]).await?;
    let value = String::from_utf8(value).unwrap();
    Ok(format!(
        "{value}; {}; {failed}; {members}; {removed}",
        nested.join(", ")
    ))
}

async fn fetch(url: &str) -> String {
    match http::get(url).await {
        Err(error) => format!("{error:?}"),
        Ok(response) => {
            let status = response.status();
            let body = response.into_body().bytes().await.unwrap();
            format!("{} {}", status.as_u16(), String::from_utf8_lossy(&body))
        }
    }
}

async fn query_database(database: &str, statement: &str) -> Result<String, sqlite::Error> {
    let connection = sqlite::Connection::open(database).await?;
    let result = connection.execute(statement, []).await?;
    let columns = result.columns().join(",");
    let rows: Vec<String> = result
        .collect()
        .await?
        .into_iter()
        .map(|row| {
            let values = row.values.into_iter().map(|value| match value {
                Value::Integer(number) => number.to_string(),
                Value::Real(number) => number.to_string(),
                Value::Text(text) => text,
                Value::Blob(bytes) => format!("{} bytes", bytes.len()),
                Value::Null => "null".to_owned(),
            });
            values.collect::<Vec<_>>().join(",")
        })
        .collect();
    Ok(format!(
        "{columns}: {} ({} changed)",
        rows.join("; "),
        connection.changes().await
    ))
}

/// A message is `KEY MILLISECONDS [fail|trap]`: beginning and end are written to the list KEY, with that long in between.
#[redis_subscriber]
async fn hear(message: Bytes) -> anyhow::Result<()> {
    let event = EVENTS.fetch_add(1, Ordering::Relaxed) + 1;
    let text = String::from_utf8_lossy(&message).into_owned();
    let words: Vec<&str> = text.split(' ').collect();
    let address = variables::get("redis_address").await?;
    let connection = redis::Connection::open(&address).await?;
    let push = async |what: &str| {
        let arguments =
            [words[0].to_owned(), format!("{what} {event}")].map(|text| RedisParameter::Binary(text.into()));
        connection.execute("RPUSH", arguments).await
    };
    push("begin").await?;
    sleep(Duration::from_millis(words[1].parse()?)).await;
    match words.get(2) {
        Some(&"fail") => anyhow::bail!("as told"),
        Some(&"trap") => panic!("as told"),
        _ => {}
    }
    push("end").await?;
    Ok(())
}
