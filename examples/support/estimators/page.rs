//! The page that the measurements make.

use std::fmt::Write;

use super::measure::{BEST, ESTIMATORS, PASSES, Quality, REGRESSIONS, STOPPED, TOLERANCES, Tile};

const HEAD: &str = "\
# RISE's estimators

What RISE's maps are worth for the number of forward passes that they take. This page is written by
`cargo run --release --example estimators`, or by the example of that name in `backend-tch`.
";

const KINDS: &str = "
| estimator | `Rise::builder()` | what it does |
| --- | --- | --- |
| debiased | the default | XAITK's `RISEStack(debiased=True)`: every mask by itself, their mean `p1` subtracted from them |
| centred | `.estimator(RiseEstimator::Centred)` | the same masks; the scores' mean is subtracted from the scores |
| paired | `.sampling(RiseSampling::Paired)` | each mask with its complement |
| Hadamard, centred | `.sampling(RiseSampling::Hadamard)`, `.estimator(RiseEstimator::Centred)` | balanced cells, stratified shifts; the scores' mean is subtracted |

All four tend to the same map. In a study file, `estimator` and `sampling` under `[saliency]` choose; on the command line,
`--estimator` and `--sampling`. `quality = \"best\"`, `--quality best` and `.quality(RiseQuality::Best)` are the last of them in
one word.

Three more were measured and are not offered, for the reason given [below](#regression). They take the masks and scores of the
last and fit a linear model, `c = X w + e`: `c` are the centred scores, a row of `X` is a mask less its mean, and all pixels of
`w` have the same variance in a Gaussian prior, whose ratio to that of `e` is the one with the highest marginal likelihood. The
map is `Cov w`, where `Cov` is the known covariance of RISE's masks.

| estimator | what it does |
| --- | --- |
| regression | the map of the fit |
| adjusted | the same, and what the fit leaves over of the scores, averaged over the masks: this undoes the prior's shrinkage |
| half adjusted | the mean of both |
";

const REGRESSION: &str = "
All three are closer to the map of many masks, most of all where masks are few: at 200 passes the fit leaves little more than half
of the squared error. None is better by deletion, and at few passes all are worse by insertion: the prior flattens the map's top,
whose pixels deletion and insertion take first, and adding the rest back returns the noise with the height. An estimator was to be
offered only if it won by correlation, squared error and deletion.

Other forms were tried on 20 tiles with two seeds, and none did better by deletion: a smooth prior (the masks' own covariance), a
prior with longer tails (the variance of each pixel follows the weights of a first fit), and a quarter or a sixteenth of the
noise that the likelihood asks for. With `p1` 0.1 and independent masks the verdict is the same: at 200 and 400 passes adjusted maps
correlate by 0.79 and 0.86, centred ones by 0.74 and 0.84, and no difference by deletion or insertion can be told.
";

/// A number with the half-width of its confidence interval.
#[derive(Clone, Copy)]
struct Estimate {
    mean: f64,
    half_width: f64,
}

impl std::fmt::Display for Estimate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} ± {:.3}", self.mean, self.half_width)
    }
}

