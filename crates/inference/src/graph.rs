use ndarray::ArrayView2;
use protocols::ScoreKind;
use rten_onnx::onnx::{GraphProto, NodeProto};

use crate::{Error, OutputKind, Outputs};

/// The operator of ONNX's own that makes the values of a graph's output, beside those that move or rename them.
///
/// ```
/// use inference::last_operator;
/// use rten_onnx::onnx::{GraphProto, NodeProto};
///
/// let node = |operator: &str, from: &str, to: &str| NodeProto {
///     op_type: Some(operator.to_owned()),
///     input: vec![from.to_owned()],
///     output: vec![to.to_owned()],
///     ..NodeProto::default()
/// };
/// let node = vec![node("Sigmoid", "z", "p"), node("Flatten", "p", "scores")];
/// let graph = GraphProto { node, ..GraphProto::default() };
/// assert_eq!(last_operator(&graph, "scores").as_deref(), Some("Sigmoid"));
/// assert_eq!(last_operator(&graph, "z"), None);
/// ```
#[must_use]
pub fn last_operator(graph: &GraphProto, output: &str) -> Option<String> {
    let mut name = output;
    // A graph has no circles, but a file may.
    for _ in 0..graph.node.len() {
        let maker = graph.node.iter().find(|node| node.output.iter().any(|output| output == name))?;
        match operator(maker) {
            "Cast" | "Flatten" | "Identity" | "Reshape" | "Squeeze" | "Transpose" | "Unsqueeze" => {
                name = maker.input.first().filter(|name| !name.is_empty())?;
            }
            operator => return Some(operator.to_owned()),
        }
    }
    None
}

/// The operator's name, of ONNX's own domain; empty for other domains.
fn operator(node: &NodeProto) -> &str {
    let is_own = matches!(node.domain.as_deref(), None | Some("" | "ai.onnx"));
    if is_own { node.op_type.as_deref().unwrap_or_default() } else { "" }
}

impl Outputs {
    /// Decides what a network returns by a trial, `(images, outputs)`, and by the operator that its output comes from,
    /// which tells probabilities from logits where the trial does not; and says what was found out and is not the
    /// ordinary case, to be shown to the user. `network` is the network's name, `labels` are the class names.
    ///
    /// # Errors
    ///
    /// [`Error::Sigmoids`] if the network ends in a sigmoid per class, [`Error::Ambiguous`] if a single output between 0
    /// and 1 comes from an operator that makes either.
    ///
    /// # Examples
    ///
    /// ```
    /// use inference::Outputs;
    /// use ndarray::array;
    /// use protocols::ScoreKind;
    ///
    /// let labels = ["cat", "dog"].map(str::to_owned);
    /// let last = || Some("Sigmoid".to_owned());
    /// let (outputs, note) = Outputs::find_out_in_graph("pets", array![[0.2], [0.9]].view(), &labels, last)?;
    /// assert_eq!(outputs.network(), ScoreKind::Probabilities);
    /// assert_eq!(note.as_deref(), Some("the network has a single output: it is taken as the probability of dog"));
    /// # Ok::<(), inference::Error>(())
    /// ```
    pub fn find_out_in_graph(
        network: &str,
        trial: ArrayView2<'_, f32>,
        labels: &[String],
        last_operator: impl FnOnce() -> Option<String>,
    ) -> Result<(Self, Option<String>), Error> {
        if let (1, [_, second]) = (trial.ncols(), labels) {
            let known = match last_operator().as_deref() {
                Some("Sigmoid") => Some((ScoreKind::Probabilities, "the probability")),
                Some("Add" | "Gemm" | "MatMul") => Some((ScoreKind::Logits, "the logit")),
                _ => None,
            };
            if let Some((kind, taken)) = known {
                let note = format!("the network has a single output: it is taken as {taken} of {second}");
                return Ok((Self::new(kind), Some(note)));
            }
        } else if trial.iter().all(|value| (0.0..=1.0).contains(value))
            && last_operator().as_deref() == Some("Sigmoid")
        {
            return Err(Error::Sigmoids { network: network.to_owned() });
        }
        let outputs = Self::find_out(OutputKind::Auto, trial, labels.len())?;
        Ok((outputs, outputs.note().map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn labels(count: usize) -> Vec<String> {
        (0..count).map(|class| format!("class {class}")).collect()
    }

    #[test]
    fn one_output_for_two_classes_is_a_probability_after_a_sigmoid_only() {
        let kind = |last: &str| {
            let trial = array![[0.25], [0.75]];
            let last = Some(last.to_owned());
            let (outputs, note) = Outputs::find_out_in_graph("m", trial.view(), &labels(2), || last).unwrap();
            assert!(note.unwrap().ends_with(" of class 1"));
            outputs.network()
        };
        assert_eq!(kind("Sigmoid"), ScoreKind::Probabilities);
        assert_eq!(kind("Gemm"), ScoreKind::Logits);
        let clipped = || Some("Clip".to_owned());
        let outcome = Outputs::find_out_in_graph("m", array![[0.25], [0.75]].view(), &labels(2), clipped);
        assert_eq!(outcome.unwrap_err().to_string(), Error::Ambiguous.to_string());
    }

    #[test]
    fn a_sigmoid_per_class_is_refused() {
        let last = || Some("Sigmoid".to_owned());
        let error =
            Outputs::find_out_in_graph("m", array![[0.25, 0.5, 0.75]].view(), &labels(3), last).unwrap_err();
        assert!(error.to_string().starts_with("m: the network ends in a sigmoid per class"), "{error}");
    }

    #[test]
    fn the_graph_is_not_asked_where_the_trial_shows_logits() {
        let trial = array![[-1.0, 0.5, 2.0]];
        let (outputs, note) =
            Outputs::find_out_in_graph("m", trial.view(), &labels(3), || panic!("asked")).unwrap();
        assert_eq!((outputs.network(), note), (ScoreKind::Logits, None));
    }

    #[test]
    fn a_graph_that_goes_in_a_circle_has_no_last_operator() {
        let node = |from: &str, to: &str| NodeProto {
            op_type: Some("Identity".to_owned()),
            input: vec![from.to_owned()],
            output: vec![to.to_owned()],
            ..NodeProto::default()
        };
        let graph = GraphProto { node: vec![node("a", "b"), node("b", "a")], ..GraphProto::default() };
        assert_eq!(last_operator(&graph, "a"), None);
    }
}
