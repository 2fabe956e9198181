use std::fmt::Write as _;
use std::io::ErrorKind;
use std::sync::Arc;

pub(crate) use warifu_config::demo::Demo;
use warifu_core::UseCases;
use warifu_inbound_http::{
    DemoAccount, DemoGuide, DemoStaff, HttpSettings, LocalText, Server, StartError,
};

use crate::Failure;
use crate::arguments::Arguments;

/// The demonstration, where the arguments ask for it.
pub(crate) fn wanted(arguments: &Arguments) -> Result<Option<Arc<Demo>>, Failure> {
    let demo = arguments.demo.then(Demo::new).transpose();
    demo.map_err(|error| {
        Failure::unexpected(format!(
            "no folder for the demonstration can be made: {error}"
        ))
    })
}

/// Listens, with the page that guides through the demonstration, and on free ports instead of those
/// that are in use. Asked by listening itself: who asks before can be overtaken.
pub(crate) async fn bind(
    mut http: HttpSettings,
    use_cases: UseCases,
    demo: &Arc<Demo>,
) -> Result<Server, StartError> {
    http.demo = Some(Arc::new(Guide(Arc::clone(demo))));
    loop {
        let taken = match Server::bind(http.clone(), use_cases.clone()).await {
            Err(StartError::Bind { address, source })
                if source.kind() == ErrorKind::AddrInUse && address.port() != 0 =>
            {
                address
            }
            answer => return answer,
        };
        for listener in &mut http.listeners {
            if listener.bind == taken {
                listener.bind.set_port(0);
            }
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
                "/office/login",
                "事務センターの入口",
                "The bank's back office",
            ),
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
            account.role.0,
            account.role.1
        );
    }
    text.push_str("\n職員ID, ログインパスワード / staff ID, login password:\n");
    for member in demo.staff() {
        let _ = writeln!(
            text,
            "  {:<8} {:<20} {} / {}",
            member.staff_id, member.login_password, member.role.0, member.role.1
        );
    }
    text.push_str(
        "\nほかの利用者のログインパスワードは demo-login-利用者ID です。\n\
         Every other user's login password is demo-login-USERID.\n",
    );
    text
}

/// What the page of the demonstration asks for.
struct Guide(Arc<Demo>);

impl DemoGuide for Guide {
    fn accounts(&self) -> Vec<DemoAccount> {
        let accounts = self.0.accounts().into_iter();
        accounts
            .map(|account| DemoAccount {
                role: LocalText::new(account.role.0, account.role.1),
                contract_number: account.contract_number,
                user_id: account.user_id,
                login_password: account.login_password,
                transaction_password: account.transaction_password,
                has_card: account.has_card,
            })
            .collect()
    }

    fn current_code(&self, index: usize) -> Option<(String, u64)> {
        self.0.current_code(index)
    }

    fn staff(&self) -> Vec<DemoStaff> {
        let staff = self.0.staff().into_iter();
        staff
            .map(|member| DemoStaff {
                role: LocalText::new(member.role.0, member.role.1),
                staff_id: member.staff_id,
                login_password: member.login_password,
            })
            .collect()
    }

    fn current_staff_code(&self, index: usize) -> Option<(String, u64)> {
        self.0.current_staff_code(index)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use warifu_config::{Configuration, assemble};

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
        for member in demo.staff() {
            assert!(text.contains(&member.login_password), "{text}");
        }
    }

    #[tokio::test]
    async fn a_port_in_use_is_replaced() {
        let demo = Demo::new().unwrap();
        let configuration = Configuration::load(&demo.layers(), &demo.registry()).unwrap();
        let assembled = assemble(&configuration).await.unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut http = crate::http_settings(configuration.settings(), assembled.meters);
        http.listeners[0].bind = taken.local_addr().unwrap();
        let server = bind(http, assembled.use_cases, &demo).await.unwrap();
        let taken = taken.local_addr().unwrap().to_string();
        assert_eq!(server.start_lines().len(), 1);
        assert!(
            !server.start_lines()[0].contains(&taken),
            "{:?}",
            server.start_lines()
        );
    }
}
