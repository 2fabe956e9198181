//! The values of the paper procedure.

use super::*;

#[test]
fn a_reception_number_is_short_forgives_slips_and_has_no_order() {
    struct Counting(std::sync::atomic::AtomicU8);
    impl crate::ports::Randomness for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(37, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }
    let randomness = Counting(std::sync::atomic::AtomicU8::new(0));
    let number = ReceptionNumber::generate(&randomness);
    let shown = number.to_string();
    assert_eq!((shown.len(), &shown[4..5]), (9, "-"));
    assert_eq!(shown.parse::<ReceptionNumber>().unwrap(), number);
    let known: ReceptionNumber = "KT7M-9XHW".parse().unwrap();
    for typed in ["kt7m9xhw", "ＫＴ７Ｍ ９ＸＨＷ", "KT7Mー9XHW"] {
        assert_eq!(typed.parse::<ReceptionNumber>().unwrap(), known, "{typed}");
    }
    for typed in ["KT7M-9XH", "KT7M-9XHWW", "KT7M-9XH0", "", "00000000"] {
        assert!(typed.parse::<ReceptionNumber>().is_err(), "{typed}");
    }
}

#[test]
fn a_day_is_one_of_the_calendar() {
    for day in ["2026-03-31", "2028-02-29"] {
        assert_eq!(day.parse::<CalendarDay>().unwrap().to_string(), day);
    }
    for day in [
        "2026-02-29",
        "2026-13-01",
        "2026-3-1",
        "2026-W10-1",
        "26-03-31",
        "",
    ] {
        assert!(day.parse::<CalendarDay>().is_err(), "{day}");
    }
    let day: CalendarDay = "2026-01-01".parse().unwrap();
    let begins_in_japan = Timestamp::parse_rfc3339("2025-12-31T15:00:00Z").unwrap();
    assert!(!day.is_after(begins_in_japan));
    assert!(day.is_after(begins_in_japan.minus(DAY)));
}

#[test]
fn a_search_forgives_width_case_and_hyphens() {
    let request = in_state(PaperState::Pending);
    let finds = |text: &str| {
        let query = PaperRequestQuery {
            search: Some(text.to_owned()),
            ..PaperRequestQuery::default()
        };
        query.matches(&request)
    };
    for text in ["kt7m-9", "４５６７", "USER", "鈴木", "サンプル", ""] {
        assert!(finds(text), "{text}");
    }
    for text in ["9999", "佐藤", "other"] {
        assert!(!finds(text), "{text}");
    }
}
