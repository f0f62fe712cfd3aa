//! Requests to the Hub, and what its refusals mean.

use std::path::{Path, PathBuf};
use std::time::Duration;

use protocols::Observer;
use serde::de::DeserializeOwned;
use ureq::config::RedirectAuthHeaders;
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body, Proxy};

use crate::{Error, Repo, RepoKind};

/// Requests that are made before a busy or broken Hub is an error.
pub(crate) const ATTEMPTS: u32 = 5;

/// The longest that we wait because the Hub asks for it.
const LONGEST_WAIT: u64 = 120;

/// How often the observer is asked whether to stop while we wait.
const SLICE: Duration = Duration::from_millis(50);

/// The largest answer that is not a file.
const LARGEST_ANSWER: u64 = 256 << 20;

pub(crate) struct Client {
    agent: Agent,
    endpoint: String,
    /// The header that carries the token.
    authorization: Option<String>,
    token_file: PathBuf,
}

impl std::fmt::Debug for Client {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// The observer asked to stop.
pub(crate) struct Stop;

/// Why there is no answer that can be used.
pub(crate) enum Failure {
    /// No answer, or only a part of it.
    Network(String),
    Refused(Error),
    Stopped,
}

impl Client {
    pub(crate) fn new(
        endpoint: String,
        token: Option<String>,
        token_file: PathBuf,
        proxy: Option<String>,
        no_proxy: &str,
    ) -> Result<Self, Error> {
        let is_address = |text: &str| {
            let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            host.is_some_and(|host| !host.is_empty()) && text.parse::<ureq::http::Uri>().is_ok()
        };
        if !is_address(&endpoint) {
            let expected = "an address such as https://huggingface.co";
            return Err(Error::Setting { what: "the endpoint", value: endpoint, expected });
        }
        if token.as_ref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            // The token itself is a secret.
            let expected = "letters, digits and underscores";
            return Err(Error::Setting { what: "the token", value: "…".to_owned(), expected });
        }
        let proxy = proxy.map(|address| proxied(&address, no_proxy)).transpose()?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(proxy)
            // Repositories that were renamed redirect on the same host; files redirect to others, which must not see the token.
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .user_agent(concat!("stressmap/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_per_read(Some(Duration::from_secs(30)))
            .build()
            .new_agent();
        let authorization = token.map(|token| format!("Bearer {token}"));
        Ok(Self { agent, endpoint, authorization, token_file })
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The address of a file at a commit.
    pub(crate) fn file_url(&self, kind: RepoKind, repo: &Repo, commit: &str, file: &str) -> String {
        format!("{}/{}{}/resolve/{commit}/{}", self.endpoint, kind.path(), repo.id(), encoded(file, "/"))
    }

    /// The address of something that the Hub says of a repository.
    pub(crate) fn api_url(&self, kind: RepoKind, repo: &Repo, below: &str) -> String {
        format!("{}/api/{kind}s/{}/{below}", self.endpoint, repo.id())
    }

    /// Requests `url`, from the byte `from` on; asks again while the Hub is busy, for as long as it says.
    pub(crate) fn get(
        &self,
        url: &str,
        from: u64,
        kind: RepoKind,
        repo: &Repo,
        observer: &mut dyn Observer,
    ) -> Result<Response<Body>, Failure> {
        for attempt in 1.. {
            // Compressed, a file would have other bytes than its ranges.
            let mut request = self.agent.get(url).header("accept-encoding", "identity");
            if let Some(authorization) = &self.authorization {
                request = request.header("authorization", authorization);
            }
            if from > 0 {
                request = request.header("range", format!("bytes={from}-"));
            }
            let response = request.call().map_err(|error| Failure::Network(error.to_string()))?;
            let status = response.status().as_u16();
            if response.status().is_success() || (status == 416 && from > 0) {
                return Ok(response);
            }
            if !matches!(status, 429 | 500 | 502 | 503 | 504) {
                return Err(Failure::Refused(self.refusal(url, kind, repo, response)));
            }
            let wait = wait_of(response.headers()).unwrap_or(1 << attempt);
            if attempt >= ATTEMPTS || wait > LONGEST_WAIT {
                return Err(Failure::Refused(if status == 429 {
                    Error::RateLimited { endpoint: self.endpoint.clone(), seconds: wait }
                } else {
                    self.refusal(url, kind, repo, response)
                }));
            }
            wait_for(Duration::from_secs(wait), observer).map_err(|Stop| Failure::Stopped)?;
        }
        Err(Failure::Stopped)
    }

    /// Requests JSON, and returns its headers too.
    pub(crate) fn json<T: DeserializeOwned>(
        &self,
        url: &str,
        kind: RepoKind,
        repo: &Repo,
        cache: &Path,
        observer: &mut dyn Observer,
    ) -> Result<(T, HeaderMap), Error> {
        let response = self.get(url, 0, kind, repo, observer).map_err(|failure| match failure {
            Failure::Network(problem) => self.no_network(problem, cache),
            Failure::Refused(error) => error,
            Failure::Stopped => Error::Stopped { done: 0, total: 0 },
        })?;
        let (parts, mut body) = response.into_parts();
        let bytes = body.with_config().limit(LARGEST_ANSWER).read_to_vec();
        let bytes = bytes.map_err(|error| self.no_network(error.to_string(), cache))?;
        let read = serde_json::from_slice(&bytes);
        let problem = |e: serde_json::Error| format!("is not the answer of a Hub: {e}");
        let value = read.map_err(|e| Error::Answer { url: url.to_owned(), problem: problem(e) })?;
        Ok((value, parts.headers))
    }

    pub(crate) fn no_network(&self, problem: String, cache: &Path) -> Error {
        Error::NoNetwork { endpoint: self.endpoint.clone(), problem, cache: cache.to_path_buf() }
    }

    /// What a refusal means: `hf_raise_for_status` of `huggingface_hub`.
    fn refusal(&self, url: &str, kind: RepoKind, repo: &Repo, response: Response<Body>) -> Error {
        let status = response.status();
        let header =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (code, message) = (header("x-error-code"), header("x-error-message"));
        let (endpoint, token_file, repo) = (self.endpoint.clone(), self.token_file.clone(), repo.clone());
        match (status.as_u16(), code) {
            (_, "GatedRepo") => Error::Gated { endpoint, kind, repo, token_file },
            (_, "RevisionNotFound") => Error::NoRevision { kind, repo },
            (401, "") if message.contains("Invalid credentials") => Error::Token { endpoint, token_file },
            (401 | 404, "RepoNotFound" | "") => Error::NoRepository { endpoint, kind, repo, token_file },
            _ => {
                let message = if message.is_empty() { String::new() } else { format!(": {message}") };
                Error::Answer { url: url.to_owned(), problem: format!("the Hub answers {status}{message}") }
            }
        }
    }
}

/// A proxy, and the hosts that it is not used for.
fn proxied(address: &str, no_proxy: &str) -> Result<Proxy, Error> {
    let refused = |_| Error::Setting {
        what: "the proxy",
        value: address.to_owned(),
        expected: "an address such as http://proxy.example.org:3128",
    };
    let proxy = Proxy::new(address).map_err(refused)?;
    let mut builder = Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
    if let Some(name) = proxy.username() {
        builder = builder.username(name);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    for host in no_proxy.split(',') {
        builder = builder.no_proxy(host.trim());
    }
    builder.build().map_err(refused)
}

/// Percent-encodes all but letters, digits, `-._~` and what is in `kept`.
pub(crate) fn encoded(text: &str, kept: &str) -> String {
    let keep =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte);
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The seconds that the Hub asks to wait. Dates, which it does not send, are ignored.
fn wait_of(headers: &HeaderMap) -> Option<u64> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()
}

/// Waits, unless the observer asks to stop.
pub(crate) fn wait_for(mut wait: Duration, observer: &mut dyn Observer) -> Result<(), Stop> {
    while !wait.is_zero() {
        let slice = wait.min(SLICE);
        std::thread::sleep(slice);
        wait -= slice;
        if observer.advanced(0).is_break() {
            return Err(Stop);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_as_in_urls() {
        assert_eq!(encoded("refs/convert/parquet", ""), "refs%2Fconvert%2Fparquet");
        assert_eq!(encoded("data/Wälder 1.parquet", "/"), "data/W%C3%A4lder%201.parquet");
    }
}
