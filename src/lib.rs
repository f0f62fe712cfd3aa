//! Measure how an image classifier breaks under perturbation, and where it looks while it does.
