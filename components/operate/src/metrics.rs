//! What there is in the queues and what the ledger has counted, as `OpenMetrics` text (version 1.0.0).

use std::fmt;

use api::Problem;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use ledger::{CircuitState, Histogram, Metrics, QueueStats};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use spin_edge::{Reply, ledger_failed, set};

use crate::Operator;

const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) async fn show(operator: &Operator) -> Result<Reply, Problem> {
    let names: Vec<_> = operator.queues.iter().map(String::as_str).collect();
    let (client, ledger) = (&operator.client, operator.client.ledger());
    let (queues, metrics) = futures::future::try_join(
        client.run(ledger.queue_stats(&names)),
        client.run(ledger.metrics(&names)),
    )
    .await
    .map_err(ledger_failed)?;
    let text = written(Collected { queues, metrics }).map_err(Problem::internal)?;
    let mut reply = spin_edge::whole(StatusCode::OK, text.into_bytes());
    set(&mut reply, CONTENT_TYPE, MEDIA_TYPE)?;
    set(&mut reply, CACHE_CONTROL, "no-store")?;
    Ok(reply)
}

fn written(collected: Collected) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("dossier");
    registry.register_collector(Box::new(collected));
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

/// What was read from the ledger.
#[derive(Debug)]
struct Collected {
    queues: Vec<QueueStats>,
    metrics: Metrics,
}

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        self.gauges(&mut encoder)?;
        self.counters(&mut encoder)?;
        self.durations(&mut encoder)
    }
}

impl Collected {
    fn gauges(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: fn(&QueueStats) -> u64| {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for stats in &self.queues {
                one(
                    &mut family,
                    &[("queue", stats.queue.as_str())],
                    &ConstGauge::new(value(stats)),
                )?;
            }
            Ok::<(), fmt::Error>(())
        };
        gauge("queue_depth", "Items in the queue, without its dead letters", |queue| {
            queue.depth
        })?;
        gauge("queue_due", "Items that a worker could take now", |queue| queue.due)?;
        gauge("queue_in_flight", "Items that workers hold", |queue| queue.in_flight)?;
        gauge("queue_waiting", "Items that wait for a callback", |queue| queue.waiting)?;
        gauge("queue_delayed", "Items that wait for their next attempt", |queue| {
            queue.delayed
        })?;
        gauge(
            "queue_dead_letters",
            "Items that were given up and wait for a person",
            |queue| queue.dead,
        )?;
        gauge("queue_paused", "1 if an operator has paused the queue", |queue| {
            u64::from(queue.paused.is_some())
        })?;
        gauge(
            "queue_circuit_open",
            "1 if what the queue depends on is taken to be down",
            |queue| {
                u64::from(
                    queue
                        .circuit
                        .is_some_and(|circuit| matches!(circuit.state, CircuitState::Open | CircuitState::HalfOpen)),
                )
            },
        )?;
        let mut ages = encoder.encode_descriptor(
            "queue_oldest_due",
            "For how long the oldest of what is due has been due",
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        for stats in &self.queues {
            let age = stats.oldest_due_age.unwrap_or_default().as_secs_f64();
            one(&mut ages, &[("queue", stats.queue.as_str())], &ConstGauge::new(age))?;
        }
        Ok(())
    }

    fn counters(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut counter = |name: &str, help: &str, value: fn(&ledger::QueueMetrics) -> u64| {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for queue in &self.metrics.queues {
                one(
                    &mut family,
                    &[("queue", queue.queue.as_str())],
                    &ConstCounter::new(value(queue)),
                )?;
            }
            Ok::<(), fmt::Error>(())
        };
        counter("attempts", "How often an item was taken", |queue| queue.attempts)?;
        counter("dead_lettered", "How often an item was given up", |queue| {
            queue.dead_lettered
        })?;
        counter(
            "circuit_opened",
            "How often what the queue depends on was found to be down",
            |queue| queue.breaker_opened,
        )?;
        let help = "How often an attempt failed, by reason";
        let mut family = encoder.encode_descriptor("failures", help, None, MetricType::Counter)?;
        for queue in &self.metrics.queues {
            for (reason, count) in &queue.failures {
                let labels = [("queue", queue.queue.as_str()), ("reason", reason.as_str())];
                one(&mut family, &labels, &ConstCounter::new(*count))?;
            }
        }
        Ok(())
    }

    fn durations(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut family = encoder.encode_descriptor(
            "stage_duration",
            "How long documents stayed in a state before they left it",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        for (state, histogram) in self.metrics.durations.iter().filter(|(state, _)| !state.is_terminal()) {
            one(&mut family, &[("state", state.as_str())], &Durations(histogram))?;
        }
        Ok(())
    }
}

/// One line, or one histogram, of a family.
fn one(
    family: &mut MetricEncoder<'_>,
    labels: &impl EncodeLabelSet,
    metric: &impl EncodeMetric,
) -> Result<(), fmt::Error> {
    metric.encode(family.encode_family(labels)?)
}

struct Durations<'a>(&'a Histogram);

impl EncodeMetric for Durations<'_> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let longer = std::iter::once((f64::MAX, self.0.longer));
        let buckets: Vec<_> = self
            .0
            .buckets
            .iter()
            .map(|(bound, count)| (bound.as_secs_f64(), *count))
            .chain(longer)
            .collect();
        encoder.encode_histogram::<NoLabelSet>(self.0.sum.as_secs_f64(), self.0.count(), &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
