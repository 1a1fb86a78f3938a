//! Keeps a part of the stack running: started again when it ends by itself, stopped and started on request.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{error, info, warn};

/// The shortest and the longest pause before a part is started again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// A part that ran for so long was well: it is started again after the shortest pause.
const WELL: Duration = Duration::from_secs(5);

/// Something that runs, ends, and can be started again.
pub(crate) trait Part: Send + 'static {
    /// What runs. Dropping it must end it, if not gracefully.
    type Running: Send;
    /// Why it could not be started.
    type Error: std::error::Error + Send + Sync + 'static;
    /// What people call it.
    const NAME: &'static str;

    /// Starts it and waits until it is ready. May be cancelled.
    fn start(&mut self) -> impl Future<Output = Result<Self::Running, Self::Error>> + Send;
    /// Waits until it ends by itself, and says why. May be cancelled.
    fn ended(&mut self, running: &mut Self::Running) -> impl Future<Output = String> + Send;
    /// Ends it gracefully, or sees to what is left of one that has ended.
    fn stop(&mut self, running: Self::Running) -> impl Future<Output = ()> + Send;
}

/// What a part is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Up,
    Down,
    /// Down, and the supervisor with it.
    Gone,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// Whether it is ready.
    pub(crate) up: bool,
    /// How often it was started.
    pub(crate) starts: u32,
}

/// A part under supervision.
#[derive(Debug)]
pub(crate) struct Supervisor {
    wanted: watch::Sender<Wanted>,
    state: watch::Receiver<State>,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// Starts a part. When the first start fails, that is all that happens.
    pub(crate) async fn start<P: Part>(mut part: P) -> Result<Self, P::Error> {
        let running = part.start().await?;
        let (wanted, wanted_receiver) = watch::channel(Wanted::Up);
        let (state_sender, state) = watch::channel(State { up: true, starts: 1 });
        let task = tokio::spawn(supervise(part, running, wanted_receiver, state_sender));
        Ok(Self { wanted, state, task })
    }

    /// What the part is now, and what it becomes.
    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// How often the part was started.
    pub(crate) fn starts(&self) -> u32 {
        self.state.borrow().starts
    }

    /// Waits until the part has been started this often, and is ready.
    pub(crate) async fn started(&self, times: u32) {
        // The sender is gone when the supervisor is; then nothing changes any more, and there is nothing to wait for.
        let _ = self.state().wait_for(|state| state.up && state.starts >= times).await;
    }

    /// Stops the part, until [`Supervisor::up`].
    pub(crate) async fn down(&self) {
        self.wanted.send_replace(Wanted::Down);
        self.wait_for(false).await;
    }

    /// Starts the part after [`Supervisor::down`].
    pub(crate) async fn up(&self) {
        self.wanted.send_replace(Wanted::Up);
        self.wait_for(true).await;
    }

    async fn wait_for(&self, up: bool) {
        // The sender is gone when the supervisor is; then nothing changes any more, and there is nothing to wait for.
        let _ = self.state().wait_for(|state| state.up == up).await;
    }

    /// Stops the part for good.
    pub(crate) async fn shutdown(self) {
        self.wanted.send_replace(Wanted::Gone);
        if let Err(error) = self.task.await {
            error!("a supervisor ended badly: {error}");
        }
    }
}

async fn supervise<P: Part>(
    mut part: P,
    running: P::Running,
    mut wanted: watch::Receiver<Wanted>,
    state: watch::Sender<State>,
) {
    let mut running = Some(running);
    let mut since = Instant::now();
    let mut pause = PAUSES.0;
    loop {
        let now_wanted = *wanted.borrow_and_update();
        match (now_wanted, running.take()) {
            (Wanted::Up, Some(mut current)) => tokio::select! {
                reason = part.ended(&mut current) => {
                    warn!("{} ended: {reason}", P::NAME);
                    state.send_modify(|state| state.up = false);
                    part.stop(current).await;
                    pause = if since.elapsed() > WELL { PAUSES.0 } else { (pause * 2).min(PAUSES.1) };
                    let _ = tokio::time::timeout(pause, wanted.changed()).await;
                }
                change = wanted.changed() => {
                    if change.is_err() {
                        // Nobody holds the supervisor any more.
                        part.stop(current).await;
                        return;
                    }
                    running = Some(current);
                }
            },
            (Wanted::Up, None) => tokio::select! {
                started = part.start() => match started {
                    Ok(current) => {
                        running = Some(current);
                        since = Instant::now();
                        state.send_modify(|state| *state = State { up: true, starts: state.starts + 1 });
                        info!("{} is up again", P::NAME);
                    }
                    Err(problem) => {
                        error!("{} could not be started: {}; trying again in {pause:?}", P::NAME, chain(&problem));
                        let _ = tokio::time::timeout(pause, wanted.changed()).await;
                        pause = (pause * 2).min(PAUSES.1);
                    }
                },
                change = wanted.changed() => if change.is_err() { return },
            },
            (Wanted::Down | Wanted::Gone, Some(current)) => {
                part.stop(current).await;
                state.send_modify(|state| state.up = false);
            }
            (Wanted::Down, None) => {
                if wanted.changed().await.is_err() {
                    return;
                }
            }
            (Wanted::Gone, None) => return,
        }
    }
}

/// An error and its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
