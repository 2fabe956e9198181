//! Arrows point inwards, never back: `bins → config → adapters → core`.

use super::expect_none;
use super::workspace::{Package, members, ports, shipped_rust};

/// Core is plain rules. What it may use is a decision of its own, so the list is short and closed.
const CORE_MAY_USE: &[&str] = &[
    "async-trait",
    "data-encoding",
    "hmac",
    "secrecy",
    "serde",
    "sha2",
    "thiserror",
    "time",
    "tokio",
    "tracing",
    "unicode-normalization",
    "zeroize",
];

/// What the program of a customer's PC makes itself: keys with their files, and randomness.
const CUSTOMERS_ADAPTERS: [&str; 2] = ["warifu-system", "warifu-x509"];

fn is_outbound(package: &Package) -> bool {
    package.folder.starts_with("adapters/outbound")
}

/// Which packages of this workspace `package` may depend on.
fn allowed(package: &Package) -> Box<dyn Fn(&Package) -> bool> {
    let folder = &package.folder;
    if folder.starts_with("core") {
        Box::new(|_| false)
    } else if folder.starts_with("adapters/kit") || folder.ends_with("contracts") {
        Box::new(|other| other.name == "warifu-core")
    } else if is_outbound(package) && package.whole().is_some() {
        Box::new(|_| false)
    } else if is_outbound(package) {
        let name = package.name.clone();
        Box::new(move |other| {
            ["warifu-core", "warifu-adapter-kit"].contains(&&*other.name)
                || other.whole() == Some(&*name)
        })
    } else if folder.starts_with("adapters/inbound") {
        // What all faces show alike: their words, what goes over the wire, and their sheets of paper.
        let shared = ["warifu-messages", "warifu-wire", "warifu-sheets"];
        let own = shared.iter().position(|name| *name == package.name);
        let shared = &shared[..own.unwrap_or(shared.len())];
        let shared: Vec<String> = shared.iter().map(|&name| name.to_owned()).collect();
        Box::new(move |other| other.name == "warifu-core" || shared.contains(&other.name))
    } else if folder.starts_with("config") {
        // Faces are told what they are to do by their programs.
        Box::new(|other| {
            is_outbound(other) && other.whole().is_none()
                || ["warifu-core", "warifu-adapter-kit"].contains(&&*other.name)
        })
    } else if folder.ends_with("bins/self-service") {
        // Without a configuration there is nobody to choose its two adapters.
        Box::new(|other| {
            ["warifu-core", "warifu-adapter-kit"].contains(&&*other.name)
                || CUSTOMERS_ADAPTERS.contains(&other.name.as_str())
                || other.folder.starts_with("config")
                || other.folder.starts_with("adapters/inbound")
        })
    } else if folder.starts_with("bins") {
        // The web server is one program's: the others speak to it over the wire, or not at all.
        let serves = package.name == "warifu-http";
        Box::new(move |other| {
            other.name == "warifu-core"
                || other.folder.starts_with("config")
                || other.folder.starts_with("adapters/inbound")
                    && (serves || other.name != "warifu-inbound-http")
        })
    } else {
        Box::new(|_| true)
    }
}

#[test]
fn arrows_point_inwards() {
    let mut violations = Vec::new();
    for package in members() {
        let allowed = allowed(package);
        for other in members().filter(|other| package.dependencies.contains(&other.name)) {
            if !allowed(other) {
                violations.push(format!("{} depends on {}", package.name, other.name));
            }
        }
    }
    expect_none(
        &violations,
        "Turn the arrow round: bins → config → adapters → core. Put what both need into core (a \
         value or a port), and let config hand the adapter in.",
    );
}

#[test]
fn every_package_has_its_place() {
    let places = [
        "core",
        "adapters/inbound",
        "adapters/kit",
        "adapters/outbound",
        "config",
        "bins",
        "tests",
    ];
    let violations: Vec<String> = members()
        .filter(|package| !places.iter().any(|place| package.folder.starts_with(place)))
        .map(|package| format!("{} lies in {}", package.name, package.folder.display()))
        .collect();
    expect_none(
        &violations,
        "Move the package below one of: core, adapters, config, bins, tests.",
    );
}

#[test]
fn core_uses_no_technology() {
    let core = members()
        .find(|package| package.name == "warifu-core")
        .expect("core exists");
    let violations: Vec<String> = core
        .dependencies
        .iter()
        .filter(|name| !CORE_MAY_USE.contains(&name.as_str()))
        .map(|name| format!("core depends on {name}"))
        .collect();
    expect_none(
        &violations,
        "Core holds rules, no technology: put it behind a port, in an adapter. If it truly is \
         about the rules, add it to CORE_MAY_USE in this test and say why in the commit message.",
    );
}

