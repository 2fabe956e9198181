//! The service as its configuration describes it, in this process.

use std::path::PathBuf;

use warifu_config::settings::{EditionSettings, ServedSurface, SiteSettings, TwoLanguages};
use warifu_config::{Checked, assemble_terminal};
use warifu_core::customers::Operator;
use warifu_core::{Refusal, RequestContext, Secret};
use warifu_messages::{Locale, Moments};
use warifu_terminal::{Asked, Failure, NoticeSite, Secrets, SheetSite, Terminal};
use warifu_wire::explain;

use crate::arguments::OperatorArguments;
use crate::setup::{Setup, refused};

/// The label and the option of the operator's transaction password.
const TRANSACTION_PASSWORD: Asked<'_> = Asked {
    label: "label-transaction-password",
    flag: "--transaction-password-file",
    visible: false,
};

/// The use cases on the adapters of the configuration, and who sits before them.
pub(crate) struct Bank {
    pub(crate) use_cases: warifu_core::terminal::Terminal,
    pub(crate) terminal: Terminal,
    pub(crate) context: RequestContext,
    site: SiteSettings,
    /// Where customers enter passwords, as far as it is known.
    page_address: Option<String>,
}

impl Bank {
    /// Reads the configuration and reaches the back ends.
    pub(crate) async fn open(setup: &Setup, terminal: Terminal) -> Result<Self, Failure> {
        let configuration = setup.load()?;
        let use_cases = assemble_terminal(&configuration).await.map_err(refused)?;
        let context = RequestContext {
            request_id: use_cases.service.new_request_id(),
            source: None,
        };
        Ok(Self {
            use_cases,
            terminal,
            context,
            site: configuration.settings().site.clone(),
            page_address: configuration
                .settings()
                .public_address(ServedSurface::SelfService),
        })
    }

    /// Writes what is still to be written, and says what could not be.
    pub(crate) async fn close(&self) {
        let unwritten = self.use_cases.service.close().await;
        if unwritten > 0 {
            let count = unwritten.to_string();
            self.terminal
                .caution(&self.terminal.text("audit-unwritten", &[("n", &count)]));
        }
    }

    /// What a refusal is told with, the same as in the API.
    pub(crate) fn refuse(&self, refusal: Refusal) -> Failure {
        let explanation = explain(
            refusal,
            self.terminal.locale(),
            self.site.utc_offset.minutes,
            self.context.request_id,
            &self.use_cases.service.otp_code_lengths(),
        );
        let entries = explanation.fields.into_iter().map(|(_, detail)| detail);
        Failure::answered(explanation.status, explanation.detail, entries.collect())
    }

    /// Who acts.
    pub(crate) async fn operator(
        &self,
        arguments: &OperatorArguments,
    ) -> Result<Operator, Failure> {
        self.use_cases
            .operator(self.context, &arguments.contract, &arguments.operator)
            .await
            .map_err(|refusal| self.refuse(refusal))
    }

    /// The operator's transaction password.
    pub(crate) fn transaction_password(
        secrets: &Secrets<'_>,
        arguments: &OperatorArguments,
    ) -> Result<Secret, Failure> {
        let file = arguments.transaction_password_file.as_ref();
        secrets.get(file.map(PathBuf::as_path), TRANSACTION_PASSWORD)
    }

    /// What stands on the sheets that `operator` hands out.
    pub(crate) fn sheets_of(&self, operator: &Operator) -> SheetSite {
        let locale = self.terminal.locale();
        SheetSite {
            bank_name: local(&self.site.bank_name, locale),
            service_name: local(&self.site.service_name, locale),
            help_desk_phone: self.site.help_desk.phone.0.clone(),
            help_desk_hours: local(&self.site.help_desk.hours, locale),
            company_name: operator.contract.name.clone(),
            page_address: self.page_address.clone(),
            issued_by: operator.user.name.clone(),
            utc_offset_minutes: self.site.utc_offset.minutes,
            locale,
        }
    }

    /// What stands on the notices of paper requests.
    pub(crate) fn notices(&self) -> NoticeSite {
        let locale = self.terminal.locale();
        let sender = |edition: &EditionSettings| {
            let address = local(&edition.postal_address, locale);
            (edition.key.0.as_str().to_owned(), address)
        };
        NoticeSite {
            bank_name: local(&self.site.bank_name, locale),
            service_name: local(&self.site.service_name, locale),
            sender_addresses: self.site.editions.iter().map(sender).collect(),
            help_desk_phone: self.site.help_desk.phone.0.clone(),
            help_desk_hours: local(&self.site.help_desk.hours, locale),
            page_address: self.page_address.clone(),
            utc_offset_minutes: self.site.utc_offset.minutes,
            locale,
        }
    }

    /// How moments are written for people.
    pub(crate) fn moments(&self) -> Moments {
        Moments::new(self.terminal.locale(), self.site.utc_offset.minutes)
    }
}

fn local(text: &TwoLanguages, locale: Locale) -> String {
    let words = match locale {
        Locale::Ja => &text.ja,
        Locale::En => &text.en,
    };
    words.0.clone()
}

/// Builds what is there, asks every back end, and says what was found. Makes nothing.
pub(crate) async fn check(setup: &Setup, terminal: &Terminal) -> Result<(), Failure> {
    let configuration = setup.load()?;
    let checked = warifu_config::check(&configuration).await;
    let Checked {
        report,
        unavailable,
        ..
    } = checked.map_err(refused)?;
    terminal.print(&report)?;
    if unavailable.is_empty() {
        return terminal.print(&format!("{}\n", terminal.text("check-good", &[])));
    }
    let failing: Vec<&str> = unavailable.iter().map(|found| found.port).collect();
    Err(Failure::new(
        warifu_terminal::exit::UNAVAILABLE,
        terminal.text("check-unavailable", &[("sections", &failing.join(", "))]),
    ))
}
