use serde_json::{Map, Value, json};
use warifu_core::ports::OtpVerdict;

use crate::answer::{Demand, Expected, Found};
use crate::json;

/// How a request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As a form, as browsers send it.
    Form,
    /// As a JSON object.
    Json,
}

/// privacyIDEA's word for a user that it does not know.
const NO_SUCH_USER: i64 = 904;

/// What is asked, and which answer means what.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// How the request is written.
    pub encoding: Encoding,
    /// Its fields. Texts have the places `{contract}`, `{user}` and `{otp}`, each at least once in
    /// all.
    pub fields: Map<String, Value>,
    /// What an answer must have to be believed at all.
    pub required: Vec<Demand>,
    /// What makes it an acceptance.
    pub accepted: Demand,
    /// What makes it a refusal. Where nothing is given: another value of the same type where the
    /// acceptance would stand.
    pub refused: Option<Demand>,
    /// Statuses besides 200 (400 to 499) with which a refusal may come. Only what is stated in
    /// `refused` is one there.
    pub refused_statuses: Vec<u16>,
    /// Where it is no acceptance: any of these makes it neither that nor a refusal, such as a
    /// challenge. The only thing that is looked for where the status says that the request was
    /// wrong (400 to 499).
    pub undecided: Vec<Demand>,
}

impl Exchange {
    /// privacyIDEA's `POST /validate/check`.
    pub fn privacyidea() -> Self {
        let fields = match json!({ "user": "{contract}-{user}", "pass": "{otp}" }) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self {
            encoding: Encoding::Form,
            fields,
            required: vec![Demand::new("/result/status", Expected::Flag(true))],
            accepted: Demand::new("/result/value", Expected::Flag(true)),
            refused: None,
            refused_statuses: Vec::new(),
            undecided: vec![
                Demand::new(
                    "/result/authentication",
                    Expected::Text("CHALLENGE".to_owned()),
                ),
                Demand::new("/detail/transaction_id", Expected::Anything),
                Demand::new("/result/error/code", Expected::Integer(NO_SUCH_USER)),
            ],
        }
    }

    /// What `answer` means, or in which way it makes no sense. That sentence has nothing of the
    /// answer in it.
    pub(crate) fn judge(&self, answer: &[u8]) -> Result<OtpVerdict, String> {
        let answer = json::read(answer)
            .map_err(|_| "the answer is not JSON, or has a member twice".to_owned())?;
        for demand in &self.required {
            expect(demand.found_in(&answer), demand)?;
        }
        let found = self.accepted.found_in(&answer);
        match found {
            Found::It => return Ok(OtpVerdict::Accepted),
            Found::Other => {}
            Found::OtherType | Found::Nothing => expect(found, &self.accepted)?,
        }
        if self.is_undecided(&answer) {
            return Ok(OtpVerdict::Undecided);
        }
        if let Some(refused) = &self.refused {
            expect(refused.found_in(&answer), refused)?;
        }
        Ok(OtpVerdict::Refused)
    }

    /// What the answer to a request means that the provider found wrong with `status`, if it means
    /// anything: a refusal, or that the provider is well itself.
    pub(crate) fn judge_refused(&self, status: u16, answer: &[u8]) -> Option<OtpVerdict> {
        let answer = json::read(answer).ok()?;
        if self.is_undecided(&answer) {
            return Some(OtpVerdict::Undecided);
        }
        let refused = self.refused.as_ref()?;
        let stated = self.refused_statuses.contains(&status)
            && refused.found_in(&answer) == Found::It
            && self
                .required
                .iter()
                .all(|one| one.found_in(&answer) == Found::It);
        stated.then_some(OtpVerdict::Refused)
    }

    fn is_undecided(&self, answer: &Value) -> bool {
        let mut marks = self.undecided.iter();
        marks.any(|demand| demand.found_in(answer) == Found::It)
    }
}

