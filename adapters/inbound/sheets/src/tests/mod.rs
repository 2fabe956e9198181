//! The sheets, read back with the tools that people and screen readers stand in for.

mod notices;

use std::process::Command;

use warifu_core::domain::{RetrievalPassword, RetrievalPasswordLength, Timestamp};
use warifu_messages::{Locale, Messages, reading};

use crate::{Envelope, Form3, Notice, PasswordSheet};

const PASSWORD: &str = "KT7M-9XHW-4PAE-R2CY";

fn password(text: &str) -> RetrievalPassword {
    let length = text.chars().filter(|character| *character != '-').count();
    let length = RetrievalPasswordLength::try_from(length).unwrap();
    RetrievalPassword::parse(text, length).unwrap()
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn password_sheet(password: &RetrievalPassword, locale: Locale) -> PasswordSheet<'_> {
    PasswordSheet {
        locale,
        utc_offset_minutes: 540,
        bank_name: "わりふ銀行",
        service_name: "電子証明書再発行サービス",
        help_desk_phone: "0120-000-000",
        help_desk_hours: "平日 9:00〜17:00",
        company_name: "株式会社サンプル",
        page_address: Some("https://certificate.bank.example/cert"),
        user_name: "佐藤 花子",
        user_id: "user01",
        retrieval_password: password,
        expires_at: moment("2026-04-07T00:00:00Z"),
        issued_at: moment("2026-03-31T00:00:00Z"),
        issued_by: "山田 太郎",
    }
}

fn notice(password: &RetrievalPassword, locale: Locale, envelope: Envelope) -> Notice<'_> {
    Notice {
        locale,
        utc_offset_minutes: 540,
        envelope,
        bank_name: "わりふ銀行",
        service_name: "電子証明書再発行サービス",
        sender_address: "〒100-8799 東京都千代田区丸の内9丁目9番9号",
        help_desk_phone: "0120-000-000",
        help_desk_hours: "平日 9:00〜17:00",
        company_name: "株式会社サンプル",
        registered_address: "〒100-0000 東京都千代田区丸の内一丁目2番3号 見本ビル4階",
        user_name: "佐藤 花子",
        user_id: "user01",
        retrieval_password: password,
        issued_at: moment("2026-03-31T00:00:00Z"),
        redeemable_from: moment("2026-03-31T00:00:00Z"),
        expires_at: moment("2026-04-30T14:59:00Z"),
        page_address: Some("https://certificate.bank.example/cert"),
        reference: "P-2026-000123",
    }
}

fn form(locale: Locale) -> Form3<'static> {
    Form3 {
        locale,
        bank_name: "わりふ銀行",
        edition_name: "スタンダード版",
        postal_address: "〒100-8799 わりふ銀行 書面受付センター",
        processing_time: "到着後 7〜10 日",
        needed_items: &["お届け印", "ご契約者番号がわかるもの"],
        help_desk_phone: "0120-000-000",
        help_desk_hours: "平日 9:00〜17:00",
    }
}

/// What one of poppler's tools says of a PDF.
fn says(tool: &str, before: &[&str], pdf: &[u8], after: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sheet.pdf");
    std::fs::write(&path, pdf).unwrap();
    let output = Command::new(tool)
        .args(before)
        .arg(&path)
        .args(after)
        .output();
    let output = output.unwrap_or_else(|error| panic!("{tool} of poppler-utils: {error}"));
    // Poppler up to 22 takes the mark "nothing here is suspect" for an error where it is `false`.
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    let complaints = complaints.replace(
        "Syntax Error: Suspects object is wrong type (boolean)\n",
        "",
    );
    assert!(
        output.status.success() && complaints.is_empty(),
        "{tool}: {complaints}"
    );
    // The titles of headings are shown in an encoding of their own.
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The text, in the order that it stands in the file.
fn text_of(pdf: &[u8]) -> String {
    says("pdftotext", &["-enc", "UTF-8", "-raw"], pdf, &["-"])
}

/// Without line breaks and spaces, which lines are free to choose.
fn solid(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .collect()
}

fn expect_words(pdf: &[u8], words: &[String]) {
    let text = solid(&text_of(pdf));
    for word in words {
        assert!(text.contains(&solid(word)), "{word} is missing in {text}");
    }
    assert!(!text.contains('⟦') && !text.contains('〓'), "{text}");
}

/// One A4 page with a title and a language, tagged, every font inside.
fn expect_sound(pdf: &[u8], locale: Locale) {
    let facts = says("pdfinfo", &[], pdf, &[]);
    let fact = |name: &str| {
        let line = facts.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name} in {facts}"))
            .trim()
            .to_owned()
    };
    assert_eq!(fact("Pages:"), "1");
    assert_eq!(fact("Tagged:"), "yes");
    assert!(fact("Page size:").ends_with("(A4)"), "{facts}");
    assert!(!fact("Title:").is_empty());
    assert!(!facts.contains("CreationDate"), "{facts}");
    let raw = String::from_utf8_lossy(pdf);
    assert!(
        raw.contains(&format!("/Lang({})", locale.tag())),
        "no language"
    );
    assert!(
        raw.contains("<pdfuaid:part>1<"),
        "does not say that it is PDF/UA-1"
    );

    let fonts = says("pdffonts", &[], pdf, &[]);
    let listed: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(!listed.is_empty());
    for font in listed {
        let columns: Vec<&str> = font.split_whitespace().collect();
        let [.., embedded, subset, unicode, _, _] = columns.as_slice() else {
            panic!("{font}");
        };
        assert_eq!([*embedded, *subset, *unicode], ["yes"; 3], "{font}");
    }
}

