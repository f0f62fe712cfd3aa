//! Entropy, SSD and cross-correlation of saliency maps.
