//! Measures how closely the libraries agree with the Python originals, and writes `docs/fidelity.md`.
//!
//! ```sh
//! cargo run --release --example fidelity
//! ```

#[path = "../tests/fidelity/topics/mod.rs"]
mod topics;

use std::fmt::Write;

const HEAD: &str = "\
# Fidelity

How closely each part agrees with its Python original. `tests/reference/` holds what the originals returned, and the
scripts that asked them; `tests/fidelity/` measures the worst difference over every stored case and fails beyond the
goal. This page is written by `cargo run --release --example fidelity`.

| what | the original | goal | worst difference | cases |
| --- | --- | --- | --- | --- |
";

const DIFFERENCES: &str = include_str!("../docs/fidelity-differences.md");

fn main() -> std::io::Result<()> {
    let mut page = HEAD.to_owned();
    for row in topics::all() {
        let worst = if row.worst == 0.0 { "none".to_owned() } else { format!("{:.1e}", row.worst) };
        let mark = if row.worst <= row.bound { "" } else { " (missed)" };
        let _ =
            writeln!(page, "| {} | {} | {} | {worst}{mark} | {} |", row.what, row.with, row.goal, row.cases);
    }
    page.push('\n');
    page.push_str(DIFFERENCES);
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/fidelity.md"), page)
}
