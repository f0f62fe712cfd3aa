//! RISE's estimators compared, on any backend.

mod measure;
mod page;
mod regression;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use stressmap::datasets::{self, LandCover, Selection};
use stressmap::model_folder::ModelFolder;
use stressmap::protocols::{AlignedModel, Dataset, Model, Subset};

/// Whatever can go wrong.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures the shipped model on the dataset that the command line names, and writes the page.
///
/// `load` makes a model that uses one thread. Each processor has one and measures tile after tile with it.
pub(crate) fn run(
    load: impl Fn(&ModelFolder) -> Result<Box<dyn Model>, Failure> + Sync,
) -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (path, count, seeds) = (arguments.next(), arguments.next(), arguments.next());
    let count: usize = count.map_or(Ok(50), |count| count.parse())?;
    let seeds: u64 = seeds.map_or(Ok(5), |seeds| seeds.parse())?;
    let (name, dataset): (String, Box<dyn Dataset>) = match path.filter(|path| path != "landcover") {
        None => ("LandCover (seed 1)".to_owned(), Box::new(LandCover::new(10 * count.div_ceil(10), 1)?)),
        Some(path) => {
            let name = PathBuf::from(&path).file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, datasets::open(path)?.dataset)
        }
    };
    // The same share of every class.
    let fraction = count as f64 / dataset.len() as f64;
    let chosen = Selection::Stratified { fraction: fraction.min(1.0), seed: 1 }.indices(&dataset)?;
    let tiles = Subset::new(dataset, chosen)?;

    // The package that this is compiled in stands in the repository, or is its root.
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = above.find(|folder| folder.join("models/eurosat-convnext").is_dir());
    let root = root.ok_or("the repository has no models/eurosat-convnext")?;
    let folder = ModelFolder::open(root.join("models/eurosat-convnext"))?;
    let (height, width, _) = tiles.get(0)?.image.dim();
    let regressions = measure::Regressions::new(seeds, (height, width))?;
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, measure::Tile)>, Failure> {
        let model = AlignedModel::new(load(&folder)?, &tiles.metadata().labels)?;
        std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed))
            .take_while(|&tile| tile < tiles.len())
            .map(|tile| Ok((tile, measure::tile(&model, tiles.get(tile)?.image.view(), &regressions)?)))
            .collect()
    };
    let workers = std::thread::available_parallelism()?.get();
    let mut measured = std::thread::scope(|scope| -> Result<Vec<_>, Failure> {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut measured = Vec::new();
        for worker in workers {
            measured.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(measured)
    })?;
    measured.sort_by_key(|&(tile, _)| tile);
    let measured: Vec<_> = measured.into_iter().map(|(_, measured)| measured).collect();
    std::fs::write(root.join("docs/estimators.md"), page::write(&name, seeds, &measured))?;
    Ok(())
}
