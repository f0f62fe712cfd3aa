//! The units of the perturbers' parameters.

/// The label of a parameter's axis, with its unit where the parameter is one of NRTK's.
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
    fn known_parameters_have_units_and_others_only_a_name() {
        assert_eq!(axis_label("ksize"), "ksize [pixels]");
        assert_eq!(axis_label("ksize;amount"), "ksize; amount");
    }
}