fn word(locale: Locale, id: &str) -> String {
    assert!(Messages::standard().has(id), "{id}");
    Messages::standard().text(locale, id, &[])
}

fn all(locale: Locale, ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| word(locale, id)).collect()
}

#[test]
fn the_password_sheet_says_what_its_receiver_needs() {
    let secret = password(PASSWORD);
    for locale in Locale::ALL {
        let pdf = password_sheet(&secret, locale).pdf().unwrap();
        expect_sound(&pdf, locale);
        let mut words = all(
            locale,
            &[
                "sheet-title",
                "sheet-bank",
                "sheet-company",
                "sheet-user",
                "secret-heading",
                "issued-until",
                "issued-by",
                "notice-use",
                "notice-use-2",
                "notice-use-3",
                "forms-contact",
                "form-caution",
                "sheet-note-1",
                "sheet-note-2",
                "sheet-note-3",
                "sheet-hand-over",
            ],
        );
        let (until, at) = match locale {
            Locale::Ja => ("2026年4月7日 9:00", "2026年3月31日 9:00"),
            Locale::En => ("7 April 2026, 09:00", "31 March 2026, 09:00"),
        };
        let others = [
            until,
            at,
            "佐藤 花子",
            "＊＊＊r01",
            "山田 太郎",
            "電子証明書再発行サービス",
            "わりふ銀行",
            "株式会社サンプル",
            "https://certificate.bank.example/cert",
            "0120-000-000 平日 9:00〜17:00",
        ];
        words.extend(others.map(str::to_owned));
        let characters = PASSWORD.chars().filter(|character| *character != '-');
        words.extend(
            characters.map(|character| format!("{character} {}", reading(character, locale))),
        );
        expect_words(&pdf, &words);
        let text = text_of(&pdf);
        assert_eq!(text.matches(PASSWORD).count(), 1, "{text}");
        assert!(!text.contains("user01"), "{text}");
    }
}

#[test]
fn form_3_has_every_field() {
    for locale in Locale::ALL {
        let pdf = form(locale).pdf().unwrap();
        expect_sound(&pdf, locale);
        let mut words = all(
            locale,
            &[
                "sheet3-number",
                "sheet3-heading",
                "sheet3-page",
                "sheet3-fill-in",
                "sheet3-date",
                "sheet3-year",
                "sheet3-month",
                "sheet3-day",
                "sheet3-contract",
                "sheet3-company",
                "sheet3-representative",
                "sheet3-seal",
                "sheet3-user-id",
                "sheet3-user-name",
                "sheet3-matters",
                "sheet3-matter-reissue",
                "sheet3-matter-login",
                "sheet3-matter-transaction",
                "sheet3-matter-otp",
                "sheet3-matter-card",
                "sheet3-address",
                "sheet3-address-text",
                "sheet3-contact",
                "sheet3-phone",
                "sheet3-bank",
                "sheet3-bank-received",
                "sheet3-bank-checked",
                "sheet3-bank-done",
                "forms-post-to",
                "forms-needed",
                "forms-processing",
                "forms-contact",
            ],
        );
        let others = [
            "わりふ銀行",
            "スタンダード版",
            "〒100-8799 わりふ銀行 書面受付センター",
            "到着後 7〜10 日",
            "お届け印",
            "ご契約者番号がわかるもの",
            "0120-000-000",
        ];
        words.extend(others.map(str::to_owned));
        expect_words(&pdf, &words);
    }
}

