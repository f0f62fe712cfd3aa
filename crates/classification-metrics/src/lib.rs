//! Multiclass classification metrics with the semantics of torchmetrics.
