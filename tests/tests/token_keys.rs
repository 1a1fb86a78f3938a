//! Keys that are fetched from the identity provider: new ones, none, too many, and a provider that is away.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::time::Duration;

use end_to_end::{Caller, Provider, ProviderKey, Rig, eventually};
use reqwest::StatusCode;
use serde_json::json;

const ISSUER: &str = "https://login.school.example";

/// The application, which knows the provider's address and not its keys.
async fn rig(provider: &Provider, refresh_seconds: u32) -> Rig {
    let variables = [
        ("token_keys", String::new()),
        ("token_keys_url", provider.keys_url()),
        ("token_keys_origin", provider.origin()),
        ("token_keys_refresh_seconds", refresh_seconds.to_string()),
        ("token_issuer", ISSUER.to_owned()),
        ("token_audience", "dossier".to_owned()),
        ("token_tenant_claim", String::new()),
    ];
    Rig::with(|options, _| {
        options
            .variables
            .extend(variables.map(|(name, value)| (name.to_owned(), value)));
    })
    .await
}

fn bearer(rig: &Rig, key: &ProviderKey) -> Caller {
    let claims = json!({
        "iss": ISSUER, "aud": ["account", "dossier"], "exp": 4_000_000_000_u64, "sub": "ada", "scope": "openid submit evaluate operate",
    });
    rig.stranger.with_token(&key.sign(&claims))
}

/// One route of each component that checks tokens.
const ROUTES: [&str; 3] = ["/v1/submissions", "/v1/catalog/submissions", "/v1/queues"];

async fn status(caller: &Caller) -> [StatusCode; 3] {
    let mut statuses = [StatusCode::IM_A_TEAPOT; 3];
    for (status, path) in statuses.iter_mut().zip(ROUTES) {
        *status = caller.get(path).await.status;
    }
    statuses
}

/// Instances that have been idle for so long are gone, and with them what they remember.
async fn instances_end() {
    tokio::time::sleep(Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_rotated_and_outlive_their_provider() {
    let [first, second, third] = [1, 2, 3].map(ProviderKey::new);
    let mut provider = Provider::start(&[&first], 3600).await;
    let rig = rig(&provider, 1).await;
    assert_eq!(status(&bearer(&rig, &first)).await, [StatusCode::OK; 3]);
    assert_eq!(provider.asked(), 1, "one component asks for all of them");

    // A new key is found as soon as somebody shows it; until then the old set is good.
    provider.publish(&[&second, &first], 3600);
    eventually("the new key is taken", async || {
        (status(&bearer(&rig, &second)).await == [StatusCode::OK; 3]).then_some(())
    })
    .await;
    assert_eq!(status(&bearer(&rig, &first)).await, [StatusCode::OK; 3]);
    assert_eq!(
        status(&bearer(&rig, &third)).await,
        [StatusCode::UNAUTHORIZED; 3],
        "it is not among them"
    );

    // The provider is away: what is known is good, in new instances as well, and what is not is not.
    provider.down().await;
    instances_end().await;
    assert_eq!(status(&bearer(&rig, &second)).await, [StatusCode::OK; 3]);
    for status in status(&bearer(&rig, &third)).await {
        assert!(
            [StatusCode::UNAUTHORIZED, StatusCode::SERVICE_UNAVAILABLE].contains(&status),
            "{status}"
        );
    }

    // It answers with rubbish, with too much, with nothing that is of use: the old set stays.
    provider.up().await;
    let huge = json!({ "keys": [], "more": "x".repeat(1 << 20) })
        .to_string()
        .into_bytes();
    let useless = br#"{"keys":[{"kty":"oct","kid":"key-3","k":"c2VjcmV0"}]}"#.to_vec();
    for answer in [
        b"<html>Sorry</html>".to_vec(),
        huge,
        useless,
        Vec::new(),
        b"{\"keys\":".to_vec(),
    ] {
        provider.answer(answer, 3600);
        let asked = provider.asked();
        eventually("it was asked again", async || {
            assert_ne!(bearer(&rig, &third).get(ROUTES[1]).await.status, StatusCode::OK);
            (provider.asked() > asked).then_some(())
        })
        .await;
        assert_eq!(status(&bearer(&rig, &second)).await, [StatusCode::OK; 3]);
    }

    // A key that was taken back is good no longer than the set that had it.
    provider.publish(&[&third, &second], 1);
    eventually("the next set is there", async || {
        (status(&bearer(&rig, &third)).await == [StatusCode::OK; 3]).then_some(())
    })
    .await;
    provider.publish(&[&third], 1);
    eventually("the old key is not taken any more", async || {
        (status(&bearer(&rig, &second)).await == [StatusCode::UNAUTHORIZED; 3]).then_some(())
    })
    .await;
    assert_eq!(status(&bearer(&rig, &third)).await, [StatusCode::OK; 3]);

    // Redis has no key with a TTL but the alarms.
    let mut redis = redis::Client::open(rig.stack.redis().url())
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap();
    let left: i64 = redis::cmd("TTL")
        .arg("{dossier}:token-keys")
        .query_async(&mut redis)
        .await
        .unwrap();
    assert_eq!(left, -1, "it is there, for good");
    rig.end().await;
}

/// Tokens that name keys which nobody has do not become requests to the provider.
#[tokio::test(flavor = "multi_thread")]
async fn however_many_unknown_keys_there_are_the_provider_is_asked_now_and_then() {
    let good = ProviderKey::new(1);
    let provider = Provider::start(&[&good], 3600).await;
    let rig = rig(&provider, 3600).await;
    assert_eq!(status(&bearer(&rig, &good)).await, [StatusCode::OK; 3]);
    let asked = provider.asked();
    for number in 2..80 {
        let forged = bearer(&rig, &ProviderKey::new(number));
        assert_ne!(forged.get(ROUTES[usize::from(number) % 3]).await.status, StatusCode::OK);
    }
    assert_eq!(provider.asked(), asked, "the last time was less than an hour ago");
    assert_eq!(status(&bearer(&rig, &good)).await, [StatusCode::OK; 3]);
    rig.end().await;
}

/// Without keys nobody is let in, and nobody is told that their token is bad.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_was_never_there_is_no_fault_of_the_caller_s() {
    let key = ProviderKey::new(1);
    let mut provider = Provider::start(&[&key], 3600).await;
    provider.down().await;
    let rig = rig(&provider, 1).await;
    assert_eq!(status(&bearer(&rig, &key)).await, [StatusCode::SERVICE_UNAVAILABLE; 3]);
    assert_eq!(rig.stranger.get(ROUTES[0]).await.status, StatusCode::UNAUTHORIZED);
    provider.up().await;
    eventually("the keys are there", async || {
        (status(&bearer(&rig, &key)).await == [StatusCode::OK; 3]).then_some(())
    })
    .await;
    // Nobody outside reaches the component that fetches them.
    for path in ["/", "/?lacking=0"] {
        let answer = rig
            .stranger
            .send(
                reqwest::Method::GET,
                path,
                &[("host", "token-keys.spin.internal")],
                Vec::new(),
            )
            .await;
        assert!(!String::from_utf8_lossy(&answer.body).contains("fetched_at"), "{path}");
    }
    rig.end().await;
}
