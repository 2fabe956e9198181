//! Web pages and JSON API over HTTP.
