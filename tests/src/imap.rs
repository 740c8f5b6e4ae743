//! A small mailbox server (IMAP4rev1), with levers: the line can be dropped before, within or after any answer.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The only user.
pub const USER: &str = "bounces@example.com";
/// Their password.
pub const PASSWORD: &str = "s3 cret/\"quoted\"";

/// How the line is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encrypted {
    /// Not at all.
    Never,
    /// Once the client asks for it, and nothing is said before.
    AfterGreeting,
    /// From the first byte.
    FromTheStart,
}

/// When the line is dropped, once: at the next command that begins so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drops {
    /// Before it is done.
    Before(&'static str),
    /// In the midst of the answer, after it is done.
    Within(&'static str),
    /// It is done, and the answer never comes.
    After(&'static str),
    /// It is not done, and the line stays open without a word.
    Hangs(&'static str),
}

#[derive(Clone, Debug)]
struct Mail {
    uid: u32,
    raw: Vec<u8>,
    flags: BTreeSet<String>,
}

struct State {
    folders: BTreeMap<String, Vec<Mail>>,
    last_uid: u32,
    drops: Option<Drops>,
    capabilities: &'static str,
    fetched: Vec<u32>,
    sign_ins: u32,
}

/// A running server; it takes nobody in any more when this is dropped.
pub struct Imap {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    state: Arc<Mutex<State>>,
    stopped: Arc<std::sync::atomic::AtomicBool>,
}

/// A file of the tests' own authority: `ca.pem`, `server.pem`, `server-key.pem` (for localhost, until 2126).
pub fn certificate(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("it/mailbox").join(name)
}

impl Imap {
    /// Starts one with an empty INBOX.
    pub fn start(encrypted: Encrypted) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State {
            folders: BTreeMap::from([("INBOX".to_owned(), Vec::new())]),
            last_uid: 40,
            drops: None,
            capabilities: "IMAP4rev1 MOVE UIDPLUS",
            fetched: Vec::new(),
            sign_ins: 0,
        }));
        let stopped = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (shared, ends) = (Arc::clone(&state), Arc::clone(&stopped));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ends.load(std::sync::atomic::Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // What goes wrong on a line ends that line.
                std::thread::spawn(move || serve(stream, encrypted, &shared).ok());
            }
        });
        Self { port, state, stopped }
    }

    /// The address with user and password, and what follows after the host.
    pub fn url(&self, scheme: &str, rest: &str) -> String {
        let port = self.port;
        format!("{scheme}://bounces%40example.com:s3%20cret%2F%22quoted%22@localhost:{port}{rest}")
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Puts a message into the INBOX; answers its UID.
    pub fn put(&self, raw: &str) -> u32 {
        let mut state = self.state();
        state.last_uid += 1;
        let uid = state.last_uid;
        let mail = Mail { uid, raw: raw.as_bytes().to_vec(), flags: BTreeSet::new() };
        state.folders.get_mut("INBOX").unwrap().push(mail);
        uid
    }

    /// Takes a message away behind everybody's back.
    pub fn remove(&self, uid: u32) {
        self.state().folders.values_mut().for_each(|mails| mails.retain(|mail| mail.uid != uid));
    }

    /// The UIDs in a folder, each with its flags.
    pub fn folder(&self, name: &str) -> Vec<String> {
        let state = self.state();
        let mails = state.folders.get(name).map_or(&[][..], Vec::as_slice);
        mails
            .iter()
            .map(|m| format!("{} {}", m.uid, m.flags.iter().cloned().collect::<String>()).trim().to_owned())
            .collect()
    }

    /// Drops the line, once.
    pub fn drops(&self, drops: Drops) {
        self.state().drops = Some(drops);
    }

    /// The line has been dropped since.
    pub fn has_dropped(&self) -> bool {
        self.state().drops.is_none()
    }

    /// What it says that it can.
    pub fn can(&self, capabilities: &'static str) {
        self.state().capabilities = capabilities;
    }

    /// The UIDs of messages whose bytes were asked for, in order, since the last time.
    pub fn fetched(&self) -> Vec<u32> {
        std::mem::take(&mut self.state().fetched)
    }

    /// How often somebody has signed in.
    pub fn sign_ins(&self) -> u32 {
        self.state().sign_ins
    }
}

