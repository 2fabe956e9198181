use std::fmt::Write as _;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::sync::Arc;

use warifu_config::demo::Demo;
use warifu_inbound_http::{DemoGuide, HttpSettings};

/// Adds the page that guides through the demonstration, and takes free ports for those in use.
pub(crate) fn prepare(http: &mut HttpSettings, demo: &Arc<Demo>) {
    http.demo = Some(Arc::clone(demo) as Arc<dyn DemoGuide>);
    for listener in &mut http.listeners {
        let taken = TcpListener::bind(listener.bind)
            .is_err_and(|error| error.kind() == ErrorKind::AddrInUse);
        if taken {
            listener.bind.set_port(0);
        }
    }
}

/// What to say to who tries the demonstration.
pub(crate) fn announcement(start_lines: &[String], demo: &Demo) -> String {
    let mut text = String::from(
        "\nデモを開始しました。データはすべてメモリー上にあり、終了すると消えます。\n\
         This is a demonstration. Everything is in memory and gone when it ends.\n\n",
    );
    if let Some(origin) = start_lines.iter().find_map(|line| {
        line.split_whitespace()
            .find(|word| word.starts_with("http://") || word.starts_with("https://"))
    }) {
        for (path, ja, en) in [
            ("/", "ホームページ", "Home page"),
            ("/admin/login", "管理者の入口", "Administrators"),
            ("/cert/login", "電子証明書取得", "Certificate retrieval"),
            (
                "/demo",
                "アカウントと現在のワンタイムパスワード",
                "Accounts and current one-time passwords",
            ),
        ] {
            let _ = writeln!(text, "  {ja} / {en}: {origin}{path}");
        }
    }
    let _ = writeln!(
        text,
        "  監査ログ / Audit log: {}\n\n\
         ご契約者番号, 利用者ID, ログインパスワード, 取引実行パスワード / \
         contract number, user ID, login password, transaction password:",
        demo.audit_file().display()
    );
    for account in demo.accounts() {
        let transaction = account.transaction_password.as_deref().unwrap_or("-");
        let _ = writeln!(
            text,
            "  {}  {:<8} {:<20} {:<20} {} / {}",
            account.contract_number,
            account.user_id,
            account.login_password,
            transaction,
            account.role.ja,
            account.role.en
        );
    }
    text.push_str(
        "\nほかの利用者のログインパスワードは demo-login-利用者ID です。\n\
         Every other user's login password is demo-login-USERID.\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_announcement_names_the_real_port_and_every_account() {
        let demo = Demo::new().unwrap();
        let lines = ["listening on http://127.0.0.1:4711 surfaces=admin".to_owned()];
        let text = announcement(&lines, &demo);
        assert!(text.contains("http://127.0.0.1:4711/demo"), "{text}");
        for account in demo.accounts() {
            assert!(text.contains(&account.login_password), "{text}");
        }
    }

    #[test]
    fn a_port_in_use_is_replaced() {
        let demo = Demo::new().unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut http = HttpSettings::default();
        http.listeners[0].bind = taken.local_addr().unwrap();
        prepare(&mut http, &demo);
        assert_eq!(http.listeners[0].bind.port(), 0);
        assert!(http.demo.is_some());
    }
}
