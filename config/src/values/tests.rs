use super::*;
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;

fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, String> {
    let deserializer: serde::de::value::StrDeserializer<'_, ValueError> = text.into_deserializer();
    T::deserialize(deserializer).map_err(|error| error.to_string())
}

#[test]
fn locks_and_rates_are_read() {
    assert_eq!(read("until-unlocked"), Ok(LockFor::UntilUnlocked));
    assert_eq!(
        read("30m"),
        Ok(LockFor::Duration(Duration::from_secs(1_800)))
    );
    assert!(read::<LockFor>("0s").is_err() && read::<LockFor>("forever").is_err());
    assert_eq!(read("off"), Ok(PerAddress::Off));
    let limit = PerAddress::Limit {
        requests: NonZeroU32::new(600).unwrap(),
        per: Duration::from_secs(60),
    };
    assert_eq!(read("600/1m"), Ok(limit));
    for text in [
        "0/1m",
        "-1/1m",
        "+5/1m",
        "600",
        "600/0s",
        "1000001/1m",
        "600/2d",
        "on",
    ] {
        assert!(read::<PerAddress>(text).is_err(), "{text}");
    }
}

#[test]
fn offsets_networks_and_origins_are_read() {
    assert_eq!(read("+09:00"), Ok(UtcOffset { minutes: 540 }));
    assert_eq!(read("-03:30"), Ok(UtcOffset { minutes: -210 }));
    for text in ["9", "+9:00", "+15:00", "09:00", "+09:60", "+é9:00", ""] {
        assert!(read::<UtcOffset>(text).is_err(), "{text}");
    }
    assert!(read::<Network>("10.0.0.0/8").is_ok() && read::<Network>("::1").is_ok());
    assert!(read::<Network>("10.0.0.0/33").is_err() && read::<Network>("proxy").is_err());
    for text in [
        "https://bank.example",
        "http://127.0.0.1:8080",
        "https://[::1]:8443",
    ] {
        assert!(read::<Origin>(text).is_ok(), "{text}");
    }
    for text in [
        "bank.example",
        "https://bank.example/",
        "https://",
        "https://a:b@c",
        "https://a:0",
        "https://a:x",
        "https://Bank.example",
        "ftp://a",
        "https://[::g]",
        "https://:80",
    ] {
        assert!(read::<Origin>(text).is_err(), "{text}");
    }
}
