//! What is sent: a form or a JSON object with places for contract, user and secret.

use serde_json::{Map, Value};
use warifu_adapter_kit::template::{Placeholder, Template};
use zeroize::Zeroizing;

use crate::values::{RequestError, SecretName, Values};

/// A value with templates for texts.
#[derive(Clone, Debug)]
enum Node {
    Text(Template),
    /// Number, truth value or null, as it is written.
    Plain(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Node {
    fn parse(value: &Value, secret: SecretName) -> Result<Self, RequestError> {
        Ok(match value {
            Value::String(text) => Self::Text(Template::parse(text, &secret.places())?),
            Value::Array(items) => {
                let items = items.iter().map(|item| Self::parse(item, secret));
                Self::List(items.collect::<Result<_, _>>()?)
            }
            Value::Object(members) => Self::Table(parse_members(members, secret)?),
            plain => Self::Plain(plain.to_string()),
        })
    }

    fn places(&self, found: &mut Vec<Placeholder>) {
        match self {
            Self::Text(template) => found.extend(template.places()),
            Self::Plain(_) => {}
            Self::List(items) => items.iter().for_each(|item| item.places(found)),
            Self::Table(members) => members.iter().for_each(|(_, node)| node.places(found)),
        }
    }

    fn write(&self, values: &Values<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Text(template) => write_text(&values.fill(template), out),
            Self::Plain(text) => out.extend_from_slice(text.as_bytes()),
            Self::List(items) => {
                out.push(b'[');
                for (number, item) in items.iter().enumerate() {
                    if number > 0 {
                        out.push(b',');
                    }
                    item.write(values, out);
                }
                out.push(b']');
            }
            Self::Table(members) => {
                out.push(b'{');
                for (number, (name, node)) in members.iter().enumerate() {
                    if number > 0 {
                        out.push(b',');
                    }
                    write_text(name, out);
                    out.push(b':');
                    node.write(values, out);
                }
                out.push(b'}');
            }
        }
    }
}

fn parse_members(
    members: &Map<String, Value>,
    secret: SecretName,
) -> Result<Vec<(String, Node)>, RequestError> {
    members
        .iter()
        .map(|(name, value)| Ok((name.clone(), Node::parse(value, secret)?)))
        .collect()
}

/// A JSON text, in quotes.
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            control if u32::from(control) < 0x20 => {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(control)).as_bytes());
            }
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}

/// As `application/x-www-form-urlencoded`.
fn write_encoded(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => out.push(byte),
            b' ' => out.push(b'+'),
            _ => out.extend_from_slice(&[
                b'%',
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]),
        }
    }
}

/// The body of every request.
#[derive(Clone, Debug)]
pub(crate) enum BodyTemplate {
    Form(Vec<FormField>),
    Json(JsonObject),
}

/// A field of a form.
#[derive(Clone, Debug)]
pub(crate) struct FormField {
    name: String,
    value: Template,
}

/// A JSON object with places in it.
#[derive(Clone, Debug)]
pub(crate) struct JsonObject(Node);

impl BodyTemplate {
    /// A form with these fields, all of them texts.
    pub(crate) fn form(
        fields: &Map<String, Value>,
        secret: SecretName,
    ) -> Result<Self, RequestError> {
        let mut form = Vec::new();
        for (name, value) in fields {
            let Value::String(text) = value else {
                return Err(RequestError::NotText(name.clone()));
            };
            form.push(FormField {
                name: name.clone(),
                value: Template::parse(text, &secret.places())?,
            });
        }
        Self::Form(form).complete(secret)
    }

    /// A JSON object with these members.
    pub(crate) fn json(
        members: &Map<String, Value>,
        secret: SecretName,
    ) -> Result<Self, RequestError> {
        let node = Node::Table(parse_members(members, secret)?);
        Self::Json(JsonObject(node)).complete(secret)
    }

    /// All three places are needed: without the contract, namesakes would share a secret.
    fn complete(self, secret: SecretName) -> Result<Self, RequestError> {
        let mut found = Vec::new();
        match &self {
            Self::Form(fields) => {
                found.extend(fields.iter().flat_map(|field| field.value.places()));
            }
            Self::Json(JsonObject(node)) => node.places(&mut found),
        }
        for (name, place) in secret.places() {
            if !found.contains(&place) {
                return Err(RequestError::Missing(name));
            }
        }
        Ok(self)
    }

