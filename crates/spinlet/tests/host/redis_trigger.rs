//! The Redis trigger, held against what Spin does.
//!
//! The guest writes `begin N` and `end N` to a list, where N counts the events that its instance has seen.

use crate::rig::{Folder, PATIENCE, Redis, body};
use spinlet::Stop;

const MANIFEST: &str = r#"
spin_manifest_version = 2

[application]
name = "bells"
trigger.redis.address = "{{ redis_address }}"

[variables]
redis_address = { required = true }
queue = { default = "first" }

[[trigger.redis]]
channel = "bell:{{ queue }}"
component = "probe"

[[trigger.redis]]
channel = "bell:second"
component = "probe"

[[trigger.redis]]
address = "{{ redis_address }}/2"
channel = "bell:elsewhere"
component = "probe"

[[trigger.redis]]
channel = "bell:both"
component = "probe"

[[trigger.redis]]
channel = "bell:both"
component = "other"

[[trigger.http]]
route = "/..."
component = "probe"

[component.probe]
source = "probe.wasm"
allowed_outbound_hosts = ["{{ redis_address }}"]
variables = { redis_address = "{{ redis_address }}" }

[component.other]
source = "probe.wasm"
allowed_outbound_hosts = ["{{ redis_address }}"]
variables = { redis_address = "{{ redis_address }}" }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_one_address_are_handled_one_by_one_in_fresh_instances() {
    let redis = Redis::start();
    let folder = Folder::new(MANIFEST);
    let app = folder
        .options()
        .variable("redis_address", redis.address())
        .start()
        .await
        .unwrap();
    for channel in ["bell:first", "bell:second", "bell:first"] {
        redis.command(&["PUBLISH", channel, "log 20"]);
    }
    let log = redis.wait_for("log", 6).await;
    assert_eq!(
        log,
        ["begin 1", "end 1"].repeat(3),
        "one after the other, and each the first of its instance"
    );
    let counters = app.counters()["probe"];
    assert_eq!((counters.redis_messages, counters.instances), (3, 3));
    assert_eq!((counters.redis_connections, counters.redis_commands), (3, 6));
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_addresses_are_heard_side_by_side() {
    let redis = Redis::start();
    let folder = Folder::new(MANIFEST);
    let app = folder
        .options()
        .variable("redis_address", redis.address())
        .start()
        .await
        .unwrap();
    // The first waits until long after the second is done.
    redis.command(&["PUBLISH", "bell:first", "slow 3000"]);
    redis.wait_for("slow", 1).await;
    redis.command(&["PUBLISH", "bell:elsewhere", "fast 0"]);
    redis.wait_for("fast", 2).await;
    assert_eq!(redis.list("slow"), ["begin 1"]);
    // Two components of one channel hear a message at the same time.
    redis.wait_for("slow", 2).await;
    redis.command(&["PUBLISH", "bell:both", "shared 1000"]);
    assert_eq!(
        redis.wait_for("shared", 4).await,
        ["begin 1", "begin 1", "end 1", "end 1"]
    );
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_fails_or_traps_stops_nothing_and_its_message_is_gone() {
    let redis = Redis::start();
    let folder = Folder::new(MANIFEST);
    let app = folder
        .options()
        .variable("redis_address", redis.address())
        .start()
        .await
        .unwrap();
    for message in ["log 0 fail", "log 0 trap", "log 0"] {
        redis.command(&["PUBLISH", "bell:first", message]);
    }
    let log = redis.wait_for("log", 4).await;
    assert_eq!(log, ["begin 1", "begin 1", "begin 1", "end 1"]);
    assert_eq!(app.counters()["probe"].redis_messages, 3);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_redis_ends_the_application_and_frees_its_port() {
    let redis = Redis::start();
    let port = redis.port;
    let folder = Folder::new(MANIFEST);
    let options = folder.options().variable("redis_address", redis.address());
    let mut app = options.clone().start().await.unwrap();
    let address = app.address();
    drop(redis);
    let stop = tokio::time::timeout(PATIENCE, app.stopped()).await.unwrap();
    let lost = Stop::RedisLost {
        address: format!("127.0.0.1:{port}"),
    };
    assert_eq!(stop, lost);
    assert_eq!(app.stopped().await, lost, "the reason stays known");

    // What a supervisor does then.
    let _redis = Redis::start_on(port).expect("its port is free again");
    let mut again = options;
    again.listen = address;
    let app = again.start().await.unwrap();
    assert_eq!(body(&app, "/count").await, "1");
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shutting_down_finishes_the_message_at_hand() {
    let redis = Redis::start();
    let folder = Folder::new(MANIFEST);
    let app = folder
        .options()
        .variable("redis_address", redis.address())
        .start()
        .await
        .unwrap();
    redis.command(&["PUBLISH", "bell:first", "log 1500"]);
    redis.command(&["PUBLISH", "bell:first", "later 0"]);
    redis.wait_for("log", 1).await;
    app.shutdown().await;
    assert_eq!(redis.list("log"), ["begin 1", "end 1"]);
    assert!(redis.list("later").is_empty(), "and begins no other");
}
