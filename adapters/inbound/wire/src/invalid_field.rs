//! What is wrong with an entry, and which member of the body or parameter of the query it is.

use warifu_core::InvalidField;

use crate::words::{paper_check, paper_matter};
use crate::{FieldError, Message};

const LOGIN_LABEL: &str = "label-login-password";
const TRANSACTION_LABEL: &str = "label-transaction-password";

/// Which entry cannot be right, and why.
pub fn field_error(field: &InvalidField) -> FieldError {
    use InvalidField as F;
    let at = |name, id| FieldError {
        name,
        message: Message::plain(id),
    };
    let labelled = |name, id, label| FieldError {
        name,
        message: Message::plain(id).with_label("field", label),
    };
    match field {
        F::ContractNumberEmpty => at("contract_number", "M-F-01"),
        F::ContractNumberMalformed => FieldError {
            name: "contract_number",
            message: Message::counted("M-F-02", &"6–12"),
        },
        F::UserIdEmpty => at("user_id", "M-F-03"),
        F::UserIdMalformed => at("user_id", "M-F-04"),
        F::LoginPasswordEmpty => at("login_password", "M-F-05"),
        F::LoginPasswordFullWidth => labelled("login_password", "M-F-06", LOGIN_LABEL),
        F::LoginPasswordMalformed => labelled("login_password", "M-F-24", LOGIN_LABEL),
        F::TransactionPasswordEmpty => at("transaction_password", "M-F-07"),
        F::TransactionPasswordFullWidth => {
            labelled("transaction_password", "M-F-06", TRANSACTION_LABEL)
        }
        F::TransactionPasswordMalformed => {
            labelled("transaction_password", "M-F-24", TRANSACTION_LABEL)
        }
        F::NotInstructedByOthersMissing => at("not_instructed_by_others", "M-F-08"),
        F::OtpEmpty => at("otp", "M-F-09"),
        F::OtpMalformed(lengths) => {
            let lengths: Vec<String> = lengths.iter().map(|length| length.to_string()).collect();
            FieldError {
                name: "otp",
                message: Message::counted("M-F-10", &lengths.join("/")),
            }
        }
        F::RetrievalPasswordEmpty => at("retrieval_password", "M-F-11"),
        F::RetrievalPasswordLength { expected } => FieldError {
            name: "retrieval_password",
            message: Message::counted("M-F-12", expected),
        },
        F::RetrievalPasswordAlphabet => at("retrieval_password", "M-F-13"),
        F::KeyChoice => at("csr", "M-F-17"),
        F::PassphraseMalformed => at("pkcs12_passphrase", "M-F-18"),
        F::Purpose => at("purpose", "M-F-19"),
        F::Limit => at("limit", "M-F-20"),
        F::Status => at("status", "M-F-21"),
        F::BulkSize { most } => FieldError {
            name: "users",
            message: Message::counted("M-F-25", most),
        },
        F::Date => at("from", "M-F-22"),
        F::DateRange => at("to", "M-F-16"),
        F::Event => at("event", "M-F-23"),
        F::StaffIdEmpty => at("staff_id", "M-F-26"),
        F::StaffIdMalformed => at("staff_id", "M-F-27"),
        F::Edition => at("edition", "M-F-28"),
        F::FormNumber => at("form", "M-F-29"),
        F::ContractUnknown => at("contract_number", "M-F-30"),
        F::UserUnknown => at("user_id", "M-F-31"),
        F::UserName => at("user_name", "M-F-32"),
        F::MattersEmpty => at("matters", "M-F-33"),
        F::MatterUnknown => at("matters", "M-F-34"),
        F::MatterNotAvailable(matter) => FieldError {
            name: "matters",
            message: Message::plain("M-F-35").with_label("matter", paper_matter(*matter)),
        },
        F::ReceivedOn => at("received_on", "M-F-36"),
        F::CheckMissing(check) => {
            let (name, label) = paper_check(*check);
            FieldError {
                name,
                message: Message::plain("M-BO-07").with_label("check", label),
            }
        }
        F::ScanReference => at("scan_reference", "M-F-37"),
        F::CardSerial => at("card_serial", "M-F-38"),
        F::Decision => at("decision", "M-F-15"),
        F::Reason => at("reason", "M-F-14"),
        F::PaperState => at("state", "M-F-21"),
    }
}