#[test]
fn text_is_in_the_order_of_reading() {
    let secret = password(PASSWORD);
    let pdf = password_sheet(&secret, Locale::Ja).pdf().unwrap();
    let text = solid(&says("pdftotext", &["-enc", "UTF-8", "-raw"], &pdf, &["-"]));
    let order = [
        "電子証明書再発行サービス",
        "お知らせ",
        "佐藤花子様",
        "＊＊＊r01",
        PASSWORD,
        "Kケー",
        "Tティー",
        "7なな",
        "Mエム",
        "9きゅう",
        "2026年4月7日",
        "山田太郎",
        "裁断",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|word| text.find(word)).collect();
    assert!(places.iter().all(Option::is_some), "{text}");
    assert!(places.is_sorted(), "{places:?} in {text}");
    let tags = says("pdfinfo", &["-struct-text"], &pdf, &[]);
    for tag in ["H1", "H2", "Table", "TH", "TD", "LI", "Lbl", "LBody"] {
        assert!(
            tags.lines().any(|line| line.trim().starts_with(tag)),
            "{tag} in {tags}"
        );
    }
}

#[test]
fn the_same_input_makes_the_same_bytes() {
    let secret = password(PASSWORD);
    for locale in Locale::ALL {
        let sheet = || password_sheet(&secret, locale).pdf().unwrap();
        assert_eq!(*sheet(), *sheet());
        let letter = || notice(&secret, locale, Envelope::Long3).pdf().unwrap();
        assert_eq!(*letter(), *letter());
        assert_eq!(form(locale).pdf().unwrap(), form(locale).pdf().unwrap());
    }
    let other = password("KT7M-9XHW-4PAE-R2CX");
    let one = password_sheet(&secret, Locale::Ja).pdf().unwrap();
    assert_ne!(*one, *password_sheet(&other, Locale::Ja).pdf().unwrap());
}

#[test]
fn every_password_stays_on_one_line_of_one_page() {
    for text in ["KT7M-9XHW-4PAE", "WWWW-MMMM-WWWW-MMMM-WWWW-MMMM"] {
        let secret = password(text);
        for locale in Locale::ALL {
            for pdf in [
                password_sheet(&secret, locale).pdf().unwrap(),
                notice(&secret, locale, Envelope::Long3).pdf().unwrap(),
            ] {
                expect_sound(&pdf, locale);
                assert_eq!(text_of(&pdf).matches(text).count(), 1);
            }
        }
    }
}

#[test]
fn what_the_fonts_lack_is_a_geta_and_the_sheet_stands() {
    let secret = password(PASSWORD);
    let mut sheet = password_sheet(&secret, Locale::Ja);
    sheet.user_name = "髙橋 𠮷 葛\u{E0100}城 😀 สมชาย\u{200D}\u{0}";
    let pdf = sheet.pdf().unwrap();
    expect_sound(&pdf, Locale::Ja);
    let text = solid(&text_of(&pdf));
    assert!(text.contains("髙橋𠮷葛城〓〓〓〓〓〓様"), "{text}");
}

#[test]
fn endless_names_break_no_sheet() {
    let secret = password(PASSWORD);
    let name = "寿限無".repeat(400);
    for locale in Locale::ALL {
        let mut sheet = password_sheet(&secret, locale);
        (sheet.user_name, sheet.issued_by, sheet.service_name) = (&name, &name, &name);
        let mut letter = notice(&secret, locale, Envelope::Dl);
        (letter.company_name, letter.registered_address) = (&name, &name);
        let items = [name.as_str(), &name];
        let mut blank = form(locale);
        (blank.postal_address, blank.needed_items) = (&name, &items);
        for pdf in [
            sheet.pdf().unwrap().to_vec(),
            letter.pdf().unwrap().to_vec(),
            blank.pdf().unwrap(),
        ] {
            expect_sound(&pdf, locale);
            assert!(text_of(&pdf).contains('…'));
        }
    }
}
