//! A real `haproxy` that ends mutual TLS in front of a server.

use std::path::Path;

use crate::process::{Process, await_state, free_port};

/// A proxy until dropped.
pub struct HaProxy {
    /// Where it listens, with TLS.
    pub port: u16,
    _process: Process,
}

impl HaProxy {
    /// In front of the server on `behind`. `identity` (certificate, then key) and `clients` (their
    /// authorities) are PEM. What it sees of a client's certificate it passes on as RFC 9440 says.
    pub fn passing_certificates_on(identity: &str, clients: &str, behind: u16) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        let port = free_port();
        let write = |name: &str, text: &str| {
            std::fs::write(folder.join(name), text).expect("the folder is written");
        };
        write("server.pem", identity);
        write("clients.pem", clients);
        let shown = folder.display();
        let configuration = format!(
            "global\n  maxconn 100\ndefaults\n  mode http\n  timeout connect 10s\n  \
             timeout client 60s\n  timeout server 60s\nfrontend doors\n  \
             bind 127.0.0.1:{port} ssl crt {shown}/server.pem ca-file {shown}/clients.pem \
             verify optional crt-ignore-err all\n  \
             http-request del-header Client-Cert\n  http-request del-header Client-Cert-Chain\n  \
             http-request set-header Client-Cert :%[ssl_c_der,base64]: if {{ ssl_c_used }}\n  \
             default_backend warifu\nbackend warifu\n  server one 127.0.0.1:{behind}\n"
        );
        write("haproxy.cfg", &configuration);
        let file = folder.join("haproxy.cfg").display().to_string();
        let process = Process::start("haproxy", &folder, &["-db".to_owned(), "-f".into(), file]);
        let accepts = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        await_state("HAProxy accepts", accepts, || output(&folder));
        Self {
            port,
            _process: process,
        }
    }
}

fn output(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("output")).unwrap_or_default()
}
