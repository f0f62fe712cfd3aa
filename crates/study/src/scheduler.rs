//! Which shard a process of a cluster job runs.

use std::str::FromStr;

use crate::{Error, Shard};

/// A shard by its number, such as `2/4`, or `auto`: the one that the scheduler assigns.
///
/// ```
/// use study::{Shard, ShardChoice};
///
/// let choice: ShardChoice = "2/4".parse()?;
/// assert_eq!(choice.resolve(|name| std::env::var(name).ok())?, Shard::new(2, 4)?);
/// assert_eq!("auto".parse::<ShardChoice>()?, ShardChoice::Auto);
/// # Ok::<(), study::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardChoice {
    /// The shard that a scheduler's environment variables assign to this process.
    Auto,
    /// This shard.
    Given(Shard),
}

impl ShardChoice {
    /// The shard; `variable` looks up an environment variable.
    ///
    /// # Errors
    ///
    /// As [`Shard::from_scheduler`].
    pub fn resolve(self, variable: impl Fn(&str) -> Option<String>) -> Result<Shard, Error> {
        match self {
            Self::Given(shard) => Ok(shard),
            Self::Auto => Shard::from_scheduler(variable),
        }
    }
}

impl FromStr for ShardChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Given) }
    }
}

impl Shard {
    /// The shard that a scheduler's environment variables assign to this process.
    ///
    /// `variable` looks up a variable, usually `|name| std::env::var(name).ok()`. Known are Open MPI
    /// (`OMPI_COMM_WORLD_RANK`), PMI (`PMI_RANK`), Kubernetes Indexed Jobs (`JOB_COMPLETION_INDEX`, with `JOB_COMPLETIONS`
    /// set by the job), Slurm arrays (`SLURM_ARRAY_TASK_ID`) and `srun` (`SLURM_PROCID`). A launcher that runs inside
    /// another scheduler's job comes first.
    ///
    /// ```
    /// use study::Shard;
    ///
    /// let variables = [("SLURM_PROCID", "1"), ("SLURM_NTASKS", "4")];
    /// let variable = |name: &str| {
    ///     variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    /// };
    /// assert_eq!(Shard::from_scheduler(variable)?, Shard::new(2, 4)?);
    /// assert!(Shard::from_scheduler(|_| None).is_err());
    /// # Ok::<(), study::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Scheduler`] if no scheduler is found, if its variables are not numbers, or if two schedulers contradict
    /// each other.
    pub fn from_scheduler(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        find(&variable).map_err(|message| Error::Scheduler { message })
    }
}

/// A scheduler that counts its processes from 0, and the variables that say so.
struct Ranks {
    rank: &'static str,
    size: &'static str,
}

/// In this order: a launcher that runs inside another scheduler's job comes first.
const RANKS: [Ranks; 3] = [
    Ranks { rank: "OMPI_COMM_WORLD_RANK", size: "OMPI_COMM_WORLD_SIZE" },
    Ranks { rank: "PMI_RANK", size: "PMI_SIZE" },
    // Kubernetes sets the first one for an Indexed Job; the job must set the second one.
    Ranks { rank: "JOB_COMPLETION_INDEX", size: "JOB_COMPLETIONS" },
];

