use crate::Error;

/// The output that is taken where there are several.
const LOGITS: &str = "logits";

/// The output to take of a network's: the one of this name, or else the only one, or else `logits`; and what is to be said
/// to the user about that, if there are several. `network` is the network's name.
///
/// # Errors
///
/// [`Error::Outputs`] if there is no such output.
///
/// # Examples
///
/// ```
/// use inference::choose_output;
///
/// let names = ["features", "logits"].map(str::to_owned);
/// let (output, note) = choose_output("my-vit", &names, None)?;
/// assert_eq!(output, "logits");
/// assert_eq!(note.as_deref(), Some("the network has several outputs: logits is taken, features ignored"));
/// assert_eq!(choose_output("my-vit", &names, Some("features"))?.0, "features");
/// # Ok::<(), inference::Error>(())
/// ```
pub fn choose_output<'a>(
    network: &str,
    names: &'a [String],
    wanted: Option<&str>,
) -> Result<(&'a str, Option<String>), Error> {
    let chosen = match (wanted, names) {
        (None, [only]) => Some(only),
        _ => names.iter().find(|name| *name == wanted.unwrap_or(LOGITS)),
    };
    let Some(chosen) = chosen else {
        let expected = match wanted {
            Some(wanted) => format!("one named {wanted}"),
            None => format!("a single one or one named {LOGITS}: say which to take by the option `output`"),
        };
        return Err(Error::Outputs { network: network.to_owned(), found: names.to_vec(), expected });
    };
    let others: Vec<_> = names.iter().filter(|name| *name != chosen).map(String::as_str).collect();
    let note = (!others.is_empty()).then(|| {
        format!("the network has several outputs: {chosen} is taken, {} ignored", others.join(", "))
    });
    Ok((chosen, note))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(names: &[&str], wanted: Option<&str>) -> Result<(String, Option<String>), String> {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let chosen = choose_output("m", &names, wanted);
        chosen.map(|(name, note)| (name.to_owned(), note)).map_err(|error| error.to_string())
    }

    #[test]
    fn an_only_output_is_nothing_to_speak_of() {
        assert_eq!(choice(&["scores"], None), Ok(("scores".to_owned(), None)));
        assert_eq!(choice(&["scores"], Some("scores")), Ok(("scores".to_owned(), None)));
    }

    #[test]
    fn what_is_not_there_is_refused_by_name() {
        for (names, wanted, message) in [
            (&["a", "b"][..], Some("c"), "m: the network has the outputs a, b, expected one named c"),
            (&["a"], Some("logits"), "m: the network has the outputs a, expected one named logits"),
            (
                &["a", "b"],
                None,
                "m: the network has the outputs a, b, expected a single one or one named logits: say which to take by the option `output`",
            ),
            (
                &[],
                None,
                "m: the network has the outputs none, expected a single one or one named logits: say which to take by the option `output`",
            ),
        ] {
            assert_eq!(choice(names, wanted), Err(message.to_owned()));
        }
    }
}
