use std::path::{Path, PathBuf};

use protocols::Observer;

use crate::client::Client;
use crate::{Error, Repo, RepoKind, Repository, repository};

/// The Hugging Face Hub, or a server that answers as it does, and a cache of its files.
///
/// ```
/// use hub::{Hub, RepoKind};
///
/// let folder = tempfile::tempdir()?;
/// let hub = Hub::builder().cache(folder.path()).offline(true).build()?;
/// let nothing = hub.repository(&"hf:cm93/eurosat".parse()?, RepoKind::Dataset, &mut ());
/// assert!(nothing.unwrap_err().to_string().contains("does not hold the revision `main`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Hub {
    pub(crate) cache: PathBuf,
    pub(crate) client: Client,
    pub(crate) offline: bool,
}

impl Hub {
    /// Settings with the defaults that each setter states.
    #[must_use]
    pub fn builder() -> HubBuilder {
        HubBuilder {
            cache: "huggingface/hub".into(),
            endpoint: "https://huggingface.co".to_owned(),
            token: None,
            token_file: "token".into(),
            offline: false,
            proxy: None,
            no_proxy: String::new(),
        }
    }

    /// The folder of the cache.
    #[must_use]
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The address of the Hub.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.client.endpoint()
    }

    /// Resolves a repository's revision to a commit, and lists the commit's files.
    ///
    /// A commit whose listing is in the cache needs no request. `observer` is asked whether to stop while the Hub makes
    /// us wait.
    ///
    /// # Errors
    ///
    /// [`Error::NoRepository`], [`Error::NoRevision`], [`Error::Gated`], [`Error::Token`] and [`Error::RateLimited`]
    /// as the Hub answers; [`Error::NoNetwork`] if it does not, and [`Error::Answer`] for an answer that is not
    /// understood; [`Error::NotCached`] if the cache does not know the revision and requests are forbidden.
    pub fn repository(
        &self,
        repo: &Repo,
        kind: RepoKind,
        observer: &mut dyn Observer,
    ) -> Result<Repository<'_>, Error> {
        repository::resolve(self, repo, kind, observer)
    }
}

/// The settings of a [`Hub`].
#[derive(Clone)]
pub struct HubBuilder {
    cache: PathBuf,
    endpoint: String,
    pub(crate) token: Option<String>,
    token_file: PathBuf,
    pub(crate) offline: bool,
    proxy: Option<String>,
    no_proxy: String,
}

impl HubBuilder {
    /// The folder of the cache; by default `huggingface/hub` in the working directory. Python's is found by
    /// [`environment`](Self::environment).
    #[must_use]
    pub fn cache(self, cache: impl Into<PathBuf>) -> Self {
        Self { cache: cache.into(), ..self }
    }

    /// The address of the Hub; by default `https://huggingface.co`.
    #[must_use]
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        Self { endpoint: endpoint.into(), ..self }
    }

    /// The token that opens private and gated repositories; by default none. It is sent to the endpoint only.
    #[must_use]
    pub fn token(self, token: Option<String>) -> Self {
        Self { token, ..self }
    }

    /// The file that errors name as the place for a token; by default `token`.
    #[must_use]
    pub fn token_file(self, token_file: impl Into<PathBuf>) -> Self {
        Self { token_file: token_file.into(), ..self }
    }

    /// Whether only the cache is used; by default the Hub is asked.
    #[must_use]
    pub fn offline(self, offline: bool) -> Self {
        Self { offline, ..self }
    }

    /// The address of an HTTP proxy; by default none.
    #[must_use]
    pub fn proxy(self, proxy: Option<String>) -> Self {
        Self { proxy, ..self }
    }

    /// Hosts that are reached without the proxy, separated by commas; by default none.
    #[must_use]
    pub fn no_proxy(self, hosts: impl Into<String>) -> Self {
        Self { no_proxy: hosts.into(), ..self }
    }

    /// Makes the hub; nothing is sent or written.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for an endpoint or a proxy that is not an address, and for a token with characters that no
    /// token has.
    pub fn build(self) -> Result<Hub, Error> {
        let endpoint = self.endpoint.trim_end_matches('/').to_owned();
        let client = Client::new(endpoint, self.token, self.token_file, self.proxy, &self.no_proxy)?;
        Ok(Hub { cache: self.cache, client, offline: self.offline })
    }
}

impl std::fmt::Debug for HubBuilder {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HubBuilder")
            .field("cache", &self.cache)
            .field("endpoint", &self.endpoint)
            .field("token", &self.token.as_ref().map(|_| "…"))
            .field("offline", &self.offline)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_settings_are_refused_and_tokens_are_not_shown() {
        for builder in [
            Hub::builder().endpoint("huggingface.co"),
            Hub::builder().endpoint("ftp://huggingface.co"),
            Hub::builder().token(Some("hf_a\nb".to_owned())),
            Hub::builder().proxy(Some("::".to_owned())),
        ] {
            assert!(builder.build().is_err_and(|error| error.is_usage()));
        }
        let builder = Hub::builder().token(Some("hf_secret".to_owned()));
        assert!(!format!("{builder:?}").contains("secret"));
        assert!(!format!("{:?}", builder.build().unwrap()).contains("secret"));
        let error = Hub::builder().token(Some("hf_secret\u{7}".to_owned())).build().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
