//! The paper forms, as files.

use super::support::TestServer;

/// The size that the page names, in kilobytes, and the address that it links to.
fn link(page: &str, edition: &str) -> (usize, String) {
    let address = format!("/forms/{edition}/3.pdf");
    let (_, after) = page.split_once(&format!("href=\"{address}\"")).unwrap();
    let words = after.split(['>', '<']).nth(1).unwrap();
    let before = words.rsplit_once("KB").unwrap().0.trim_end();
    let number = before.rsplit(|character: char| !character.is_ascii_digit());
    (number.take(1).collect::<String>().parse().unwrap(), address)
}

#[tokio::test]
async fn form_3_is_a_file_of_the_size_that_its_link_names() {
    let server = TestServer::start().await;
    let mut forms = Vec::new();
    for language in ["ja", "en"] {
        let cookie = format!("warifu-language={language}");
        let client = server.client.with_header("cookie", &cookie);
        let page = client.get("/forms").await.expect(200, None).text();
        for edition in ["standard", "light"] {
            let (kilobytes, address) = link(&page, edition);
            let file = client.get(&address).await.expect(200, None);
            assert_eq!(file.header("content-type"), Some("application/pdf"));
            let name = format!("inline; filename=\"form3-{edition}-{language}.pdf\"");
            assert_eq!(file.header("content-disposition"), Some(name.as_str()));
            assert_eq!(file.header("cache-control"), Some("no-store"));
            let policy = file.header("content-security-policy").unwrap();
            assert!(policy.contains("default-src 'none'"), "{policy}");
            assert!(file.body.starts_with(b"%PDF-"));
            assert_eq!(file.body.len().div_ceil(1024), kilobytes);
            let again = client.get(&address).await.expect(200, None);
            assert_eq!(again.body, file.body);
            assert!(!forms.contains(&file.body), "{address} in {language}");
            forms.push(file.body);
        }
    }
    assert_eq!(server.client.get("/forms/gold/3.pdf").await.status, 404);
}
