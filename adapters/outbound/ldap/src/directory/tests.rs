use super::*;

fn settings() -> LdapDirectorySettings {
    LdapDirectorySettings {
        server: LdapServer::new("ldap://127.0.0.1"),
        base: "dc=bank,dc=example".to_owned(),
        user_filter: "(&(o={contract})(uid={user}))".to_owned(),
        user_id: "uid".to_owned(),
        user_name: "cn".to_owned(),
        mail: "mail".to_owned(),
        certificate_not_after: None,
        identity: "entryUUID".to_owned(),
        password_changed: "pwdChangedTime".to_owned(),
        disabled: Right::Nobody,
        service_administrator: Right::Nobody,
        reissue_right: Right::Nobody,
        contract_base: None,
        contract_filter: "(o={contract})".to_owned(),
        contract_name: "description".to_owned(),
        edition: "businessCategory".to_owned(),
        default_edition: Edition::parse("standard").unwrap(),
        registered_address: "postalAddress".to_owned(),
    }
}

fn refused_key(change: impl FnOnce(&mut LdapDirectorySettings)) -> String {
    let mut settings = settings();
    change(&mut settings);
    let refusal = LdapDirectory::new(&settings).map(|_| ());
    refusal.expect_err("it is refused").key
}

#[test]
fn settings_that_cannot_be_meant_are_refused_by_name() {
    assert!(LdapDirectory::new(&settings()).is_ok());
    let key = refused_key(|settings| settings.user_filter = "(uid={user})".to_owned());
    assert_eq!(key, "user_filter");
    let key = refused_key(|settings| settings.contract_filter = "(o=*)".to_owned());
    assert_eq!(key, "contract_filter");
    let key = refused_key(|settings| settings.user_id = "uid=*)(x".to_owned());
    assert_eq!(key, "user_id");
    let key = refused_key(|settings| {
        settings.disabled = Right::Matching("(employeeType=x".to_owned());
    });
    assert_eq!(key, "disabled");
    let key = refused_key(|settings| {
        settings.reissue_right = Right::InGroup {
            name: "cn={user}".to_owned(),
            member: "member".to_owned(),
        };
    });
    assert_eq!(key, "reissue_right");
}
