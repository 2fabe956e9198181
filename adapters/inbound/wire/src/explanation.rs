//! What a refusal is told with at a terminal, where no server puts it into words.

use warifu_core::Refusal;
use warifu_core::domain::{CodeLengths, RequestId};
use warifu_messages::{Locale, Messages, Moments};

use crate::{Message, Problem, code_lengths, said, say};

/// What a refusal is told with, wherever it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The status that the API answers.
    pub status: u16,
    /// The number of the message.
    pub code: &'static str,
    /// What people are told.
    pub detail: String,
    /// The entries that cannot be right: their name in the API, and what people are told.
    pub fields: Vec<(&'static str, String)>,
}

/// Puts a refusal into words: those of the API.
pub fn explain(
    refusal: Refusal,
    locale: Locale,
    utc_offset_minutes: i32,
    reference: RequestId,
    lengths: &CodeLengths,
) -> Explanation {
    let moments = Moments::new(locale, utc_offset_minutes);
    let problem = Problem::from(refusal);
    let words = |message: &Message| {
        let lengths = || code_lengths(lengths);
        say(
            Messages::standard(),
            lengths,
            (locale, moments),
            reference,
            message,
        )
    };
    let entries = problem.fields().iter();
    Explanation {
        status: problem.kind().status(),
        code: problem.message().id,
        detail: said(&problem, locale, words),
        fields: entries
            .map(|field| (field.name, words(&field.message)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_as_by_the_api() {
        let reference = RequestId::from_bytes([7; 16]);
        let told = |refusal| explain(refusal, Locale::En, 540, reference, &CodeLengths::new([6]));
        let near = told(Refusal::TransactionRefused { failures_left: 1 });
        assert_eq!((near.status, near.code), (401, "M-RI-01"));
        assert!(
            near.detail
                .ends_with(". 1 more incorrect entry will lock it.")
        );
        assert!(told(Refusal::OtpRefused).detail.contains("6 digits"));
        let invalid = told(warifu_core::InvalidField::BulkSize { most: 7 }.into());
        assert_eq!(invalid.status, 422);
        assert_eq!(
            invalid.fields,
            [(
                "users",
                "At most 7 users can be reissued for at once.".to_owned()
            )]
        );
    }
}