/// The mean over seeds with its 95 % confidence interval.
fn over_seeds(values: &[f64]) -> Estimate {
    /// Student's quantile by degrees of freedom, from one on.
    const STUDENT: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let Some(freedom) = values.len().checked_sub(1).filter(|&freedom| freedom > 0) else {
        return Estimate { mean, half_width: f64::INFINITY };
    };
    let quantile = STUDENT.get(freedom - 1).copied().unwrap_or(2.0);
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / freedom as f64;
    Estimate { mean, half_width: quantile * (variance / count).sqrt() }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

fn mean(values: Vec<f64>) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A number of a map's, how the tiles' are put together, and how it is called.
struct Measure {
    title: &'static str,
    text: &'static str,
    of: fn(&Quality) -> f64,
    over_tiles: fn(Vec<f64>) -> f64,
}

const MEASURES: [Measure; 4] = [
    Measure {
        title: "Correlation with the reference",
        text: "The median over tiles; 1 is best.",
        of: |quality| quality.correlation,
        over_tiles: median,
    },
    Measure {
        title: "Squared error",
        text: "The mean squared error over the reference's mean square, the median over tiles: 0 is best, a map of zeros has 1.",
        of: |quality| quality.error,
        over_tiles: median,
    },
    Measure {
        title: "Deletion",
        text: "The area under the score as pixels give way to the mean colour, the mean over tiles: less is better.",
        of: |quality| quality.deletion,
        over_tiles: mean,
    },
    Measure {
        title: "Insertion",
        text: "The area under the score as pixels come into the blurred image, the mean over tiles: more is better.",
        of: |quality| quality.insertion,
        over_tiles: mean,
    },
];

/// A measure by seed, for an estimator and the position of its number of passes.
fn by_seed(tiles: &[Tile], seeds: u64, measure: &Measure, estimator: usize, passes: usize) -> Vec<f64> {
    let of = |seed: u64| {
        let values = tiles.iter().map(|tile| (measure.of)(&tile.runs[seed as usize][estimator][passes]));
        (measure.over_tiles)(values.collect())
    };
    (0..seeds).map(of).collect()
}

/// The page in Markdown.
pub(crate) fn write(dataset: &str, seeds: u64, tiles: &[Tile]) -> String {
    let mut page = HEAD.to_owned();
    let _ = write!(
        page,
        "
It was made from {} tiles of {dataset}, the same share of every class, with the shipped model
(`models/eurosat-convnext`), 8 x 8 cells, `p1` 0.5, the mean colour 95,96,93 as fill, and {seeds} seeds of the masks. What is
explained is the class that the model names. After ± stands the half-width of the 95 % confidence interval over the seeds.
{KINDS}",
        tiles.len()
    );
    reference(&mut page, tiles);
    for measure in &MEASURES {
        let _ = write!(page, "\n## {}\n\n{}\n\n| passes |", measure.title, measure.text);
        for estimator in ESTIMATORS {
            let _ = write!(page, " {estimator} |");
        }
        page.push_str("\n| --- |");
        page.push_str(&" --- |".repeat(ESTIMATORS.len()));
        for (at, passes) in PASSES.iter().enumerate() {
            let _ = write!(page, "\n| {passes} |");
            for estimator in 0..ESTIMATORS.len() {
                let _ = write!(page, " {} |", over_seeds(&by_seed(tiles, seeds, measure, estimator, at)));
            }
        }
        page.push('\n');
    }
    controls(&mut page, tiles);
    verdict(&mut page, tiles, seeds);
    regression(&mut page, tiles, seeds);
    stops(&mut page, tiles, seeds);
    page
}

fn reference(page: &mut String, tiles: &[Tile]) {
    let halves = median(tiles.iter().map(|tile| tile.halves).collect());
    let _ = write!(
        page,
        "
The reference is the centred map of 8,000 independent masks, in two halves of seeds of their own: it shares no mask with
what is measured against it, and all four estimators tend to it. It has noise of its own, which no correlation with it
can exceed: its halves of 4,000 correlate by {halves:.3} (the median over tiles), from which it correlates with the map of
infinitely many masks by {:.3}.
",
        (2.0 * halves / (1.0 + halves)).sqrt()
    );
}

fn controls(page: &mut String, tiles: &[Tile]) {
    page.push_str(
        "
## Maps that know nothing

Deletion and insertion of the reference, and of maps that they must tell from it. Pixels of a constant map are taken from the
top down. Noise pixel by pixel does well without knowing anything: scattered holes break any image for a network, and
scattered pixels over a blurred one make it whole again. A map is to be compared with noise of its own smoothness, which
is RISE's sum with scores drawn at random.

| map | deletion | insertion |
| --- | --- | --- |
",
    );
    for control in 0..tiles.first().map_or(0, |tile| tile.controls.len()) {
        let name = tiles[0].controls[control].0;
        let area = |which: usize| mean(tiles.iter().map(|tile| tile.controls[control].1[which]).collect());
        let _ = writeln!(page, "| {name} | {:.3} | {:.3} |", area(0), area(1));
    }
}

/// The difference of two estimators, measure by measure and seed by seed, as a table.
fn differences(page: &mut String, tiles: &[Tile], seeds: u64, ours: (usize, usize), theirs: (usize, usize)) {
    for (measure, more_is_better) in MEASURES.iter().zip([true, false, false, true]) {
        let of = |(estimator, passes)| by_seed(tiles, seeds, measure, estimator, passes);
        let difference = over_seeds(&of(ours).iter().zip(of(theirs)).map(|(a, b)| a - b).collect::<Vec<_>>());
        let gain = if more_is_better { difference.mean } else { -difference.mean };
        let which = match gain {
            gain if gain > difference.half_width => "better",
            gain if gain < -difference.half_width => "worse",
            _ => "as good, as far as can be told",
        };
        let name = match theirs.1 {
            passes if passes == ours.1 => {
                format!("{}, {} | {}", ESTIMATORS[ours.0], PASSES[passes], measure.title.to_lowercase())
            }
            _ => measure.title.to_lowercase(),
        };
        let _ = writeln!(page, "| {name} | {difference} | {which} |");
    }
}

/// The claim that few of our passes are worth many of the original's, difference by difference.
fn verdict(page: &mut String, tiles: &[Tile], seeds: u64) {
    let (few, many) = (1, PASSES.len() - 1);
    let _ = write!(
        page,
        "
## {} passes against {}

{} at {} passes less {} at {}, seed by seed:

| measure | difference | which is |
| --- | --- | --- |
",
        PASSES[few], PASSES[many], ESTIMATORS[BEST], PASSES[few], ESTIMATORS[0], PASSES[many]
    );
    differences(page, tiles, seeds, (BEST, few), (0, many));
    let at = |measure: &Measure| over_seeds(&by_seed(tiles, seeds, measure, 0, few)).mean;
    let _ = write!(
        page,
        "
The tutorial's own settings, {} masks and the debiased estimator, leave maps that correlate by {:.2} with the converged one
and are off by {:.1} times its mean square: most of what such a map shows is noise of the masks, which all classes share.
",
        PASSES[few],
        at(&MEASURES[0]),
        at(&MEASURES[1])
    );
}

/// Why no regression is offered.
fn regression(page: &mut String, tiles: &[Tile], seeds: u64) {
    let _ = write!(
        page,
        "
## Regression

Each less {} with the same masks, seed by seed:

| estimator, passes | measure | difference | which is |
| --- | --- | --- | --- |
",
        ESTIMATORS[BEST]
    );
    for (ours, passes) in
        (REGRESSIONS..ESTIMATORS.len()).flat_map(|ours| [1, 2, 3].map(|passes| (ours, passes)))
    {
        differences(page, tiles, seeds, (ours, passes), (BEST, passes));
    }
    page.push_str(REGRESSION);
}

fn stops(page: &mut String, tiles: &[Tile], seeds: u64) {
    let most = PASSES[PASSES.len() - 1];
    let _ = write!(
        page,
        "
## Stopping when it is enough

`.tolerance(t)`, `--tolerance` on the command line, stops drawing masks for an image as soon as at most a share t of its map is
noise: the map's standard error is at most t times its deviation from the mean pixel. Then the map correlates with the converged
one by about sqrt(1 - t^2): 0.87, 0.92 and 0.95 for the tolerances below. Tolerances above 0.5 are refused, since maps of pure
noise may meet them. Of {most} masks, with centred scores (the share saved is the mean over tiles and seeds, the rest are
medians):

| masks | tolerance | masks used | from the tenth to the ninetieth percentile | passes saved | correlation with the reference |
| --- | --- | --- | --- | --- | --- |
"
    );
    for (way, at) in (0..STOPPED.len()).flat_map(|way| (0..TOLERANCES.len()).map(move |at| (way, at))) {
        let all = || {
            tiles.iter().flat_map(|tile| tile.stops[..seeds as usize].iter().map(move |stops| stops[way][at]))
        };
        let mut masks: Vec<usize> = all().map(|stop| stop.masks).collect();
        masks.sort_unstable();
        let percentile = |share: usize| masks[(masks.len() - 1) * share / 100];
        let saved = mean(masks.iter().map(|&masks| 1.0 - masks as f64 / most as f64).collect());
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} to {} | {:.0} % | {:.3} |",
            STOPPED[way].0,
            TOLERANCES[at],
            percentile(50),
            percentile(10),
            percentile(90),
            100.0 * saved,
            median(all().map(|stop| stop.correlation).collect())
        );
    }
    page.push_str(
        "
The standard error compares the sums of ten groups of consecutive masks. Groups of Hadamard masks are balanced against each
other, so that their error is overestimated and they stop later than they need to.
C-RISE (Stanchi et al. 2024), which stops when its map no longer changes and has no error bars, reports a third of the passes.
",
    );
}