fn find(variable: &impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let number = |name: &str| -> Result<Option<usize>, String> {
        let Some(text) = variable(name) else { return Ok(None) };
        let number = text.parse().map_err(|_| format!("{name} is `{text}`, expected a number"))?;
        Ok(Some(number))
    };
    let mut ranked = None;
    for Ranks { rank, size } in RANKS {
        match (number(rank)?, number(size)?) {
            (Some(at), Some(of)) => {
                let shard = Shard::new(at.saturating_add(1), of);
                let shard = shard.map_err(|_| format!("{rank} is {at} and {size} is {of}"))?;
                ranked = Some((shard, rank));
                break;
            }
            (Some(_), None) => {
                return Err(format!("{rank} is set and {size} is not: set it to the number of processes"));
            }
            (None, _) => {}
        }
    }
    let array = match number("SLURM_ARRAY_TASK_ID")? {
        None => None,
        Some(id) => {
            let told = |name: &str| {
                number(name)?.ok_or_else(|| format!("SLURM_ARRAY_TASK_ID is set and {name} is not"))
            };
            let (count, first) = (told("SLURM_ARRAY_TASK_COUNT")?, told("SLURM_ARRAY_TASK_MIN")?);
            let step = number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
            let at = id.checked_sub(first).filter(|at| at.is_multiple_of(step)).map(|at| at / step);
            let shard = at.and_then(|at| Shard::new(at.saturating_add(1), count).ok());
            Some(shard.ok_or_else(|| {
                format!(
                    "the Slurm array has task {id} of {count} from {first} on in steps of {step}, expected an array \
                     without gaps such as 0-15"
                )
            })?)
        }
    };
    match (ranked, array) {
        (Some((ranks, name)), Some(array)) if ranks.of() > 1 && array.of() > 1 => Err(format!(
            "{name} says {ranks} and the Slurm array says {array}"
        )),
        (Some((ranks, _)), Some(array)) => Ok(if ranks.of() > 1 { ranks } else { array }),
        (Some((ranks, _)), None) => Ok(ranks),
        (None, Some(array)) => Ok(array),
        (None, None) => match (number("SLURM_PROCID")?, number("SLURM_NTASKS")?) {
            (Some(at), Some(of)) => Shard::new(at.saturating_add(1), of).map_err(|error| error.to_string()),
            _ => Err("no scheduler assigns a shard, expected the variables of Open MPI (OMPI_COMM_WORLD_RANK), PMI \
                      (PMI_RANK), a Slurm array (SLURM_ARRAY_TASK_ID), srun (SLURM_PROCID) or a Kubernetes Indexed \
                      Job (JOB_COMPLETION_INDEX, and JOB_COMPLETIONS, which the job must set)"
                .to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> Result<String, String> {
        let variable =
            |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        find(&variable).map(|shard| shard.to_string())
    }

    #[test]
    fn each_scheduler_is_understood() {
        let mpi = [("OMPI_COMM_WORLD_RANK", "2"), ("OMPI_COMM_WORLD_SIZE", "4")];
        assert_eq!(told(&mpi).unwrap(), "3/4");
        assert_eq!(told(&[("PMI_RANK", "0"), ("PMI_SIZE", "4")]).unwrap(), "1/4");
        assert_eq!(told(&[("JOB_COMPLETION_INDEX", "3"), ("JOB_COMPLETIONS", "4")]).unwrap(), "4/4");
        assert_eq!(told(&[("SLURM_PROCID", "1"), ("SLURM_NTASKS", "2")]).unwrap(), "2/2");
        // The batch script of an array is a job of one task; mpirun within it leaves srun's variables.
        let array =
            [("SLURM_ARRAY_TASK_ID", "5"), ("SLURM_ARRAY_TASK_COUNT", "4"), ("SLURM_ARRAY_TASK_MIN", "2")];
        let task = [("SLURM_PROCID", "0"), ("SLURM_NTASKS", "1")];
        assert_eq!(told(&[&array[..], &task].concat()).unwrap(), "4/4");
        assert_eq!(
            told(&[&mpi[..], &[("SLURM_PROCID", "0"), ("SLURM_NTASKS", "9")]].concat()).unwrap(),
            "3/4"
        );
        let steps = [
            ("SLURM_ARRAY_TASK_ID", "20"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
            ("SLURM_ARRAY_TASK_MIN", "10"),
            ("SLURM_ARRAY_TASK_STEP", "5"),
        ];
        assert_eq!(told(&steps).unwrap(), "3/4");
    }

    #[test]
    fn what_is_not_clear_is_refused() {
        assert!(told(&[]).unwrap_err().contains("no scheduler"));
        assert!(told(&[("JOB_COMPLETION_INDEX", "3")]).unwrap_err().contains("JOB_COMPLETIONS is not"));
        assert!(told(&[("PMI_RANK", "4"), ("PMI_SIZE", "4")]).unwrap_err().contains("PMI_RANK is 4"));
        assert!(told(&[("PMI_RANK", "x"), ("PMI_SIZE", "4")]).unwrap_err().contains("expected a number"));
        let array = |id, count| {
            [("SLURM_ARRAY_TASK_ID", id), ("SLURM_ARRAY_TASK_COUNT", count), ("SLURM_ARRAY_TASK_MIN", "1")]
        };
        // Tasks 1, 5 and 7 of an array with gaps.
        assert!(told(&array("5", "3")).unwrap_err().contains("without gaps"));
        let both = [&array("2", "3")[..], &[("PMI_RANK", "1"), ("PMI_SIZE", "4")]].concat();
        assert!(told(&both).unwrap_err().contains("PMI_RANK says 2/4 and the Slurm array says 2/3"));
    }
}
