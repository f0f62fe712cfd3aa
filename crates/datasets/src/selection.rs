use std::fmt;

use protocols::{BoxError, Dataset};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::Error;
use crate::random::stream;

/// Which images of a dataset are taken.
///
/// [`indices`](Self::indices) gives their positions in ascending order, for `protocols::Subset`;
/// [`absent_classes`] tells which classes that leaves out.
///
/// ```
/// use datasets::{LandCover, Selection};
///
/// let tiles = LandCover::new(100, 1)?;
/// assert_eq!(Selection::Range { offset: 98, limit: 5 }.indices(&tiles)?, [98, 99]);
/// assert_eq!(Selection::Balanced { count: 25, seed: 7 }.indices(&tiles)?.len(), 25);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Selection {
    /// Consecutive images in the dataset's order; fewer where the dataset ends.
    Range {
        /// Number of images before the first.
        offset: usize,
        /// The most images that are taken.
        limit: usize,
    },
    /// Images drawn at random from the whole dataset.
    Random {
        /// The most images that are drawn.
        count: usize,
        /// Seed of the draw.
        seed: u64,
    },
    /// The same fraction of every class, drawn at random within it. The numbers per class are rounded by
    /// largest remainder: they add up to the fraction of the whole, and of equal remainders the first class
    /// is rounded up.
    Stratified {
        /// The fraction, more than 0 and at most 1.
        fraction: f64,
        /// Seed of the draw.
        seed: u64,
    },
    /// As `Stratified`, with a total instead of a fraction: classes keep their proportions, and rare ones may
    /// be left out.
    StratifiedCount {
        /// The most images that are drawn.
        count: usize,
        /// Seed of the draw.
        seed: u64,
    },
    /// The same number of every class, drawn at random within it. Where a class has fewer, the others give
    /// more; what cannot be divided is one more for the first classes. No class is left out while `count` is
    /// at least the number of classes that occur.
    Balanced {
        /// The most images that are drawn.
        count: usize,
        /// Seed of the draw.
        seed: u64,
    },
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range { offset, limit: usize::MAX } => write!(f, "all from image {offset} on"),
            Self::Range { offset, limit } => write!(f, "{limit} from image {offset} on"),
            Self::Random { count, .. } => write!(f, "{count} at random"),
            Self::Stratified { fraction, .. } => write!(f, "a fraction of {fraction} of every class"),
            Self::StratifiedCount { count, .. } => write!(f, "{count} in proportion to the classes"),
            Self::Balanced { count, .. } => write!(f, "{count} evenly over the classes"),
        }
    }
}

/// The classes that occur in a dataset and not among its images at `indices`, in the order of their numbers.
///
/// ```
/// use datasets::{LandCover, Selection, absent_classes};
///
/// let tiles = LandCover::new(100, 1)?;
/// let first = Selection::Range { offset: 0, limit: 7 }.indices(&tiles)?;
/// assert_eq!(absent_classes(&tiles, &first), [7, 8, 9]);
/// let balanced = Selection::Balanced { count: 10, seed: 1 }.indices(&tiles)?;
/// assert!(absent_classes(&tiles, &balanced).is_empty());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[must_use]
pub fn absent_classes(dataset: &dyn Dataset, indices: &[usize]) -> Vec<usize> {
    let classes = dataset.metadata().labels.len();
    let occurring = |indices: &mut dyn Iterator<Item = usize>| {
        let mut occurs = vec![false; classes];
        // An image without a class is of none.
        for target in indices.filter_map(|index| dataset.target(index).ok()) {
            if let Some(occurs) = occurs.get_mut(target) {
                *occurs = true;
            }
        }
        occurs
    };
    let (all, chosen) = (occurring(&mut (0..dataset.len())), occurring(&mut indices.iter().copied()));
    all.iter()
        .zip(chosen)
        .enumerate()
        .filter(|(_, (all, chosen))| **all && !chosen)
        .map(|(class, _)| class)
        .collect()
}

impl Selection {
    /// The positions that are taken, in ascending order.
    ///
    /// # Errors
    ///
    /// [`Error::Fraction`] for a fraction outside (0, 1], [`Error::NothingSelected`] if nothing is left, and
    /// the dataset's error for a label that cannot be read.
    pub fn indices(self, dataset: &dyn Dataset) -> Result<Vec<usize>, BoxError> {
        self.choose(dataset, Classless::Refused)
    }

