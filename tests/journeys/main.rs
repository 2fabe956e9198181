//! Journeys over real HTTP: a server assembled from configuration, a client, and what people do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may stop a test"
)]

mod support;

mod admin;
mod audit_log;
mod bad_input;
mod certificates;
mod client_certificates;
mod enumeration;
mod form_tokens;
mod forms;
mod guidance;
mod hand_overs;
mod kept_files;
mod lanes;
mod links;
mod lists;
mod neutrality;
mod notices;
mod office;
mod operations;
mod otp_provider;
mod passwords_elsewhere;
mod persons;
mod privacyidea;
mod providers;
mod races;
mod self_service;
mod sessions;
mod spellings;
mod tenants;
mod uncheckable;
mod unfinished;
