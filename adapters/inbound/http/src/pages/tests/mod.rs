//! Every template, rendered with samples in both languages.

mod html;
mod samples;

use warifu_messages::Locale;

use html::Html;
use samples::{Sample, samples};

fn every_page(check: impl Fn(&Sample, &Html<'_>)) {
    for locale in Locale::ALL {
        for sample in samples(locale, "佐藤 花子") {
            let html = Html::read(&sample.name, &sample.html);
            check(&sample, &html);
        }
    }
}

#[test]
fn every_page_is_well_formed() {
    every_page(|sample, html| {
        assert_eq!(
            html.attribute("html", "lang"),
            Some(sample.locale.tag()),
            "{}",
            sample.name
        );
        assert_eq!(html.count("h1"), 1, "{}: headings", sample.name);
        assert_eq!(html.count("main"), 1, "{}: main", sample.name);
        html.expect_unique_ids();
        html.expect_references_resolve();
    });
}

#[test]
fn every_page_says_where_one_is() {
    every_page(|sample, html| {
        let title = html.text_of("title");
        let service = match sample.locale {
            Locale::Ja => "電子証明書再発行サービス",
            Locale::En => "Certificate reissue service",
        };
        assert!(title.contains(service), "{}: {title}", sample.name);
        let failed = title.starts_with("エラー: ") || title.starts_with("Error: ");
        assert_eq!(failed, sample.failed, "{}: {title}", sample.name);
        assert_eq!(
            sample.html.contains("id=\"error-summary\""),
            sample.failed,
            "{}",
            sample.name
        );
    });
}

#[test]
fn no_text_is_missing() {
    every_page(|sample, _| {
        assert!(
            !sample.html.contains('⟦'),
            "{}: {}",
            sample.name,
            sample.html
        );
        assert!(
            !sample.html.contains("{ $"),
            "{}: an argument is missing",
            sample.name
        );
    });
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    every_page(|sample, html| {
        assert_eq!(html.count("style"), 0, "{}", sample.name);
        for (tag, attributes) in html.elements() {
            for (name, value) in attributes {
                assert!(
                    name != "style" && !name.starts_with("on"),
                    "{}: {name}",
                    sample.name
                );
                let address = matches!(name.as_str(), "src" | "href" | "action");
                let ours = value.starts_with('/') || value.starts_with('#');
                let file = value.starts_with("data:application/") && tag == "a";
                assert!(!address || ours || file, "{}: {name}={value}", sample.name);
            }
            let source = attributes.iter().any(|(name, _)| name == "src");
            assert!(
                tag != "script" || source,
                "{}: a script in the page",
                sample.name
            );
        }
    });
}

#[test]
fn forms_are_kept_usable() {
    every_page(|sample, html| {
        for (tag, attributes) in html.elements() {
            for barred in ["required", "placeholder", "disabled", "maxlength"] {
                let has = attributes.iter().any(|(name, _)| name == barred);
                assert!(!has, "{}: {tag} {barred}", sample.name);
            }
        }
    });
}

#[test]
fn only_pages_with_a_secret_show_one_and_no_title_does() {
    every_page(|sample, html| {
        let shown = sample.html.contains(samples::SECRET_GROUP);
        assert_eq!(shown, sample.secret, "{}", sample.name);
        assert!(
            !html.text_of("title").contains(samples::SECRET_GROUP),
            "{}",
            sample.name
        );
        let guarded = html.attribute("html", "translate") == Some("no");
        assert!(
            !sample.secret || guarded,
            "{}: may be translated",
            sample.name
        );
    });
}

#[test]
fn what_people_are_called_is_text_and_nothing_else() {
    let hostile = "<script>alert(1)</script>{{7*7}}\"'";
    for sample in samples(Locale::En, hostile) {
        assert!(!sample.html.contains("<script>alert"), "{}", sample.name);
        Html::read(&sample.name, &sample.html);
    }
}
