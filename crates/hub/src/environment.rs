//! The environment variables of `huggingface_hub`, with its rules (`huggingface_hub/constants.py`).

use std::path::PathBuf;

use crate::HubBuilder;

impl HubBuilder {
    /// Takes the settings that the environment gives, as Python's `huggingface_hub` does; `lookup` returns the value
    /// of a variable.
    ///
    /// | variable | setting | by default |
    /// | --- | --- | --- |
    /// | `HF_HOME` | the folder of the cache and the token | `huggingface` in `XDG_CACHE_HOME` or `~/.cache` |
    /// | `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE` | [`cache`](Self::cache) | `hub` in `HF_HOME` |
    /// | `HF_ENDPOINT` | [`endpoint`](Self::endpoint) | `https://huggingface.co` |
    /// | `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN` | [`token`](Self::token) | the token in the file |
    /// | `HF_TOKEN_PATH` | [`token_file`](Self::token_file) | `token` in `HF_HOME` |
    /// | `HF_HUB_OFFLINE`, `TRANSFORMERS_OFFLINE` | [`offline`](Self::offline), if 1, on, yes or true | not offline |
    /// | `HTTPS_PROXY` or `HTTP_PROXY`, by the endpoint; `ALL_PROXY` | [`proxy`](Self::proxy) | none |
    /// | `NO_PROXY` | [`no_proxy`](Self::no_proxy) | none |
    ///
    /// The variables of proxies may also be in lower case.
    ///
    /// ```
    /// use hub::Hub;
    ///
    /// let variables = |name: &str| (name == "HF_HOME").then(|| "/data/huggingface".to_owned());
    /// let hub = Hub::builder().environment(variables).build()?;
    /// assert_eq!(hub.cache(), "/data/huggingface/hub");
    /// # Ok::<(), hub::Error>(())
    /// ```
    #[must_use]
    pub fn environment(self, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let first =
            |names: &[&str]| names.iter().find_map(|name| lookup(name).filter(|value| !value.is_empty()));
        let home = || first(&["HOME", "USERPROFILE"]).map(PathBuf::from).unwrap_or_default();
        let path = |text: String| match text.strip_prefix("~/") {
            Some(below) => home().join(below),
            None => PathBuf::from(text),
        };
        let hugging_face = first(&["HF_HOME"]).map_or_else(
            || first(&["XDG_CACHE_HOME"]).map_or_else(|| home().join(".cache"), path).join("huggingface"),
            path,
        );
        let cache = first(&["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"]).map(path);
        let token_file = first(&["HF_TOKEN_PATH"]).map_or_else(|| hugging_face.join("token"), path);
        let is_true = |value: String| ["1", "ON", "YES", "TRUE"].contains(&value.to_uppercase().as_str());
        let implicit = !first(&["HF_HUB_DISABLE_IMPLICIT_TOKEN"]).is_some_and(is_true);
        let clean = |token: String| Some(token.trim().to_owned()).filter(|token| !token.is_empty());
        let token = || {
            let given = first(&["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]);
            given.or_else(|| std::fs::read_to_string(&token_file).ok()).and_then(clean)
        };
        let endpoint = first(&["HF_ENDPOINT"]);
        let plain = endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http:"));
        let proxy = if plain { ["HTTP_PROXY", "http_proxy"] } else { ["HTTPS_PROXY", "https_proxy"] };
        let mut builder = self
            .cache(cache.unwrap_or_else(|| hugging_face.join("hub")))
            .token(if implicit { token() } else { None })
            .token_file(token_file)
            .offline(first(&["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"]).is_some_and(is_true))
            .proxy(first(&proxy).or_else(|| first(&["ALL_PROXY", "all_proxy"])));
        if let Some(hosts) = first(&["NO_PROXY", "no_proxy"]) {
            builder = builder.no_proxy(hosts);
        }
        match endpoint {
            Some(endpoint) => builder.endpoint(endpoint),
            None => builder,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Hub, HubBuilder};

    fn builder(variables: &[(&str, &str)]) -> HubBuilder {
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Hub::builder().environment(lookup)
    }

    #[test]
    fn the_cache_is_where_python_has_it() {
        for (variables, cache) in [
            (&[("HOME", "/home/a")][..], "/home/a/.cache/huggingface/hub"),
            (&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "/var/c")], "/var/c/huggingface/hub"),
            (&[("HOME", "/home/a"), ("HF_HOME", "~/hf")], "/home/a/hf/hub"),
            (&[("HF_HOME", "/hf"), ("XDG_CACHE_HOME", "/var/c")], "/hf/hub"),
            (&[("HF_HOME", "/hf"), ("HF_HUB_CACHE", "/cache")], "/cache"),
            (&[("HF_HOME", "/hf"), ("HF_HUB_CACHE", "")], "/hf/hub"),
        ] {
            assert_eq!(builder(variables).build().unwrap().cache(), cache, "{variables:?}");
        }
    }

    #[test]
    fn the_token_is_the_variables_or_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_str().unwrap();
        std::fs::write(folder.path().join("token"), "hf_file\n").unwrap();
        std::fs::write(folder.path().join("other"), " hf_other ").unwrap();
        let other = folder.path().join("other");
        for (variables, token) in [
            (&[("HF_HOME", home)][..], Some("hf_file")),
            (&[("HF_HOME", home), ("HF_TOKEN", "hf_given")], Some("hf_given")),
            (&[("HF_HOME", home), ("HF_TOKEN", "")], Some("hf_file")),
            (&[("HF_HOME", home), ("HF_TOKEN_PATH", other.to_str().unwrap())], Some("hf_other")),
            (&[("HF_HOME", home), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")], None),
            (&[("HF_HOME", "/no/such/folder")], None),
        ] {
            assert_eq!(builder(variables).token.as_deref(), token, "{variables:?}");
        }
    }

    #[test]
    fn offline_and_the_endpoint_are_read() {
        for (value, offline) in [("1", true), ("true", true), ("ON", true), ("0", false), ("", false)] {
            assert_eq!(builder(&[("HF_HUB_OFFLINE", value)]).offline, offline, "{value}");
        }
        assert_eq!(builder(&[]).build().unwrap().endpoint(), "https://huggingface.co");
        let mirror = builder(&[("HF_ENDPOINT", "https://hub.example.org/")]).build().unwrap();
        assert_eq!(mirror.endpoint(), "https://hub.example.org");
        let error = builder(&[("HF_ENDPOINT", "hub.example.org")]).build().unwrap_err();
        assert!(error.to_string().contains("`hub.example.org`, expected"), "{error}");
    }
}
