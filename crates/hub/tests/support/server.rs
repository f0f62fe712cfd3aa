//! A server on loopback that answers as the Hugging Face Hub does.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// Files by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// How a repository, or the way to it, misbehaves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// The token without which files are refused.
    pub(crate) gated: Option<String>,
    /// The token without which the repository does not exist.
    pub(crate) private: Option<String>,
    /// Answers that are refused with 429 first, and the seconds that they ask to wait.
    pub(crate) busy: (usize, u64),
    /// Answers with a file that break off after so many bytes.
    pub(crate) broken: (usize, usize),
    /// Ranges are ignored.
    pub(crate) whole: bool,
    /// Files have another last byte than they should.
    pub(crate) damaged: bool,
    /// Items per page of a listing, if there are several pages.
    pub(crate) page: Option<usize>,
    /// The name that the repository was renamed from.
    pub(crate) former: Option<String>,
}

struct Repo {
    /// Commits by revision, and files by commit.
    revisions: HashMap<String, String>,
    commits: HashMap<String, Files>,
}

#[derive(Default)]
struct State {
    /// By `models/OWNER/NAME` or `datasets/OWNER/NAME`.
    repos: HashMap<String, Repo>,
    faults: Faults,
    /// Requests, as `GET /path` and the range that was asked for.
    requests: Vec<String>,
}

/// The server, for as long as it lives.
#[derive(Clone)]
pub(crate) struct HubServer {
    port: u16,
    state: Arc<Mutex<State>>,
}

/// The sum by which Git names a file.
pub(crate) fn git_blob(bytes: &[u8]) -> String {
    hexadecimal(&Sha1::new_with_prefix(format!("blob {}\0", bytes.len())).chain_update(bytes).finalize())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Whether the Hub would hold the file in Git LFS.
fn is_large(path: &str) -> bool {
    [".safetensors", ".bin", ".onnx", ".onnx_data", ".parquet"].iter().any(|ending| path.ends_with(ending))
}

impl HubServer {
    /// Starts a server at a free port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let serving = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = serving.clone();
                // A client that goes away is none of the server's business.
                std::thread::spawn(move || server.answer(stream).ok());
            }
        });
        server
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a commit to a branch of `models/OWNER/NAME` or `datasets/OWNER/NAME`, and returns it.
    pub(crate) fn push(&self, repo: &str, branch: &str, files: &[(&str, &[u8])]) -> String {
        let files: Files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
        let parts: Vec<u8> =
            files.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes].concat()).collect();
        let commit = git_blob(&[repo.as_bytes(), branch.as_bytes(), &parts].concat());
        let mut state = self.state();
        let repo = state
            .repos
            .entry(repo.to_owned())
            .or_insert_with(|| Repo { revisions: HashMap::new(), commits: HashMap::new() });
        repo.revisions.insert(branch.to_owned(), commit.clone());
        repo.revisions.insert(commit.clone(), commit.clone());
        repo.commits.insert(commit.clone(), files);
        commit
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// The requests since this was asked last.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().requests)
    }

    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim().split_once(':') else { break };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let range = headers.get("range").map(|range| format!(" {range}")).unwrap_or_default();
        self.state().requests.push(format!("{method} {target}{range}"));
        let mut response = self.respond(target, &headers);
        if response.status == 206 || response.status == 200 && response.is_file {
            let mut state = self.state();
            let (count, after) = state.faults.broken;
            if count > 0 && response.body.len() > after && method == "GET" {
                state.faults.broken.0 -= 1;
                response.broken = Some(after);
            }
        }
        response.write(stream, method == "HEAD")
    }

    fn respond(&self, target: &str, headers: &HashMap<String, String>) -> Response {
        let mut state = self.state();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let token = headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if let Some(sum) = path.strip_prefix("/cdn/") {
            // As the storage does, which has credentials of its own in its addresses.
            if token.is_some() {
                return Response::refused(400, "", "the storage takes no token");
            }
            let files = state.repos.values().flat_map(|repo| repo.commits.values()).flatten();
            let found = files.map(|(_, bytes)| bytes).find(|bytes| sha256(bytes) == sum).cloned();
            let found = found.map(|bytes| Response::file(bytes, headers, &state.faults));
            return found.unwrap_or_else(|| Response::refused(404, "", "no such object"));
        }
        if state.faults.busy.0 > 0 {
            state.faults.busy.0 -= 1;
            let wait = state.faults.busy.1;
            return Response::refused(429, "", "too many requests").header("retry-after", wait);
        }
        if token.is_some_and(|token| !token.starts_with("hf_")) {
            return Response::refused(401, "", "Invalid credentials in Authorization header");
        }
        if let Some(former) = state.faults.former.clone().filter(|former| path.contains(&**former)) {
            let (_, renamed) =
                state.repos.keys().next().and_then(|name| name.split_once('/')).unwrap_or_default();
            return Response::new(307).header("location", target.replacen(&former, renamed, 1));
        }
        let wanted = |needed: &Option<String>| needed.as_deref().is_none_or(|needed| token == Some(needed));
        let (is_api, below) = match path.strip_prefix("/api/") {
            Some(below) => (true, below.to_owned()),
            None if path.starts_with("/datasets/") => (false, path.trim_start_matches('/').to_owned()),
            None => (false, format!("models{path}")),
        };
        let mut parts = below.splitn(5, '/');
        let mut part = || parts.next().unwrap_or_default();
        let (kind, owner, name, action, rest) = (part(), part(), part(), part(), part());
        let Some(repo) =
            state.repos.get(&format!("{kind}/{owner}/{name}")).filter(|_| wanted(&state.faults.private))
        else {
            let status = if token.is_some() { 404 } else { 401 };
            return Response::refused(status, "RepoNotFound", "Repository not found");
        };
        // A branch's slashes are encoded, a file's are not.
        let (revision, file) = match action {
            "resolve" => rest.split_once('/').unwrap_or((rest, "")),
            "" => ("main", ""),
            _ => (rest, ""),
        };
        let (revision, file) = (&*decoded(revision), &*decoded(file));
        let Some(commit) = repo.revisions.get(revision) else {
            return Response::refused(404, "RevisionNotFound", "Invalid rev id");
        };
        let Some(files) = repo.commits.get(commit) else { return Response::refused(404, "", "") };
        match (is_api, action) {
            (true, "tree") => tree(files, query, state.faults.page, target, &self.endpoint()),
            (true, _) => info(files, &format!("{owner}/{name}"), commit),
            (false, "resolve") if !wanted(&state.faults.gated) => Response::refused(
                if token.is_some() { 403 } else { 401 },
                "GatedRepo",
                "Access is restricted",
            ),
            (false, "resolve") => {
                let Some(bytes) = files.get(file) else {
                    let refused = Response::refused(404, "EntryNotFound", "Entry not found");
                    return refused.header("x-repo-commit", commit);
                };
                let answer = if is_large(file) {
                    let sum = sha256(bytes);
                    // Another host than the endpoint's, as in reality.
                    Response::new(302)
                        .header("location", format!("http://localhost:{}/cdn/{sum}", self.port))
                        .header("x-linked-etag", format!("\"{sum}\""))
                        .header("x-linked-size", bytes.len())
                } else {
                    Response::file(bytes.clone(), headers, &state.faults)
                        .header("etag", format!("\"{}\"", git_blob(bytes)))
                };
                answer.header("x-repo-commit", commit)
            }
            _ => Response::refused(404, "", "Not found"),
        }
    }
}

