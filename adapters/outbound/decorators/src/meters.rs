//! Numbers of calls to back ends, for operators. No user's text is ever a label.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper ends of the classes of durations, in seconds.
const SECONDS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BackEnd {
    section: &'static str,
    adapter: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    section: &'static str,
    adapter: String,
    outcome: &'static str,
}

/// The numbers of all guarded back ends of a program. Copies share them.
#[derive(Clone, Debug)]
pub struct Meters {
    calls: Family<Ended, Counter>,
    durations: Family<BackEnd, Histogram>,
    open: Family<BackEnd, Gauge>,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            calls: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            open: Family::default(),
        }
    }
}

impl Meters {
    /// Shows them in `registry`.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "back_end_calls",
            "Calls to back ends by how they ended: answered, failed, late, or not made because \
             the breaker was open or too many were under way",
            self.calls.clone(),
        );
        registry.register_with_unit(
            "back_end_call_duration",
            "Time until a back end answered or failed",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "back_end_breaker_open",
            "1 while a failing back end is not asked, else 0",
            self.open.clone(),
        );
    }

    pub(crate) fn of(&self, section: &'static str, adapter: &str) -> Meter {
        let meter = Meter {
            meters: self.clone(),
            section,
            adapter: adapter.to_owned(),
        };
        meter.opened(false);
        meter
    }
}

/// The numbers of one back end.
#[derive(Debug)]
pub(crate) struct Meter {
    meters: Meters,
    section: &'static str,
    adapter: String,
}

impl Meter {
    pub(crate) fn ended(&self, outcome: &'static str) {
        let ended = Ended {
            section: self.section,
            adapter: self.adapter.clone(),
            outcome,
        };
        self.meters.calls.get_or_create(&ended).inc();
    }

    pub(crate) fn took(&self, duration: Duration) {
        let durations = self.meters.durations.get_or_create(&self.back_end());
        durations.observe(duration.as_secs_f64());
    }

    pub(crate) fn opened(&self, open: bool) {
        let gauge = self.meters.open.get_or_create(&self.back_end());
        gauge.set(i64::from(open));
    }

    fn back_end(&self) -> BackEnd {
        BackEnd {
            section: self.section,
            adapter: self.adapter.clone(),
        }
    }
}
