//! A short storm with one seed. The long ones are a command: `cargo xtask chaos`.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use chaos::cluster::Settings;
use chaos::storm::{Storm, rage};
use end_to_end::project;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_in_a_short_storm() -> Result<()> {
    let settings = Settings::new(project(), env!("CARGO_BIN_EXE_spinlet-host"));
    let storm = Storm {
        seed: 7,
        documents: 100,
        length: Duration::from_secs(20),
        hosts: 2,
    };
    let replay = "cargo xtask chaos --seed 7 --documents 100 --seconds 20";
    let aftermath = rage(settings, storm, |line| eprintln!("{line}"))
        .await
        .context(replay)?;
    eprint!("{}", aftermath.report);
    ensure!(
        aftermath.report.is_well(),
        "something was wrong; what was left is in {:?}\nagain: {replay}",
        aftermath.kept
    );
    Ok(())
}