    pub(crate) const fn content_type(&self) -> &'static str {
        match self {
            Self::Form(_) => "application/x-www-form-urlencoded",
            Self::Json(_) => "application/json",
        }
    }

    /// The body with these values. Wiped when dropped.
    pub(crate) fn render(&self, values: &Values<'_>) -> Zeroizing<Vec<u8>> {
        let mut body = Zeroizing::new(Vec::with_capacity(ROOM));
        match self {
            Self::Form(fields) => {
                for (number, field) in fields.iter().enumerate() {
                    if number > 0 {
                        body.push(b'&');
                    }
                    write_encoded(&field.name, &mut body);
                    body.push(b'=');
                    write_encoded(&values.fill(&field.value), &mut body);
                }
            }
            Self::Json(JsonObject(node)) => node.write(values, &mut body),
        }
        body
    }
}

/// More than a request has, so that none grows and leaves copies of the secret behind.
const ROOM: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use warifu_adapter_kit::template::TemplateError;

    use super::*;

    fn fields(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    fn values<'a>(contract: &'a str, user: &'a str) -> Values<'a> {
        Values {
            contract,
            user,
            secret: "123456",
        }
    }

    fn rendered(template: &BodyTemplate) -> String {
        let body = template.render(&values("1234567890", "user.01"));
        String::from_utf8(body.to_vec()).unwrap()
    }

    fn form(value: Value) -> Result<BodyTemplate, RequestError> {
        BodyTemplate::form(&fields(value), SecretName::Otp)
    }

    #[test]
    fn a_form_is_encoded() {
        let template = form(json!({
            "user": "{contract}-{user}", "pass": "{otp}", "realm": "a&b=c d/日",
        }));
        let body = rendered(&template.unwrap());
        assert!(body.contains("user=1234567890-user.01"), "{body}");
        assert!(body.contains("pass=123456"), "{body}");
        assert!(body.contains("realm=a%26b%3Dc+d%2F%E6%97%A5"), "{body}");
    }

    #[test]
    fn json_keeps_types_and_escapes() {
        let members = fields(json!({
            "who": {"tenant": "{contract}", "name": "\"{user}\"\n"},
            "codes": ["{otp}"], "version": 2, "strict": true, "none": null,
        }));
        let template = BodyTemplate::json(&members, SecretName::Otp);
        let body: Value = serde_json::from_str(&rendered(&template.unwrap())).unwrap();
        let expected = json!({
            "who": {"tenant": "1234567890", "name": "\"user.01\"\n"},
            "codes": ["123456"], "version": 2, "strict": true, "none": null,
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn templates_that_mix_people_up_or_leave_something_out_are_refused() {
        let form = |value| form(value).map(|_| ()).unwrap_err();
        assert_eq!(
            form(json!({"u": "{contract}-{user}", "p": "x"})),
            RequestError::Missing("{otp}")
        );
        assert_eq!(
            form(json!({"u": "{user}", "p": "{otp}"})),
            RequestError::Missing("{contract}")
        );
        for text in ["{contract}{user}", "{user}{contract}", "{contract}00{user}"] {
            assert_eq!(
                form(json!({"u": text, "p": "{otp}"})),
                RequestError::Template(TemplateError::Ambiguous(text.to_owned()))
            );
        }
        for text in ["{contact}", "{", "}", "{{user}}", "{OTP}"] {
            let refused = form(json!({"u": "{contract}-{user}", "p": "{otp}", "x": text}));
            let brace = TemplateError::Brace {
                text: text.to_owned(),
                known: "{contract}, {user} and {otp}".to_owned(),
            };
            assert_eq!(refused, RequestError::Template(brace));
        }
        assert_eq!(
            form(json!({"u": "{contract}-{user}", "p": "{otp}", "n": 1})),
            RequestError::NotText("n".to_owned())
        );
    }

    #[test]
    fn the_place_of_a_password_is_called_so() {
        let fields = fields(json!({"u": "{contract}-{user}", "p": "{password}"}));
        assert!(BodyTemplate::form(&fields, SecretName::Password).is_ok());
        let refused = BodyTemplate::form(&fields, SecretName::Otp).map(|_| ());
        assert!(matches!(
            refused,
            Err(RequestError::Template(TemplateError::Brace { .. }))
        ));
    }

    proptest! {
        /// No two users send the same text, whatever keeps contract and user apart.
        #[test]
        fn no_two_users_look_the_same(
            one in ("[0-9]{6,12}", "[a-z0-9._-]{1,8}"),
            other in ("[0-9]{6,12}", "[a-z0-9._-]{1,8}"),
            between in "[-0-9/@_]{0,2}",
            contract_first in any::<bool>(),
        ) {
            let text = if contract_first {
                format!("{{contract}}{between}{{user}}")
            } else {
                format!("{{user}}{between}{{contract}}")
            };
            if let Ok(template) = form(json!({"u": text, "p": "{otp}"})) {
                let of = |(contract, user): &(String, String)| {
                    template.render(&values(contract, user)).to_vec()
                };
                prop_assert_eq!(of(&one) == of(&other), one == other);
            }
        }
    }
}
