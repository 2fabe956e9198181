//! The sealed notice, and what of it an envelope shows.

use warifu_messages::Locale;

use super::{PASSWORD, all, expect_sound, expect_words, notice, password, says, solid, text_of};
use crate::Envelope;

#[test]
fn the_notice_says_what_is_to_be_done_and_not_whose_contract_it_is() {
    let secret = password(PASSWORD);
    for (locale, envelope) in [
        (Locale::Ja, Envelope::Long3),
        (Locale::Ja, Envelope::Dl),
        (Locale::En, Envelope::Long3),
        (Locale::En, Envelope::Dl),
    ] {
        let pdf = notice(&secret, locale, envelope).pdf().unwrap();
        expect_sound(&pdf, locale);
        let mut words = all(
            locale,
            &[
                "sheet-title",
                "notice-reference",
                "notice-date",
                "notice-greeting",
                "notice-what",
                "select-column-name",
                "sheet-user",
                "issued-until",
                "secret-heading",
                "notice-use",
                "notice-use-2",
                "notice-use-3",
                "form-caution",
                "sheet-note-1",
                "sheet-note-2",
                "sheet-note-3",
                "notice-opened",
                "forms-contact",
            ],
        );
        let others = [
            "〒100-0000 東京都千代田区丸の内一丁目2番3号 見本ビル4階",
            "株式会社サンプル",
            "わりふ銀行",
            "電子証明書再発行サービス",
            "P-2026-000123",
            "佐藤 花子",
            "＊＊＊r01",
            "0120-000-000 平日 9:00〜17:00",
            "〒100-8799 東京都千代田区丸の内9丁目9番9号",
            "https://certificate.bank.example/cert",
        ];
        words.extend(others.map(str::to_owned));
        expect_words(&pdf, &words);
        let text = text_of(&pdf);
        assert_eq!(text.matches(PASSWORD).count(), 1, "{text}");
        assert!(!text.contains("user01"), "{text}");
        // A day of issue, and the last minute of the last day.
        let (day, end) = match locale {
            Locale::Ja => ("発行日2026年3月31日", "2026年4月30日23:59"),
            Locale::En => ("31March2026", "30April2026,23:59"),
        };
        let text = solid(&text);
        assert!(text.contains(day) && text.contains(end), "{text}");
        assert!(!text.contains("9:00日本時間") && !text.contains("2026年3月31日9:00"));
        // All of it stands on the page.
        let foot = text_within(&pdf, [0, 288, 210, 9]);
        assert_eq!(foot, "", "{envelope:?}");
    }
}

#[test]
fn a_page_whose_address_nobody_knows_is_named_in_words() {
    let secret = password(PASSWORD);
    for locale in Locale::ALL {
        let mut letter = notice(&secret, locale, Envelope::Long3);
        letter.page_address = None;
        let pdf = letter.pdf().unwrap();
        expect_words(&pdf, &all(locale, &["notice-use-1"]));
    }
}

/// Text within a part of the page: left, top, width, height in millimetres.
fn text_within(pdf: &[u8], [left, top, width, height]: [u32; 4]) -> String {
    let dots = |millimetres: u32| (millimetres * 10).to_string();
    let [x, y, w, h] = [left, top, width, height].map(dots);
    // 254 dots an inch: 10 a millimetre.
    let area = [
        "-enc", "UTF-8", "-r", "254", "-x", &x, "-y", &y, "-W", &w, "-H", &h,
    ];
    solid(&says("pdftotext", &area, pdf, &["-"]))
}

#[test]
fn the_window_shows_the_address_alone_and_the_password_is_behind_the_fold() {
    let secret = password(PASSWORD);
    let address = "〒100-0000東京都千代田区丸の内一丁目2番3号見本ビル4階株式会社サンプル御中";
    // The window, and all that it can ever show as the sheet slides.
    for (envelope, always, ever) in [
        (Envelope::Long3, [22, 12, 65, 24], [0, 0, 112, 57]),
        (Envelope::Dl, [20, 50, 80, 34], [10, 39, 100, 56]),
    ] {
        let pdf = notice(&secret, Locale::Ja, envelope).pdf().unwrap();
        assert_eq!(text_within(&pdf, always), address, "{envelope:?}");
        assert_eq!(text_within(&pdf, ever), address, "{envelope:?}");
        let outside = text_within(&pdf, [0, 0, 210, 99]);
        assert!(!outside.contains("KT7M"), "{outside}");
        // No fold goes through the password.
        let middle = text_within(&pdf, [0, 99, 210, 99]);
        assert!(
            middle.contains(PASSWORD) && middle.contains("ワイ"),
            "{middle}"
        );
    }
}

#[test]
fn an_address_of_many_lines_stays_in_the_window() {
    let secret = password(PASSWORD);
    let mut letter = notice(&secret, Locale::Ja, Envelope::Long3);
    letter.registered_address = "〒100-0000\n東京都千代田区丸の内一丁目2番3号\n見本ビル4階";
    letter.company_name = "株式会社サンプル・ホールディングス東日本第一営業本部";
    let shown = text_within(&letter.pdf().unwrap(), [22, 12, 65, 24]);
    assert!(shown.starts_with("〒100-0000東京都"), "{shown}");
    assert!(shown.ends_with("第一営業本部御中"), "{shown}");
}
