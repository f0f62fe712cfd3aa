//! NumPy's seeded random streams, bit for bit.
