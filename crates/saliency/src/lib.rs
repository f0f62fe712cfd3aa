//! RISE and its kin: black-box saliency maps of any image classifier.