    /// The same for a caller that skips what cannot be read: images whose class cannot be read, or has no
    /// name, form one more class, the last. Reading one that is taken tells why.
    ///
    /// # Errors
    ///
    /// [`Error::Fraction`] and [`Error::NothingSelected`] as above.
    ///
    /// # Examples
    ///
    /// ```
    /// use datasets::{LandCover, Selection};
    ///
    /// let (tiles, tenth) = (LandCover::new(100, 1)?, Selection::Stratified { fraction: 0.1, seed: 7 });
    /// // Every class can be read here.
    /// assert_eq!(tenth.indices_of_readable(&tiles)?, tenth.indices(&tiles)?);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub fn indices_of_readable(self, dataset: &dyn Dataset) -> Result<Vec<usize>, BoxError> {
        self.choose(dataset, Classless::Class)
    }

    fn choose(self, dataset: &dyn Dataset, classless: Classless) -> Result<Vec<usize>, BoxError> {
        let len = dataset.len();
        let indices = match self {
            Self::Range { offset, limit } => {
                (offset.min(len)..offset.saturating_add(limit).min(len)).collect()
            }
            Self::Random { count, seed } => draw((0..len).collect(), count, &mut stream("sample", seed, 0)),
            Self::Stratified { fraction, seed } => {
                if !(fraction > 0.0 && fraction <= 1.0) {
                    return Err(Error::Fraction { fraction }.into());
                }
                let count = (fraction * len as f64).round() as usize;
                drawn_by_class(dataset, classless, seed, |sizes| proportional(sizes, count))?
            }
            Self::StratifiedCount { count, seed } => {
                drawn_by_class(dataset, classless, seed, |sizes| proportional(sizes, count.min(len)))?
            }
            Self::Balanced { count, seed } => {
                drawn_by_class(dataset, classless, seed, |sizes| balanced(sizes, count.min(len)))?
            }
        };
        if indices.is_empty() {
            return Err(Error::NothingSelected { len, selection: self.to_string() }.into());
        }
        Ok(indices)
    }
}

/// What becomes of images whose class cannot be read, or has no name, where images are drawn by class.
#[derive(Clone, Copy, PartialEq)]
enum Classless {
    Refused,
    Class,
}

/// Draws from every class as many as `shares` makes of the classes' sizes.
fn drawn_by_class(
    dataset: &dyn Dataset,
    classless: Classless,
    seed: u64,
    shares: impl Fn(&[usize]) -> Vec<usize>,
) -> Result<Vec<usize>, BoxError> {
    let mut classes = vec![Vec::new(); dataset.metadata().labels.len()];
    let mut others = Vec::new();
    for index in 0..dataset.len() {
        let target = dataset.target(index);
        match target.as_ref().ok().and_then(|&target| classes.get_mut(target)) {
            Some(class) => class.push(index),
            None if classless == Classless::Class => others.push(index),
            None => return Err(format!("datum {index} has class {}, which has no name", target?).into()),
        }
    }
    classes.push(others);
    let shares = shares(&classes.iter().map(Vec::len).collect::<Vec<_>>());
    let mut random = stream("sample", seed, 0);
    let mut chosen: Vec<usize> =
        classes.into_iter().zip(shares).flat_map(|(class, share)| draw(class, share, &mut random)).collect();
    chosen.sort_unstable();
    Ok(chosen)
}

/// `count` in proportion to the classes' sizes, by largest remainder.
fn proportional(sizes: &[usize], count: usize) -> Vec<usize> {
    // Shares are kept as whole numbers of images times the total, so that no rounding decides a tie.
    let total = sizes.iter().sum::<usize>().max(1) as u128;
    let portion = |size: usize| size as u128 * count as u128;
    let mut shares: Vec<usize> = sizes.iter().map(|&size| (portion(size) / total) as usize).collect();
    let missing = count.saturating_sub(shares.iter().sum());
    let mut by_remainder: Vec<_> = sizes.iter().zip(&mut shares).collect();
    by_remainder.sort_by_key(|(size, _)| std::cmp::Reverse(portion(**size) % total));
    for (_, share) in by_remainder.into_iter().take(missing) {
        *share += 1;
    }
    shares
}

