//! What every page has around its content, and the words that templates ask for.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use warifu_core::domain::Timestamp;
use warifu_messages::{Locale, Messages, Moments};
use warifu_wire::Message;

use super::assets;
use super::field::Field;
use crate::public_addresses::PublicAddresses;
use crate::settings::{LocalText, Site};

/// The frame of a page.
#[derive(Clone)]
pub(super) struct Frame {
    pub(super) locale: Locale,
    pub(super) messages: &'static Messages,
    pub(super) site: Arc<Site>,
    /// Where links to other surfaces go.
    pub(super) addresses: Arc<PublicAddresses>,
    /// The name of the screen.
    pub(super) title: String,
    /// Stands for the whole title, where it differs.
    pub(super) whole_title: Option<String>,
    /// What is wrong with what was entered.
    pub(super) problems: Vec<Problem>,
    /// The address that shows this page again by GET, where there is one.
    pub(super) address: Option<String>,
    /// Whether the page holds a secret: neither translated nor left for another language.
    pub(super) secret: bool,
    pub(super) demo: bool,
    pub(super) session_limits: SessionLimits,
    pub(super) member: Option<MemberFrame>,
    pub(super) steps: Option<Steps>,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionLimits {
    /// Without anything being done.
    pub(super) idle: Duration,
    /// In any case.
    pub(super) absolute: Duration,
}

/// What is wrong with an entry.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The field to go to.
    pub(super) field: &'static str,
    /// What to do about it.
    pub(super) text: String,
    /// Whether the field itself is marked, which a failed authentication does not do.
    pub(super) marks_field: bool,
}

/// The frame's part for who is logged in.
#[derive(Clone)]
pub(super) struct MemberFrame {
    /// As the header addresses them.
    pub(super) called: String,
    pub(super) previous_login: Option<Timestamp>,
    /// The first page of the surface.
    pub(super) base: &'static str,
    pub(super) logout_token: String,
    pub(super) menu: Vec<MenuEntry>,
    pub(super) idle_seconds: u64,
    pub(super) absolute_seconds: u64,
}

/// A page in the menu.
#[derive(Clone, Debug)]
pub(super) struct MenuEntry {
    pub(super) href: &'static str,
    pub(super) label: &'static str,
    pub(super) current: bool,
}

/// The steps of a procedure and where in it the page stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    labels: &'static [&'static str],
    current: usize,
    done: usize,
}

/// One of the steps.
pub(super) struct Step {
    pub(super) number: usize,
    pub(super) label: &'static str,
    pub(super) current: bool,
    pub(super) past: bool,
}

impl Steps {
    /// Reissuing for another.
    pub(super) const fn of_reissue(current: usize) -> Self {
        let labels = &["select-step-1", "select-step-2", "select-step-3"];
        Self {
            labels,
            current,
            done: current - 1,
        }
    }

    /// Reissuing for oneself and getting a certificate.
    pub(super) const fn of_self_service(current: usize) -> Self {
        let labels = &["self-step-1", "self-step-2", "self-step-3", "self-step-4"];
        Self {
            labels,
            current,
            done: current - 1,
        }
    }

    /// Getting a certificate with a password that came another way.
    pub(super) const fn of_retrieval() -> Self {
        Self {
            labels: &["self-step-1", "self-step-4"],
            current: 2,
            done: 1,
        }
    }

    /// Taking a paper form down and putting it forward.
    pub(super) const fn of_intake(current: usize) -> Self {
        let labels = &["office-step-1", "office-step-2", "office-step-3"];
        Self {
            labels,
            current,
            done: current - 1,
        }
    }

    pub(super) const fn total(&self) -> usize {
        self.labels.len()
    }

    pub(super) fn entries(&self) -> Vec<Step> {
        let step = |(index, label): (usize, &&'static str)| Step {
            number: index + 1,
            label,
            current: index + 1 == self.current,
            past: index < self.done,
        };
        self.labels.iter().enumerate().map(step).collect()
    }
}

/// A link to the same page in the other language.
pub(super) struct LanguageLink {
    pub(super) href: String,
    pub(super) tag: &'static str,
    pub(super) name: &'static str,
}

// Templates hand over references of any depth; taking them here keeps the templates free of
// dereferencing.
#[allow(clippy::trivially_copy_pass_by_ref, clippy::unused_self)]
impl Frame {
    /// The text `id`.
    pub(super) fn t(&self, id: &str) -> String {
        self.messages.text(self.locale, id, &[])
    }

    /// The text `id` with one argument.
    pub(super) fn t1(&self, id: &str, name: &str, value: impl Display) -> String {
        self.messages
            .text(self.locale, id, &[(name, Cow::Owned(value.to_string()))])
    }

    /// The text `id` with two arguments.
    pub(super) fn t2(
        &self,
        id: &str,
        first: &str,
        first_value: impl Display,
        second: &str,
        second_value: impl Display,
    ) -> String {
        let arguments = [
            (first, Cow::Owned(first_value.to_string())),
            (second, Cow::Owned(second_value.to_string())),
        ];
        self.messages.text(self.locale, id, &arguments)
    }