#[test]
fn core_does_no_input_or_output() {
    let forbidden = [
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "std::env",
        "std::process",
        "std::io::std",
        "tokio::fs",
        "tokio::net",
        "tokio::io",
        "tokio::process",
        "tokio::signal",
        "tokio::time",
        "println!",
        "eprintln!",
    ];
    let mut violations = Vec::new();
    for file in shipped_rust()
        .iter()
        .filter(|file| file.path.starts_with("core/"))
    {
        for (number, line) in file.shipped_lines() {
            for word in forbidden.iter().filter(|word| line.contains(*word)) {
                violations.push(format!("{}:{number} uses {word}", file.path));
            }
        }
    }
    expect_none(
        &violations,
        "Put it behind a port in core/src/ports and into an adapter.",
    );
}

/// Dependencies are not all: a path in a macro or a string of code could name an adapter too.
#[test]
fn only_config_names_outbound_adapters() {
    let mut violations = Vec::new();
    for package in members().filter(|package| is_outbound(package)) {
        let own = format!("{}/", package.folder.display());
        let user = members()
            .find(|other| package.whole() == Some(other.name.as_str()))
            .map_or_else(
                || "config/".to_owned(),
                |adapter| format!("{}/", adapter.folder.display()),
            );
        let identifier = package.name.replace('-', "_");
        for file in shipped_rust() {
            let of_customers = file.path.starts_with("bins/self-service/")
                && CUSTOMERS_ADAPTERS.contains(&package.name.as_str());
            let may = file.path.starts_with(&user) || file.path.starts_with(&own) || of_customers;
            if !may
                && file
                    .shipped_lines()
                    .any(|(_, line)| names(line, &identifier))
            {
                violations.push(format!("{} names {identifier}", file.path));
            }
        }
    }
    expect_none(
        &violations,
        "Take the port (`Arc<dyn …>`) and let config choose the adapter.",
    );
}

fn names(line: &str, identifier: &str) -> bool {
    line.contains(&format!("{identifier}::")) || line.contains(&format!("use {identifier}"))
}

#[test]
fn use_cases_are_called_and_not_rewritten() {
    // Inbound code parses, calls and renders. A port in its hands would be a decision taken twice.
    let mut violations = Vec::new();
    for file in shipped_rust()
        .iter()
        .filter(|file| file.path.starts_with("adapters/inbound/"))
    {
        for (number, line) in file.shipped_lines() {
            for port in ports() {
                if line.contains(&format!("dyn {port}")) || line.contains(&format!("impl {port} "))
                {
                    violations.push(format!("{}:{number} takes the port {port}", file.path));
                }
            }
        }
    }
    expect_none(
        &violations,
        "Call a use case (of `Customers`, `Office`, `Terminal`, or of who they let in) instead of a \
         port.",
    );
}

/// What a terminal of the bank may do authenticates nobody: no listener may come near it.
#[test]
fn only_terminals_reach_the_terminals_use_cases() {
    let may = |path: &str| {
        path.starts_with("core/")
            || path.starts_with("config/")
            || path.starts_with("bins/admin/")
            || path.starts_with("adapters/inbound/terminal/")
    };
    let mut violations = Vec::new();
    for file in shipped_rust().iter().filter(|file| !may(&file.path)) {
        for (number, line) in file.shipped_lines() {
            if line.contains("warifu_core::terminal") || line.contains("assemble_terminal") {
                violations.push(format!("{}:{number} reaches the terminal", file.path));
            }
        }
    }
    expect_none(
        &violations,
        "Let the user or clerk prove who they are: call `Customers` or `Office`.",
    );
}

/// A proof is made where something was proved, in one file; elsewhere it can only be used up.
#[test]
fn entitlements_are_made_in_one_file() {
    let mut violations = Vec::new();
    for file in shipped_rust()
        .iter()
        .filter(|file| file.path.starts_with("core/") && file.path != "core/src/entitlement.rs")
    {
        for (number, line) in file.shipped_lines() {
            if line.contains("Entitlement {") && !line.contains("struct Entitlement") {
                violations.push(format!("{}:{number} makes an entitlement", file.path));
            }
        }
    }
    expect_none(&violations, "Prove it in core/src/entitlement.rs.");
}
