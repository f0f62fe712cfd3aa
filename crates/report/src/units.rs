//! What the perturbers' parameters are measured in.

/// A parameter as an axis names it, with its unit where that is known: NRTK's names.
pub(crate) fn axis_label(parameter: &str) -> String {
    let unit = match parameter {
        "ksize" => "pixels",
        "amount" => "share of values",
        "salt_vs_pepper" => "share of salt",
        "mean" => "of full scale",
        "var" => "of full scale, squared",
        "factor" => "1 is unchanged",
        _ => return parameter.replace(';', "; "),
    };
    format!("{parameter} [{unit}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_parameters_have_units_and_others_their_name() {
        assert_eq!(axis_label("ksize"), "ksize [pixels]");
        assert_eq!(axis_label("ksize;amount"), "ksize; amount");
    }
}
