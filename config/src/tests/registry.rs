use crate::{Program, Registry};

#[test]
fn a_program_has_no_name_of_its_own_unless_it_gives_one() {
    assert_eq!(Registry::standard().program(), None);
    assert_eq!(Registry::empty().program(), None);
    let (name, version) = ("acme-http", "7.1");
    let program = Some(Program { name, version });
    let named = Registry::standard().for_program(name, version);
    assert_eq!(named.program(), program);
    let renamed = Registry::empty()
        .for_program("acme", "1")
        .for_program(name, version);
    assert_eq!(renamed.program(), program, "the last one counts");
}

#[test]
fn a_name_changes_nothing_about_the_adapters() {
    let named = Registry::standard().for_program("acme-http", "7.1");
    assert_eq!(crate::schema(&named), crate::schema(&Registry::standard()));
}