fn expect(found: Found, demand: &Demand) -> Result<(), String> {
    let pointer = &demand.pointer;
    match found {
        Found::It => Ok(()),
        Found::Nothing => Err(format!("the answer has nothing at {pointer:?}")),
        Found::OtherType => Err(format!(
            "the answer has another type of value at {pointer:?}"
        )),
        Found::Other => Err(format!(
            "the answer has another value at {pointer:?} than one that can be believed"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn privacyidea(answer: &str) -> Result<OtpVerdict, String> {
        Exchange::privacyidea().judge(answer.as_bytes())
    }

    #[test]
    fn privacyidea_accepts_and_refuses() {
        assert_eq!(
            privacyidea(r#"{"result": {"status": true, "value": true}, "detail": {}}"#),
            Ok(OtpVerdict::Accepted)
        );
        let wrong = r#"{"result": {"status": true, "value": false, "authentication": "REJECT"},
            "detail": {"message": "wrong otp value"}}"#;
        assert_eq!(privacyidea(wrong), Ok(OtpVerdict::Refused));
    }

    #[test]
    fn a_challenge_is_neither() {
        for challenge in [
            r#"{"result": {"status": true, "value": false, "authentication": "CHALLENGE"}}"#,
            r#"{"result": {"status": true, "value": false},
                "detail": {"transaction_id": "0123", "message": "enter the code"}}"#,
        ] {
            assert_eq!(privacyidea(challenge), Ok(OtpVerdict::Undecided));
        }
    }

    #[test]
    fn an_unknown_user_is_no_fault_of_the_provider() {
        let exchange = Exchange::privacyidea();
        let unknown = r#"{"result": {"status": false, "error": {"code": 904, "message": "x"}}}"#;
        let judged = exchange.judge_refused(400, unknown.as_bytes());
        assert_eq!(judged, Some(OtpVerdict::Undecided));
        for other in [
            r#"{"result": {"status": false, "error": {"code": 905}}}"#,
            r#"{"result": {"status": false, "error": {"code": "904"}}}"#,
            "not found",
        ] {
            let judged = exchange.judge_refused(400, other.as_bytes());
            assert_eq!(judged, None, "{other}");
        }
    }

    #[test]
    fn nothing_else_is_a_verdict() {
        for nonsense in [
            "",
            "true",
            "{}",
            "<html>ok</html>",
            r#"{"result": true}"#,
            r#"{"result": {"value": true}}"#,
            r#"{"result": {"status": true}}"#,
            r#"{"result": {"status": false, "value": true}}"#,
            r#"{"result": {"status": false, "error": {"code": 904}}}"#,
            r#"{"result": {"status": true, "value": "true"}}"#,
            r#"{"result": {"status": "true", "value": true}}"#,
            r#"{"result": {"status": true, "value": 1}}"#,
            r#"{"result": {"status": true, "value": null}}"#,
            r#"{"result": {"status": true, "value": false, "value": true}}"#,
            r#"{"result": {"status": true, "value": true}, "result": {}}"#,
            r#"[{"result": {"status": true, "value": true}}]"#,
            r#"{"result": {"status": true, "value": true}} {"more": 1}"#,
        ] {
            assert!(privacyidea(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_stated_refusal_is_the_only_one() {
        let text = |text: &str| Expected::Text(text.to_owned());
        let mut exchange = Exchange::privacyidea();
        exchange.required.clear();
        exchange.accepted = Demand::new("/code", text("OK"));
        let judge = |exchange: &Exchange, code: &str| {
            exchange.judge(format!(r#"{{"code": "{code}"}}"#).as_bytes())
        };
        assert_eq!(judge(&exchange, "OK"), Ok(OtpVerdict::Accepted));
        assert_eq!(judge(&exchange, "BUSY"), Ok(OtpVerdict::Refused));
        exchange.refused = Some(Demand::new("/code", text("WRONG")));
        assert_eq!(judge(&exchange, "OK"), Ok(OtpVerdict::Accepted));
        assert_eq!(judge(&exchange, "WRONG"), Ok(OtpVerdict::Refused));
        assert!(judge(&exchange, "BUSY").is_err());
    }
    #[test]
    fn a_refusal_by_status_must_be_stated_too() {
        let mut exchange = Exchange::privacyidea();
        exchange.required.clear();
        exchange.undecided.clear();
        exchange.refused = Some(Demand::new(
            "/error",
            Expected::Text("invalid_grant".into()),
        ));
        let wrong = br#"{"error": "invalid_grant"}"#;
        assert_eq!(exchange.judge_refused(401, wrong), None);
        exchange.refused_statuses = vec![401];
        assert_eq!(
            exchange.judge_refused(401, wrong),
            Some(OtpVerdict::Refused)
        );
        assert_eq!(exchange.judge_refused(400, wrong), None);
        for other in [
            r#"{"error": "invalid_client"}"#,
            r#"{"result": {"value": true}}"#,
            "<html>",
            "",
        ] {
            assert_eq!(exchange.judge_refused(401, other.as_bytes()), None);
        }
        exchange.required = vec![Demand::new("/version", Expected::Integer(2))];
        assert_eq!(exchange.judge_refused(401, wrong), None);
    }
}