/// `count` evenly over the classes, each of which gives at most what it has.
fn balanced(sizes: &[usize], count: usize) -> Vec<usize> {
    let mut shares = vec![0; sizes.len()];
    let mut left = count;
    loop {
        let open = shares.iter().zip(sizes).filter(|(share, size)| share < size).count();
        if left == 0 || open == 0 {
            return shares;
        }
        let each = left / open;
        for (share, &size) in shares.iter_mut().zip(sizes).filter(|(share, size)| **share < **size) {
            // Less than one each is one for the first.
            let more = each.max(1).min(size - *share).min(left);
            *share += more;
            left -= more;
        }
    }
}

/// Draws `count` of `from`, by the first steps of a Fisher–Yates shuffle; in ascending order.
fn draw(mut from: Vec<usize>, count: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let count = count.min(from.len());
    for taken in 0..count {
        // The bias of a 64-bit remainder is below 2^-40 for any dataset.
        let left = (from.len() - taken) as u64;
        from.swap(taken, taken + (random.next_u64() % left) as usize);
    }
    from.truncate(count);
    from.sort_unstable();
    from
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;
    use proptest::prelude::*;
    use protocols::{DatasetMetadata, Datum, DatumMetadata};

    use super::*;

    const UNREADABLE: usize = 99;

    struct Classes(DatasetMetadata, Vec<usize>);

    impl Classes {
        fn new(counts: &[usize]) -> Self {
            let labels = (0..counts.len()).map(|class| class.to_string()).collect();
            let targets = counts.iter().enumerate().flat_map(|(class, &n)| vec![class; n]).collect();
            Self(DatasetMetadata::new("classes", labels), targets)
        }
    }

    impl Dataset for Classes {
        fn metadata(&self) -> &DatasetMetadata {
            &self.0
        }
        fn len(&self) -> usize {
            self.1.len()
        }
        fn get(&self, index: usize) -> Result<Datum, BoxError> {
            let metadata = DatumMetadata::new(index.to_string(), index);
            Ok(Datum { image: Array3::zeros((1, 1, 3)), target: self.target(index)?, metadata })
        }
        fn target(&self, index: usize) -> Result<usize, BoxError> {
            let target = self.1[index];
            if target == UNREADABLE { Err("no class".into()) } else { Ok(target) }
        }
    }

    fn per_class(dataset: &Classes, selection: Selection) -> Vec<usize> {
        let indices = selection.indices(dataset).unwrap();
        assert!(indices.is_sorted());
        let mut counts = vec![0; dataset.0.labels.len()];
        indices.iter().for_each(|&index| counts[dataset.1[index]] += 1);
        counts
    }

    #[test]
    fn a_stratified_share_keeps_the_classes_shares() {
        let dataset = Classes::new(&[40, 20, 10, 0]);
        assert_eq!(per_class(&dataset, Selection::Stratified { fraction: 0.1, seed: 1 }), [4, 2, 1, 0]);
        assert_eq!(per_class(&dataset, Selection::StratifiedCount { count: 6, seed: 1 }), [3, 2, 1, 0]);
        assert_eq!(per_class(&dataset, Selection::Stratified { fraction: 1.0, seed: 1 }), [40, 20, 10, 0]);
    }

    #[test]
    fn a_balanced_choice_takes_as_many_of_every_class_as_it_has() {
        let dataset = Classes::new(&[40, 20, 2, 0]);
        let balanced = |count| per_class(&dataset, Selection::Balanced { count, seed: 1 });
        assert_eq!(balanced(3), [1, 1, 1, 0]);
        assert_eq!(balanced(4), [2, 1, 1, 0]);
        assert_eq!(balanced(12), [5, 5, 2, 0]);
        assert_eq!(balanced(13), [6, 5, 2, 0]);
        assert_eq!(balanced(60), [38, 20, 2, 0]);
        assert_eq!(balanced(1000), [40, 20, 2, 0]);
    }

    #[test]
    fn absent_classes_are_those_that_occur_elsewhere() {
        let mut dataset = Classes::new(&[2, 0, 2, 2]);
        dataset.1.push(UNREADABLE);
        assert_eq!(absent_classes(&dataset, &[0, 6]), [2, 3]);
        assert_eq!(absent_classes(&dataset, &[0, 2, 4]), [0; 0]);
    }

    #[test]
    fn an_empty_selection_says_what_was_asked_for() {
        let error = Selection::Range { offset: 10, limit: 3 }.indices(&Classes::new(&[5])).unwrap_err();
        assert_eq!(error.to_string(), "3 from image 10 on leaves no image of 5");
    }

    #[test]
    fn images_without_a_class_are_refused_or_a_class_of_their_own() {
        let tenth = Selection::Stratified { fraction: 0.1, seed: 1 };
        for (class, told) in [(UNREADABLE, "no class"), (2, "datum 60 has class 2, which has no name")] {
            let mut dataset = Classes::new(&[40, 20]);
            dataset.1.extend([class; 20]);
            assert_eq!(tenth.indices(&dataset).unwrap_err().to_string(), told);
            let chosen = tenth.indices_of_readable(&dataset).unwrap();
            let of = |class| chosen.iter().filter(|&&index| dataset.1[index] == class).count();
            assert_eq!([of(0), of(1), of(class)], [4, 2, 2]);
        }
    }

    #[test]
    fn the_largest_remainders_are_rounded_up_and_of_equal_ones_the_first() {
        // A third of 7, 7 and 7 is 2 1/3 each.
        let dataset = Classes::new(&[7, 7, 7]);
        assert_eq!(per_class(&dataset, Selection::StratifiedCount { count: 8, seed: 0 }), [3, 3, 2]);
        // 4 of 10: shares 2.4, 1.2 and 0.4.
        let dataset = Classes::new(&[6, 3, 1]);
        assert_eq!(per_class(&dataset, Selection::Stratified { fraction: 0.4, seed: 0 }), [3, 1, 0]);
    }

    proptest! {
        #[test]
        fn a_stratified_share_has_its_size_and_no_class_is_off_by_one(
            counts in prop::collection::vec(0_usize..60, 1..8),
            fraction in 0.0..=1.0_f64,
            seed: u64,
        ) {
            let dataset = Classes::new(&counts);
            let len = dataset.len();
            let expected = (fraction * len as f64).round() as usize;
            prop_assume!(expected > 0);
            let chosen = per_class(&dataset, Selection::Stratified { fraction, seed });
            prop_assert_eq!(chosen.iter().sum::<usize>(), expected);
            for (chosen, of) in chosen.iter().zip(&counts) {
                let share = *of as f64 * expected as f64 / len as f64;
                prop_assert!((*chosen as f64 - share).abs() < 1.0, "{} of {}", chosen, of);
            }
        }

        #[test]
        fn a_random_choice_takes_each_image_once(len in 1_usize..200, count in 1_usize..250, seed: u64) {
            let dataset = Classes::new(&[len]);
            let chosen = Selection::Random { count, seed }.indices(&dataset).unwrap();
            prop_assert_eq!(chosen.len(), count.min(len));
            prop_assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]) && chosen[chosen.len() - 1] < len);
        }
    }

    #[test]
    fn every_image_is_chosen_about_equally_often() {
        let dataset = Classes::new(&[10]);
        let mut times = [0_i32; 10];
        for seed in 0..2000 {
            let chosen = Selection::Random { count: 3, seed }.indices(&dataset).unwrap();
            chosen.iter().for_each(|&index| times[index] += 1);
        }
        // 600 times each, with a standard deviation of 20.
        assert!(times.iter().all(|times| (times - 600).abs() < 100), "{times:?}");
    }

    #[test]
    fn a_seed_gives_the_same_images_and_another_seed_others() {
        let dataset = Classes::new(&[500, 500]);
        let choose = |seed| Selection::Random { count: 20, seed }.indices(&dataset).unwrap();
        assert_eq!(choose(3), choose(3));
        assert_ne!(choose(3), choose(4));
        assert_eq!(choose(3).len(), 20);
    }

    #[test]
    fn a_range_ends_with_the_dataset() {
        let dataset = Classes::new(&[5, 5]);
        let range = |offset, limit| Selection::Range { offset, limit }.indices(&dataset);
        assert_eq!(range(8, usize::MAX).unwrap(), [8, 9]);
        assert!(range(10, 3).is_err());
        assert!(range(0, 0).is_err());
    }

    #[test]
    fn what_is_no_fraction_is_refused() {
        let dataset = Classes::new(&[5, 5]);
        for fraction in [0.0, -0.5, 1.5, f64::NAN] {
            assert!(Selection::Stratified { fraction, seed: 0 }.indices(&dataset).is_err(), "{fraction}");
        }
    }
}