/// What the Hub says of a repository at a commit.
fn info(files: &Files, id: &str, commit: &str) -> Response {
    let siblings: Vec<_> = files.keys().map(|path| serde_json::json!({"rfilename": path})).collect();
    Response::json(&serde_json::json!({
        "id": id, "modelId": id, "sha": commit, "private": false, "gated": false, "disabled": false, "tags": [],
        "downloads": 0, "likes": 0, "siblings": siblings,
    }))
}

/// The files of a commit, or a page of them.
fn tree(files: &Files, query: &str, page: Option<usize>, target: &str, endpoint: &str) -> Response {
    let item = |(path, bytes): (&String, &Vec<u8>)| {
        let mut item =
            serde_json::json!({"type": "file", "oid": git_blob(bytes), "size": bytes.len(), "path": path});
        if is_large(path) {
            item["lfs"] = serde_json::json!({"oid": sha256(bytes), "size": bytes.len(), "pointerSize": 132});
        }
        item
    };
    let first = query.split('&').find_map(|pair| pair.strip_prefix("cursor=")?.parse().ok()).unwrap_or(0);
    let count = page.unwrap_or(files.len());
    let items: Vec<_> = files.iter().skip(first).take(count).map(item).collect();
    let next = first + items.len();
    let response = Response::json(&serde_json::json!(items));
    if next < files.len() {
        let path = target.split('?').next().unwrap_or_default();
        return response
            .header("link", format!("<{endpoint}{path}?recursive=true&cursor={next}>; rel=\"next\""));
    }
    response
}

struct Response {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    is_file: bool,
    broken: Option<usize>,
}

impl Response {
    fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), is_file: false, broken: None }
    }

    fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    fn json(value: &serde_json::Value) -> Self {
        let response = Self { body: value.to_string().into_bytes(), ..Self::new(200) };
        response.header("content-type", "application/json")
    }

    fn refused(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({"error": message});
        let mut response = Self { status, ..Self::json(&body) };
        if !code.is_empty() {
            response = response.header("x-error-code", code);
        }
        response.header("x-error-message", message)
    }

    /// A file, or the rest of it from the byte on that is asked for.
    fn file(mut bytes: Vec<u8>, headers: &HashMap<String, String>, faults: &Faults) -> Self {
        if let Some(last) = bytes.last_mut().filter(|_| faults.damaged) {
            *last ^= 1;
        }
        let range = headers.get("range").filter(|_| !faults.whole);
        let from = range.and_then(|range| range.strip_prefix("bytes=")?.split('-').next()?.parse().ok());
        let (size, from): (usize, usize) = (bytes.len(), from.unwrap_or(0));
        if range.is_none() {
            return Self { body: bytes, is_file: true, ..Self::new(200) };
        }
        if from >= size {
            return Self::new(416).header("content-range", format!("bytes */{size}"));
        }
        let body = bytes.split_off(from);
        Self { body, is_file: true, ..Self::new(206) }
            .header("content-range", format!("bytes {from}-{}/{size}", size - 1))
    }

    fn write(self, mut stream: TcpStream, head: bool) -> std::io::Result<()> {
        let mut text = format!("HTTP/1.1 {} Status\r\nconnection: close\r\n", self.status);
        let _ = write!(text, "content-length: {}\r\n", self.body.len());
        for (name, value) in &self.headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        stream.write_all(text.as_bytes())?;
        stream.write_all(b"\r\n")?;
        if !head {
            stream.write_all(self.body.get(..self.broken.unwrap_or(self.body.len())).unwrap_or_default())?;
        }
        stream.flush()
    }
}

/// Resolves percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digits = [rest.clone().next(), rest.clone().nth(1)]
            .map(|digit| digit.and_then(|digit| char::from(digit).to_digit(16)));
        if let (b'%', [Some(high), Some(low)]) = (byte, digits) {
            bytes.push((high * 16 + low) as u8);
            rest.nth(1);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
