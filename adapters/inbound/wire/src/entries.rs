//! How members of bodies and parameters of queries are read and written.

use serde::de::Deserializer;

/// A secret member: read straight into memory that is erased, and written only where a client sends it.
pub(crate) mod secret {
    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;
    use warifu_core::Secret;

    struct IntoSecret;

    impl Visitor<'_> for IntoSecret {
        type Value = Secret;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a string")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
            Ok(Secret::from(text))
        }

        fn visit_string<E: Error>(self, text: String) -> Result<Secret, E> {
            Ok(Secret::from(text))
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        from.deserialize_str(IntoSecret)
    }

    pub(crate) fn serialize<S: Serializer>(secret: &Secret, into: S) -> Result<S::Ok, S::Error> {
        into.serialize_str(secret.expose())
    }
}

/// For a member that may be missing: a secret, and not `null`.
pub(crate) mod some_secret {
    use serde::de::Deserializer;
    use serde::ser::Serializer;
    use warifu_core::Secret;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Secret>, D::Error> {
        super::secret::deserialize(from).map(Some)
    }

    #[expect(clippy::ref_option, reason = "the shape that serde calls")]
    pub(crate) fn serialize<S: Serializer>(
        secret: &Option<Secret>,
        into: S,
    ) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => super::secret::serialize(secret, into),
            None => into.serialize_none(),
        }
    }
}

/// For a member that may be missing: a string, and not `null`.
pub(crate) fn some_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    serde::Deserialize::deserialize(from).map(Some)
}

/// For a parameter of a query: an empty value is no value.
pub(crate) fn filled<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text: String = serde::Deserialize::deserialize(from)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;
    use warifu_core::Secret;

    use super::{filled, some_text};

    #[derive(Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(with = "super::secret")]
        word: Secret,
        #[serde(
            default,
            with = "super::some_secret",
            skip_serializing_if = "Option::is_none"
        )]
        other: Option<Secret>,
        #[serde(
            default,
            deserialize_with = "some_text",
            skip_serializing_if = "Option::is_none"
        )]
        note: Option<String>,
    }

    #[test]
    fn what_a_client_writes_is_what_the_server_reads() {
        let text = r#"{"word":"wé","other":"o"}"#;
        let read: Sample = serde_json::from_str(text).unwrap();
        assert_eq!(
            (
                read.word.expose(),
                read.other.as_ref().map(Secret::expose),
                &read.note
            ),
            ("wé", Some("o"), &None)
        );
        assert_eq!(crate::to_json(&read), text);
    }

    #[test]
    fn a_member_that_may_be_missing_is_not_null() {
        for body in [
            json!({"word": null}),
            json!({"word": "w", "other": null}),
            json!({"word": "w", "note": null}),
            json!({"word": 1}),
        ] {
            assert!(
                serde_json::from_value::<Sample>(body.clone()).is_err(),
                "{body}"
            );
        }
    }

    #[test]
    fn an_empty_parameter_does_not_count() {
        #[derive(Deserialize)]
        #[serde(default)]
        #[derive(Default)]
        struct Filter {
            #[serde(deserialize_with = "filled")]
            status: Option<String>,
        }
        let read = |value: &str| {
            let filter: Filter = serde_json::from_value(json!({"status": value})).unwrap();
            filter.status
        };
        assert_eq!(read(""), None);
        assert_eq!(read("valid").as_deref(), Some("valid"));
    }
}
