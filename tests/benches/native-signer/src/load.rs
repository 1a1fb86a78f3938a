//! The same request, again and again, over several connections.

use std::time::{Duration, Instant};

use anyhow::ensure;
use futures::future::try_join_all;

/// What is asked, and how often.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where.
    url: String,
    /// The bearer token.
    token: String,
    /// The body.
    body: String,
    /// How many requests are on their way at once.
    #[arg(long, default_value_t = 16)]
    at_once: usize,
    /// For how long.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let http = reqwest::Client::new();
    let begun = Instant::now();
    let end = begun + Duration::from_secs(arguments.seconds);
    let one = async || -> anyhow::Result<u64> {
        let mut count = 0;
        while Instant::now() < end {
            let request = http.post(&arguments.url).bearer_auth(&arguments.token);
            let request = request
                .header("content-type", "application/json")
                .body(arguments.body.clone());
            let answer = request.send().await?;
            ensure!(answer.status().is_success(), "the answer is {}", answer.status());
            answer.bytes().await?;
            count += 1;
        }
        Ok(count)
    };
    let counts = try_join_all((0..arguments.at_once).map(|_| one())).await?;
    let per_second = counts.iter().sum::<u64>() as f64 / begun.elapsed().as_secs_f64();
    println!("{}", serde_json::json!({ "per_second": per_second }));
    Ok(())
}
