//! The Hub as a server on loopback plays it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hub::{Error, Hub, HubBuilder, Repo, RepoKind};
use protocols::{Observer, Pass};
use support::server::{Faults, HubServer, git_blob, sha256};

const NAME: &str = "models/owner/name";
const FOLDER: &str = "models--owner--name";
const CONFIG: &[u8] = b"{\"model_type\": \"convnext\"}\n";

/// What a network's weights may look like, long enough to be broken into parts.
fn weights() -> Vec<u8> {
    (0..1_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

struct Fixture {
    server: HubServer,
    commit: String,
    cache: tempfile::TempDir,
}

impl Fixture {
    fn new(faults: Faults) -> Self {
        let server = HubServer::start();
        let weights = weights();
        let files = [("config.json", CONFIG), ("onnx/model.onnx", &*weights), ("README.md", b"a model")];
        let commit = server.push(NAME, "main", &files);
        server.set_faults(faults);
        Self { server, commit, cache: tempfile::tempdir().unwrap() }
    }

    fn builder(&self) -> HubBuilder {
        Hub::builder().cache(self.cache.path()).endpoint(self.server.endpoint()).token_file("/home/me/token")
    }

    fn hub(&self) -> Hub {
        self.builder().build().unwrap()
    }

    fn offline(&self) -> Hub {
        self.builder().endpoint("http://127.0.0.1:9").offline(true).build().unwrap()
    }

    fn path(&self, below: &str) -> PathBuf {
        self.cache.path().join(FOLDER).join(below)
    }

    /// The part of the weights that an interrupted download left.
    fn incomplete(&self) -> PathBuf {
        self.path("blobs").join(format!("{}.incomplete", sha256(&weights())))
    }

    fn requests_of_files(&self) -> Vec<String> {
        self.server.requests().into_iter().filter(|request| request.contains("/cdn/")).collect()
    }
}

fn named(text: &str) -> Repo {
    text.parse().unwrap()
}

fn fetch(hub: &Hub, files: &[&str]) -> Result<PathBuf, Error> {
    fetch_observed(hub, files, &mut ())
}

fn fetch_observed(hub: &Hub, files: &[&str], observer: &mut dyn Observer) -> Result<PathBuf, Error> {
    hub.repository(&named("hf:owner/name"), RepoKind::Model, observer)?.fetch(files, observer)
}

/// Follows a download, and stops it at a number of bytes.
struct Bytes {
    pass: Option<Pass>,
    done: usize,
    stop_at: usize,
}

impl Bytes {
    fn new(stop_at: usize) -> Self {
        Self { pass: None, done: 0, stop_at }
    }
}

impl Observer for Bytes {
    fn started(&mut self, pass: Pass) {
        (self.pass, self.done) = (Some(pass), pass.done);
    }

    fn advanced(&mut self, count: usize) -> ControlFlow<()> {
        self.done += count;
        if self.done < self.stop_at { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

#[test]
fn wanted_files_are_where_python_has_them() {
    let fixture = Fixture::new(Faults::default());
    let mut bytes = Bytes::new(usize::MAX);
    let folder = fetch_observed(&fixture.hub(), &["config.json", "onnx/model.onnx"], &mut bytes).unwrap();
    assert_eq!(folder, fixture.path("snapshots").join(&fixture.commit));
    let (config, weights) = (folder.join("config.json"), folder.join("onnx/model.onnx"));
    assert_eq!((fs::read(&config).unwrap(), fs::read(&weights).unwrap()), (CONFIG.to_vec(), self::weights()));
    assert!(!folder.join("README.md").exists());
    if cfg!(unix) {
        let blob = format!("../../../blobs/{}", sha256(&self::weights()));
        assert_eq!(fs::read_link(&weights).unwrap(), Path::new(&blob));
        let blob = format!("../../blobs/{}", git_blob(CONFIG));
        assert_eq!(fs::read_link(&config).unwrap(), Path::new(&blob));
    }
    assert_eq!(fs::read_to_string(fixture.path("refs/main")).unwrap(), fixture.commit);
    assert!(fixture.path(&format!("trees/{}.json", fixture.commit)).is_file());
    let total = CONFIG.len() + self::weights().len();
    assert_eq!((bytes.pass, bytes.done), (Some(Pass::new("download", "bytes", Some(total))), total));
    assert!(!fixture.incomplete().exists());
}

#[test]
fn a_commit_is_had_again_without_a_request() {
    let fixture = Fixture::new(Faults::default());
    let hub = fixture.hub();
    let repository = hub.repository(&named("hf:owner/name"), RepoKind::Model, &mut ()).unwrap();
    assert_eq!(repository.commit(), fixture.commit);
    assert_eq!(repository.files().collect::<Vec<_>>(), ["README.md", "config.json", "onnx/model.onnx"]);
    repository.fetch(&["config.json"], &mut ()).unwrap();
    let pinned = repository.pinned();
    assert_eq!(pinned.to_string(), format!("hf:owner/name@{}", fixture.commit));

    // The branch moves on; the commit stays.
    fixture.server.push(NAME, "main", &[("config.json", b"{}")]);
    fixture.server.requests();
    let again = hub.repository(&pinned, RepoKind::Model, &mut ()).unwrap();
    let folder = again.fetch(&["config.json"], &mut ()).unwrap();
    assert_eq!(fs::read(folder.join("config.json")).unwrap(), CONFIG);
    assert_eq!(fixture.server.requests(), [""; 0]);
    let folder = fetch(&hub, &["config.json"]).unwrap();
    assert_eq!(fs::read(folder.join("config.json")).unwrap(), b"{}");
}

#[test]
fn offline_the_cache_is_used_and_what_it_lacks_is_named() {
    let fixture = Fixture::new(Faults::default());
    let error = fetch(&fixture.offline(), &["config.json"]).unwrap_err().to_string();
    assert!(error.contains("does not hold the revision `main` of the model hf:owner/name"), "{error}");
    fetch(&fixture.hub(), &["config.json"]).unwrap();
    let folder = fetch(&fixture.offline(), &["config.json"]).unwrap();
    assert_eq!(fs::read(folder.join("config.json")).unwrap(), CONFIG);
    let error = fetch(&fixture.offline(), &["config.json", "onnx/model.onnx"]).unwrap_err();
    assert!(matches!(&error, Error::NotCached { what, .. } if what == "onnx/model.onnx"), "{error}");

    // As an older Python leaves the cache.
    fs::remove_dir_all(fixture.path("trees")).unwrap();
    let hub = fixture.offline();
    let repository = hub.repository(&named("hf:owner/name"), RepoKind::Model, &mut ()).unwrap();
    assert!(!repository.is_listed());
    assert_eq!(repository.files().collect::<Vec<_>>(), ["config.json"]);
    repository.fetch(&["config.json"], &mut ()).unwrap();
}

#[test]
fn a_broken_connection_resumes_where_it_broke() {
    let fixture = Fixture::new(Faults { broken: (3, 300_000), ..Faults::default() });
    let mut bytes = Bytes::new(usize::MAX);
    let folder = fetch_observed(&fixture.hub(), &["onnx/model.onnx"], &mut bytes).unwrap();
    assert_eq!(fs::read(folder.join("onnx/model.onnx")).unwrap(), weights());
    assert_eq!(bytes.done, weights().len());
    let url = format!("GET /cdn/{}", sha256(&weights()));
    let ranges = ["", " bytes=300000-", " bytes=600000-", " bytes=900000-"];
    assert_eq!(fixture.requests_of_files(), ranges.map(|range| format!("{url}{range}")));
}

#[test]
fn a_stopped_download_is_absent_and_resumes_in_the_next_call() {
    let fixture = Fixture::new(Faults::default());
    let stopped = fetch_observed(&fixture.hub(), &["onnx/model.onnx"], &mut Bytes::new(400_000)).unwrap_err();
    let Error::Stopped { done, total: 1_000_000 } = stopped else { panic!("{stopped}") };
    assert!((400_000..1_000_000).contains(&done), "{done}");
    assert_eq!(fs::metadata(fixture.incomplete()).unwrap().len(), done as u64);
    let path = fixture.path(&format!("snapshots/{}/onnx/model.onnx", fixture.commit));
    assert!(!path.exists());

    fixture.server.requests();
    let mut bytes = Bytes::new(usize::MAX);
    fetch_observed(&fixture.hub(), &["onnx/model.onnx"], &mut bytes).unwrap();
    assert_eq!(fs::read(path).unwrap(), weights());
    assert_eq!((bytes.pass.unwrap().done, bytes.done), (done, 1_000_000));
    let url = format!("GET /cdn/{} bytes={done}-", sha256(&weights()));
    assert_eq!(fixture.requests_of_files(), [url]);
}

#[test]
fn a_server_without_ranges_sends_the_whole_file_again() {
    let fixture = Fixture::new(Faults { broken: (1, 300_000), whole: true, ..Faults::default() });
    let mut bytes = Bytes::new(usize::MAX);
    let folder = fetch_observed(&fixture.hub(), &["onnx/model.onnx"], &mut bytes).unwrap();
    assert_eq!(fs::read(folder.join("onnx/model.onnx")).unwrap(), weights());
    // What arrives twice is counted once.
    assert_eq!(bytes.done, weights().len());
}

#[test]
fn a_file_that_does_not_fit_its_checksum_is_absent() {
    let fixture = Fixture::new(Faults { damaged: true, ..Faults::default() });
    for (file, sum) in [("config.json", git_blob(CONFIG)), ("onnx/model.onnx", sha256(&weights()))] {
        let error = fetch(&fixture.hub(), &[file]).unwrap_err();
        assert!(matches!(&error, Error::Checksum { expected, .. } if *expected == sum), "{error}");
    }
    assert_eq!(fs::read_dir(fixture.path("blobs")).unwrap().count(), 0);
    assert!(!fixture.path("snapshots").exists());
    fixture.server.set_faults(Faults::default());
    fetch(&fixture.hub(), &["config.json", "onnx/model.onnx"]).unwrap();
}

#[test]
fn a_part_that_is_of_another_file_is_found_out() {
    let fixture = Fixture::new(Faults::default());
    fs::create_dir_all(fixture.path("blobs")).unwrap();
    fs::write(fixture.incomplete(), vec![1; 2000]).unwrap();
    assert!(matches!(fetch(&fixture.hub(), &["onnx/model.onnx"]), Err(Error::Checksum { .. })));
    fetch(&fixture.hub(), &["onnx/model.onnx"]).unwrap();
    // One that is too long starts anew at once, and so does a cached file of another size.
    let blob = fixture.incomplete().with_extension("");
    fs::remove_file(&blob).unwrap();
    fs::write(fixture.incomplete(), vec![1; 2_000_000]).unwrap();
    fetch(&fixture.hub(), &["onnx/model.onnx"]).unwrap();
    fs::write(&blob, b"cut").unwrap();
    let folder = fetch(&fixture.hub(), &["onnx/model.onnx"]).unwrap();
    assert_eq!(fs::read(folder.join("onnx/model.onnx")).unwrap(), weights());
}

#[test]
fn a_busy_hub_is_asked_again_after_the_time_that_it_says() {
    let fixture = Fixture::new(Faults { busy: (3, 0), ..Faults::default() });
    fetch(&fixture.hub(), &["config.json"]).unwrap();
    fixture.server.set_faults(Faults { busy: (9, 0), ..Faults::default() });
    assert!(matches!(fetch(&fixture.hub(), &["config.json"]), Err(Error::RateLimited { seconds: 0, .. })));
    fixture.server.set_faults(Faults { busy: (1, 3600), ..Faults::default() });
    let error = fetch(&fixture.hub(), &["config.json"]).unwrap_err().to_string();
    assert!(error.contains("try again in 3600 s"), "{error}");
    fixture.server.set_faults(Faults { busy: (1, 60), ..Faults::default() });
    let stopped = fetch_observed(&fixture.hub(), &["config.json"], &mut Bytes::new(0));
    assert!(matches!(stopped, Err(Error::Stopped { .. })));
}

#[test]
fn refusals_say_what_to_do() {
    let said = |error: Result<PathBuf, Error>| {
        let error = error.unwrap_err().to_string();
        assert!(!error.contains('\n'), "{error}");
        error
    };
    let fixture = Fixture::new(Faults { gated: Some("hf_good".to_owned()), ..Faults::default() });
    let with = |token: &str| fixture.builder().token(Some(token.to_owned())).build().unwrap();
    for hub in [fixture.hub(), with("hf_other")] {
        let error = said(fetch(&hub, &["config.json"]));
        let endpoint = fixture.server.endpoint();
        let expected = format!(
            "ask for access at {endpoint}/owner/name, then put your token into HF_TOKEN or /home/me/token"
        );
        assert!(error.contains("`owner/name` is gated") && error.contains(&expected), "{error}");
    }
    let error = said(fetch(&with("bad"), &["config.json"]));
    assert!(error.contains("refuses the token") && error.contains("/home/me/token"), "{error}");
    // The weights come from another host, which must not see the token.
    fetch(&with("hf_good"), &["config.json", "onnx/model.onnx"]).unwrap();

    fixture.server.set_faults(Faults { private: Some("hf_good".to_owned()), ..Faults::default() });
    for hub in [fixture.hub(), with("hf_other")] {
        let error = said(fetch(&hub, &["config.json"]));
        assert!(error.contains("has no model `owner/name`, or it is private"), "{error}");
    }
    fetch(&with("hf_good"), &["config.json"]).unwrap();

    fixture.server.set_faults(Faults::default());
    let hub = fixture.hub();
    let at = |text: &str| hub.repository(&named(text), RepoKind::Model, &mut ()).map(|_| PathBuf::new());
    let error = said(at("hf:owner/name@v2"));
    assert!(error.contains("the model `owner/name` has no revision `v2`"), "{error}");
    let error =
        said(hub.repository(&named("hf:owner/name"), RepoKind::Dataset, &mut ()).map(|_| PathBuf::new()));
    assert!(error.contains("has no dataset `owner/name`"), "{error}");
    let error = said(fetch(&hub, &["model.safetensors"]));
    assert!(
        error.contains("no file `model.safetensors`, it holds README.md, config.json, onnx/model.onnx"),
        "{error}"
    );
}

#[test]
fn without_a_network_the_error_names_offline_use() {
    let fixture = Fixture::new(Faults::default());
    let unreachable = || fixture.builder().endpoint("http://127.0.0.1:9").build().unwrap();
    let error = fetch(&unreachable(), &["config.json"]).unwrap_err().to_string();
    assert!(
        error.contains("cannot reach http://127.0.0.1:9") && error.contains("HF_HUB_OFFLINE=1"),
        "{error}"
    );
    // A known commit needs the network for what is missing alone.
    fetch(&fixture.hub(), &["config.json"]).unwrap();
    let hub = unreachable();
    let pinned = named(&format!("hf:owner/name@{}", fixture.commit));
    let repository = hub.repository(&pinned, RepoKind::Model, &mut ()).unwrap();
    repository.fetch(&["config.json"], &mut ()).unwrap();
    assert!(matches!(repository.fetch(&["README.md"], &mut ()), Err(Error::NoNetwork { .. })));
}

#[test]
fn a_renamed_repository_is_followed_with_the_token() {
    let faults = Faults {
        former: Some("former/name".to_owned()),
        private: Some("hf_good".to_owned()),
        ..Faults::default()
    };
    let fixture = Fixture::new(faults);
    let hub = fixture.builder().token(Some("hf_good".to_owned())).build().unwrap();
    let repository = hub.repository(&named("hf:former/name"), RepoKind::Model, &mut ()).unwrap();
    let folder = repository.fetch(&["config.json"], &mut ()).unwrap();
    assert!(
        folder.join("config.json").is_file()
            && folder.starts_with(fixture.cache.path().join("models--former--name"))
    );
}

#[test]
fn a_long_listing_comes_in_pages() {
    let fixture = Fixture::new(Faults { page: Some(1), ..Faults::default() });
    let hub = fixture.hub();
    let repository = hub.repository(&named("hf:owner/name"), RepoKind::Model, &mut ()).unwrap();
    assert_eq!(repository.files().count(), 3);
}

#[test]
fn branches_may_have_slashes() {
    let fixture = Fixture::new(Faults::default());
    let commit = fixture.server.push(
        "datasets/owner/name",
        "refs/convert/parquet",
        &[("default/test/0000.parquet", b"PAR1")],
    );
    let hub = fixture.hub();
    let repo = named("hf:owner/name@refs/convert/parquet");
    let repository = hub.repository(&repo, RepoKind::Dataset, &mut ()).unwrap();
    repository.fetch(&["default/test/0000.parquet"], &mut ()).unwrap();
    let kept = fixture.cache.path().join("datasets--owner--name/refs/refs/convert/parquet");
    assert_eq!(fs::read_to_string(kept).unwrap(), commit);
    fixture.offline().repository(&repo, RepoKind::Dataset, &mut ()).unwrap();
}

#[test]
fn a_file_is_downloaded_once_by_many() {
    let fixture = Fixture::new(Faults::default());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let folder = fetch(&fixture.hub(), &["onnx/model.onnx"]).unwrap();
                assert_eq!(fs::read(folder.join("onnx/model.onnx")).unwrap(), weights());
            });
        }
    });
    assert_eq!(fixture.requests_of_files().len(), 1);
}
