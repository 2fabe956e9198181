//! A real `FreeRADIUS` server on a free port, in a folder of its own, that ends with the test.
//!
//! Needs the program `freeradius` (Debian: package `freeradius`). Where it is missing, every test
//! that needs it fails.

use std::collections::HashMap;
use std::net::UdpSocket;
use std::path::PathBuf;

use crate::process::{Process, await_state};

/// What the server and its client know of each other.
pub const SECRET: &str = "canary-radius-secret-2Lm9";

/// A server to which each user's card shows one code at a time.
pub struct FreeRadius {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    folder: PathBuf,
    process: Option<Process>,
}

impl FreeRadius {
    /// One that puts a Message-Authenticator into its answers.
    pub fn start() -> Self {
        Self::start_with(true)
    }

    /// With or without a Message-Authenticator in its answers.
    pub fn start_with(proof: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder is made").keep();
        std::fs::create_dir(folder.join("cards")).expect("a folder is made");
        let port = free_udp_port();
        let place = folder.display().to_string();
        let proof = if proof {
            "update reply {\n            &Message-Authenticator := 0x00\n        }"
        } else {
            ""
        };
        let filled = |text: &str| {
            let text = text.replace("FOLDER", &place).replace("SECRET", SECRET);
            text.replace("PORT", &port.to_string())
                .replace("PROOF", proof)
        };
        let write = |name: &str, text: &str| {
            std::fs::write(folder.join(name), filled(text)).expect("a file is written");
        };
        write("radiusd.conf", SETTINGS);
        write("check", CHECK);
        let mut server = Self {
            port,
            folder,
            process: None,
        };
        server.start_again();
        server
    }

    /// Where it listens, as settings take it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on, the card of `user` shows `code`.
    pub fn show(&self, user: &str, code: &str) {
        let card = self.folder.join("cards").join(user);
        // In one step, for checks may be under way.
        let new = self.folder.join(format!("{user}.new"));
        std::fs::write(&new, code).expect("a card is written");
        std::fs::rename(new, card).expect("a card is put in its place");
    }

    /// Takes the card of `user` away.
    pub fn withdraw(&self, user: &str) {
        std::fs::remove_file(self.folder.join("cards").join(user)).expect("the user has a card");
    }

    /// How often it was asked about each user.
    pub fn asked(&self) -> HashMap<String, usize> {
        let log = std::fs::read_to_string(self.folder.join("asked")).unwrap_or_default();
        let mut asked = HashMap::new();
        for user in log.lines() {
            *asked.entry(user.to_owned()).or_default() += 1;
        }
        asked
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.process.take().expect("the server runs").kill();
    }

    /// Starts it again after [`Self::kill`].
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "the server does not run");
        // What an earlier run said is not what this one says.
        let _ = std::fs::remove_file(self.folder.join("output"));
        let place = self.folder.display().to_string();
        let arguments = ["-f", "-d", &place, "-n", "radiusd", "-l", "stdout"].map(str::to_owned);
        self.process = Some(Process::start("freeradius", &self.folder, &arguments));
        let output = || std::fs::read_to_string(self.folder.join("output")).unwrap_or_default();
        let ready = || output().contains("Ready to process requests");
        await_state("freeradius is ready", ready, output);
    }

    /// Stops it from running, without closing anything.
    pub fn freeze(&self) {
        let process = self.process.as_ref().expect("the server runs");
        process.signal("-STOP");
    }

    /// Lets it run again.
    pub fn thaw(&self) {
        let process = self.process.as_ref().expect("the server runs");
        process.signal("-CONT");
    }
}

impl Drop for FreeRadius {
    fn drop(&mut self) {
        if self.process.is_none() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// A port that is free now.
pub fn free_udp_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    socket
        .local_addr()
        .expect("the socket has an address")
        .port()
}

/// Right is what the user's card shows.
const CHECK: &str = "\
case \"$1\" in *[!A-Za-z0-9._-]*) exit 1 ;; esac
echo \"$1\" >>\"FOLDER/asked\"
[ \"$(cat \"FOLDER/cards/$1\" 2>/dev/null)\" = \"$2\" ]
";

const SETTINGS: &str = "\
prefix = /usr
logdir = FOLDER
run_dir = FOLDER
db_dir = FOLDER
raddbdir = FOLDER
libdir = /usr/lib/freeradius
name = radiusd
pidfile = FOLDER/pid
max_request_time = 30
# 256 where nothing is said: answered ones count too until they are cleaned up.
max_requests = 65536
cleanup_delay = 5
hostname_lookups = no
log {
    destination = stdout
}
security {
    reject_delay = 0
    status_server = yes
}
modules {
    exec card {
        wait = yes
        program = \"/bin/sh FOLDER/check %{User-Name} %{User-Password}\"
        shell_escape = yes
        timeout = 5
    }
    always handled {
        rcode = handled
    }
}
client tests {
    ipaddr = 127.0.0.1
    secret = SECRET
    require_message_authenticator = yes
}
server default {
    listen {
        type = auth
        ipaddr = 127.0.0.1
        port = PORT
    }
    authorize {
        PROOF
        if (&User-Name =~ /challenged$/) {
            update control {
                &Response-Packet-Type := Access-Challenge
            }
            update reply {
                &Reply-Message := \"PIN?\"
                &State := 0x01
            }
            handled
        }
        update control {
            &Auth-Type := card
        }
    }
    authenticate {
        Auth-Type card {
            card
        }
    }
    post-auth {
        Post-Auth-Type REJECT {
            PROOF
        }
    }
}
";
