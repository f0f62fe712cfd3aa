//! A robustness and saliency study as data, and the run of it.