impl Drop for Imap {
    fn drop(&mut self) {
        self.stopped.store(true, std::sync::atomic::Ordering::Relaxed);
        // Wakes whoever waits for the next line; nobody may be there any more.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

fn encrypt(stream: TcpStream) -> Box<dyn Line> {
    let chain = CertificateDer::pem_file_iter(certificate("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(certificate("server-key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    Box::new(StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream))
}

fn serve(stream: TcpStream, encrypted: Encrypted, state: &Mutex<State>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_nodelay(true)?;
    let mut line: Box<dyn Line> = match encrypted {
        Encrypted::FromTheStart => encrypt(stream.try_clone()?),
        _ => Box::new(stream.try_clone()?),
    };
    line.write_all(b"* OK ready\r\n")?;
    line.flush()?;
    let mut lines = BufReader::new(line);
    let (mut signed_in, mut secret, mut folder) = (false, encrypted != Encrypted::AfterGreeting, String::new());
    loop {
        let mut text = String::new();
        if lines.read_line(&mut text)? == 0 {
            return Ok(());
        }
        let (tag, command) = text.trim_end().split_once(' ').unwrap_or((text.trim_end(), ""));
        let drops = state.lock().unwrap().drops.filter(|drops| {
            let (Drops::Before(word) | Drops::Within(word) | Drops::After(word) | Drops::Hangs(word)) = drops;
            command.starts_with(word)
        });
        if drops.is_some() {
            state.lock().unwrap().drops = None;
        }
        match drops {
            Some(Drops::Before(_)) => return Ok(()),
            Some(Drops::Hangs(_)) => {
                std::thread::sleep(Duration::from_secs(20));
                return Ok(());
            }
            _ => {}
        }
        if command == "STARTTLS" && encrypted == Encrypted::AfterGreeting && !secret {
            lines.get_mut().write_all(format!("{tag} OK begin\r\n").as_bytes())?;
            lines = BufReader::new(encrypt(stream.try_clone()?));
            secret = true;
            continue;
        }
        let answer = match (signed_in, secret) {
            (false, false) => format!("{tag} NO [PRIVACYREQUIRED] not in clear\r\n").into_bytes(),
            (false, true) if command.starts_with("LOGIN ") => {
                let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
                signed_in = command == format!("LOGIN {} {}", quoted(USER), quoted(PASSWORD));
                state.lock().unwrap().sign_ins += u32::from(signed_in);
                let word = if signed_in { "OK welcome" } else { "NO [AUTHENTICATIONFAILED] who are you" };
                format!("{tag} {word}\r\n").into_bytes()
            }
            (false, true) => format!("{tag} BAD sign in\r\n").into_bytes(),
            (true, _) => handle(&mut state.lock().unwrap(), tag, command, &mut folder),
        };
        let shown = match drops {
            Some(Drops::Within(_)) => &answer[..answer.len() / 2],
            Some(Drops::After(_)) => &[],
            _ => &answer[..],
        };
        lines.get_mut().write_all(shown)?;
        lines.get_mut().flush()?;
        if drops.is_some() || command == "LOGOUT" {
            return Ok(());
        }
    }
}

fn handle(state: &mut State, tag: &str, command: &str, folder: &mut String) -> Vec<u8> {
    let ok = format!("{tag} OK done\r\n").into_bytes();
    let no = |why: &str| format!("{tag} NO {why}\r\n").into_bytes();
    let unquoted = |text: &str| text.trim().trim_matches('"').to_owned();
    let words: Vec<&str> = command.splitn(4, ' ').collect();
    match words.as_slice() {
        ["CAPABILITY"] => [format!("* CAPABILITY {}\r\n", state.capabilities).into_bytes(), ok].concat(),
        ["NOOP"] => ok,
        ["LOGOUT"] => [b"* BYE\r\n".to_vec(), ok].concat(),
        ["SELECT", name @ ..] => {
            *folder = unquoted(&name.join(" "));
            match state.folders.get(folder) {
                Some(mails) => {
                    [format!("* {} EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n", mails.len()).into_bytes(), ok].concat()
                }
                None => no("[NONEXISTENT] no such folder"),
            }
        }
        ["CREATE", name @ ..] => {
            state.folders.entry(unquoted(&name.join(" "))).or_default();
            ok
        }
        ["UID", "SEARCH", keys @ ..] => {
            let keys = keys.join(" ");
            let lacks = |mail: &&Mail, key: &str, flag: &str| !keys.contains(key) || !mail.flags.contains(flag);
            let wanted = |mail: &&Mail| lacks(mail, "UNSEEN", "\\Seen") && lacks(mail, "UNDELETED", "\\Deleted");
            let found: Vec<String> =
                state.folders[folder].iter().filter(wanted).map(|mail| mail.uid.to_string()).collect();
            [format!("* SEARCH {}\r\n", found.join(" ")).into_bytes(), ok].concat()
        }
        ["UID", "FETCH", uid, query] => {
            let uid: u32 = uid.parse().unwrap();
            let most = query.split("<0.").nth(1).and_then(|rest| rest.split('>').next()).unwrap().parse().unwrap();
            assert!(query.contains("BODY.PEEK[]"), "fetching leaves no trace: {query}");
            let Some((at, mail)) = state.folders[folder].iter().enumerate().find(|(_, mail)| mail.uid == uid) else {
                return ok;
            };
            state.fetched.push(uid);
            let bytes = &mail.raw[..mail.raw.len().min(most)];
            // Before the answer, news of another message, as servers like to tell.
            let head = format!(
                "* 1 FETCH (FLAGS (\\Recent))\r\n* {} FETCH (UID {uid} BODY[]<0> {{{}}}\r\n",
                at + 1,
                bytes.len()
            );
            [head.as_bytes(), bytes, b")\r\n", &ok].concat()
        }
        ["UID", "STORE", uid, change] => {
            let uid: u32 = uid.parse().unwrap();
            let flag = change.split(['(', ')']).nth(1).unwrap().to_owned();
            let mails = state.folders.get_mut(folder).unwrap();
            mails.iter_mut().filter(|mail| mail.uid == uid).for_each(|mail| mail.flags.extend([flag.clone()]));
            ok
        }
        ["UID", "EXPUNGE", uid] => {
            let uid: u32 = uid.parse().unwrap();
            state.folders.get_mut(folder).unwrap().retain(|m| m.uid != uid || !m.flags.contains("\\Deleted"));
            ok
        }
        ["UID", how @ ("MOVE" | "COPY"), uid, to] => {
            let (uid, to): (u32, String) = (uid.parse().unwrap(), unquoted(to));
            if !state.capabilities.contains("MOVE") && *how == "MOVE" {
                return format!("{tag} BAD no such command\r\n").into_bytes();
            }
            if !state.folders.contains_key(&to) {
                return no("[TRYCREATE] no such folder");
            }
            let found = state.folders[folder].iter().find(|mail| mail.uid == uid).cloned();
            if let Some(mail) = found {
                state.folders.get_mut(&to).unwrap().push(mail);
                if *how == "MOVE" {
                    state.folders.get_mut(folder).unwrap().retain(|mail| mail.uid != uid);
                }
            }
            ok
        }
        _ => format!("{tag} BAD {command}\r\n").into_bytes(),
    }
}