    /// The text `id` with three counts.
    pub(super) fn t3(
        &self,
        id: &str,
        first: (&str, usize),
        second: (&str, usize),
        third: (&str, usize),
    ) -> String {
        let arguments =
            [first, second, third].map(|(name, count)| (name, Cow::Owned(count.to_string())));
        self.messages.text(self.locale, id, &arguments)
    }

    /// A message in words.
    pub(super) fn say(&self, message: &Message) -> String {
        message.text(self.messages, self.locale, self.moments())
    }

    /// The title as browsers show it.
    pub(super) fn full_title(&self) -> String {
        if let Some(title) = &self.whole_title {
            return title.clone();
        }
        let (screen, service) = (&self.title, self.service_name());
        if self.failed() {
            self.t2("frame-title-failed", "screen", screen, "service", service)
        } else {
            self.t2("frame-title", "screen", screen, "service", service)
        }
    }

    /// Whether something was wrong with what was entered.
    pub(super) fn failed(&self) -> bool {
        !self.problems.is_empty()
    }

    pub(super) fn service_name(&self) -> &str {
        self.local(&self.site.service_name)
    }

    /// The text of the page's language.
    pub(super) fn local<'a>(&self, text: &'a LocalText) -> &'a str {
        text.of(self.locale)
    }

    fn moments(&self) -> Moments {
        Moments::new(self.locale, self.site.utc_offset_minutes)
    }

    /// The time zone that every moment is shown in.
    pub(super) fn zone(&self) -> String {
        self.moments().zone()
    }

    pub(super) fn date_time(&self, moment: &Timestamp) -> String {
        self.moments().date_time(*moment)
    }

    /// The day of a moment, as forms take it.
    pub(super) fn day(&self, moment: Timestamp) -> String {
        self.moments().day(moment)
    }

    pub(super) fn date_time_seconds(&self, moment: &Timestamp) -> String {
        self.moments().date_time_seconds(*moment)
    }

    /// A time that is a limit, such as `1時間30分`.
    pub(super) fn span(&self, time: &Duration) -> String {
        let minutes = time.as_secs() / 60;
        match (minutes / 60, minutes % 60) {
            (0, minutes) => self.t1("span-minutes", "m", minutes),
            (hours, 0) => self.t1("span-hours", "h", hours),
            (hours, minutes) => self.t2("span-both", "h", hours, "m", minutes),
        }
    }

    /// Where a session's end leads, once somebody has logged in again: to this page, unless it was made for
    /// one look.
    pub(super) fn after_session<'a>(&'a self, member: &'a MemberFrame) -> &'a str {
        let address = self.address.as_deref().filter(|_| !self.secret);
        address.unwrap_or(member.base)
    }

    /// A moment as people near it say it: a time of today without the date.
    pub(super) fn near(&self, moment: Timestamp, now: Timestamp) -> String {
        let moments = self.moments();
        if moments.date(moment) == moments.date(now) {
            self.t1("moment-today", "time", moments.time(moment))
        } else {
            moments.date_time(moment)
        }
    }

    /// The address of a picture of a screen in the page's language.
    pub(super) fn picture(&self, name: &str) -> String {
        assets::address(&format!("{name}-{}.jpg", self.locale.tag()))
    }

    /// The address of a static file.
    pub(super) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The link to this page in the other language, where the page can be asked for again.
    pub(super) fn language_link(&self) -> Option<LanguageLink> {
        let address = self.address.as_ref().filter(|_| !self.secret)?;
        let (tag, name) = match self.locale {
            Locale::Ja => ("en", "English"),
            Locale::En => ("ja", "日本語"),
        };
        let separator = if address.contains('?') { '&' } else { '?' };
        Some(LanguageLink {
            href: format!("{address}{separator}lang={tag}"),
            tag,
            name,
        })
    }

    /// With the steps of a procedure.
    pub(super) fn at_step(mut self, steps: Steps) -> Self {
        self.steps = Some(steps);
        self
    }

    /// At the last step of getting a certificate, on the way that somebody came.
    pub(super) fn at_retrieval(self, reissued_here: bool) -> Self {
        if reissued_here {
            self.at_step(Steps::of_self_service(4))
        } else {
            self.at_step(Steps::of_retrieval())
        }
    }

    /// For a page that holds a secret.
    pub(super) fn holding_secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// With what is wrong.
    pub(super) fn with_problems(mut self, problems: Vec<Problem>) -> Self {
        self.problems = problems;
        self
    }

    /// What is wrong with field `name` itself.
    pub(super) fn problem_of(&self, name: &str) -> Option<String> {
        self.problems
            .iter()
            .find(|problem| problem.marks_field && problem.field == name)
            .map(|problem| problem.text.clone())
    }

    /// `field`, marked where something is wrong with it.
    pub(super) fn marked(&self, mut field: Field) -> Field {
        field.error = self.problem_of(field.name);
        field
    }
}
