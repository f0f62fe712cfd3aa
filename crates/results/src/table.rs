use std::io::{Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Row, Values};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Writes rows as CSV with a header, every number in the shortest form that reads back to the same one.
///
/// # Errors
///
/// [`Error::Write`] if `out` cannot be written to.
///
/// # Examples
///
/// ```
/// let mut file = Vec::new();
/// results::write_csv::<results::ItemResponse>(&[], &mut file)?;
/// assert!(file.starts_with(b"perturber,parameter,value,"));
/// # Ok::<(), results::Error>(())
/// ```
pub fn write_csv<R: Row>(rows: &[R], out: impl Write) -> Result<(), Error> {
    let write = || -> Result<(), BoxError> {
        // The header is written by hand, so that a table without rows has one too.
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(out);
        writer.write_record(columns(rows)?)?;
        for row in rows {
            let metrics: Vec<f64> = row.metrics().iter().map(|(_, value)| value).collect();
            writer.serialize((row.fixed(), metrics))?;
        }
        Ok(writer.flush()?)
    };
    write().map_err(|source| Error::Write { format: "CSV", source })
}

/// The names of a table's columns: the fixed ones, then one per metric.
fn columns<R: Row>(rows: &[R]) -> Result<Vec<&str>, BoxError> {
    let metrics: Vec<&str> = rows.first().map_or_else(Vec::new, |row| row.metrics().names().collect());
    if let Some(row) = rows.iter().find(|row| !row.metrics().names().eq(metrics.iter().copied())) {
        let found: Vec<&str> = row.metrics().names().collect();
        return Err(
            format!("a row has the metrics {found:?}, expected {metrics:?} as the first row has").into()
        );
    }
    Ok(R::COLUMNS.iter().copied().chain(metrics).collect())
}

/// Reads what [`write_csv`] wrote.
///
/// # Errors
///
/// [`Error::Read`] if a column is missing or a field is not of its type; the source names the line.
///
/// # Examples
///
/// ```
/// let text = "perturber,parameter,value,accuracy_macro,accuracy_micro,count\nSaltNoise,amount,0.1,0.5,0.5,x\n";
/// assert!(results::read_csv::<results::ItemResponse>(text.as_bytes()).is_err());
/// ```
pub fn read_csv<R: Row>(input: impl Read) -> Result<Vec<R>, Error> {
    let read = || -> Result<Vec<R>, BoxError> {
        let mut reader = csv::Reader::from_reader(input);
        let header = reader.headers()?.clone();
        let metrics: Vec<(usize, &str)> =
            header.iter().enumerate().filter(|(_, name)| !R::COLUMNS.contains(name)).collect();
        if let Some((_, name)) = metrics.first().filter(|_| !R::HAS_METRICS) {
            return Err(format!("unknown column `{name}`, expected {}", R::COLUMNS.join(", ")).into());
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record?;
            let fixed = record.deserialize(Some(&header))?;
            let metrics = metrics.iter().map(|&(at, name)| {
                let text = record.get(at).unwrap_or_default();
                let line = record.position().map_or(0, csv::Position::line);
                let value = text
                    .parse()
                    .map_err(|_| format!("line: {line}: {name} is `{text}`, expected a number"))?;
                Ok((name, value))
            });
            rows.push(R::from_parts(fixed, metrics.collect::<Result<Values, String>>()?));
        }
        Ok(rows)
    };
    read().map_err(|source| Error::Read { format: "CSV", source })
}

/// Writes rows as a JSON list of objects. NaN and infinities are written as the strings `NaN`, `inf` and `-inf`.
///
/// # Errors
///
/// [`Error::Write`] if `out` cannot be written to.
///
/// # Examples
///
/// ```
/// let mut file = Vec::new();
/// results::write_json::<results::ItemResponse>(&[], &mut file)?;
/// assert_eq!(file, b"[]");
/// # Ok::<(), results::Error>(())
/// ```
pub fn write_json<R: Serialize>(rows: &[R], out: impl Write) -> Result<(), Error> {
    serde_json::to_writer_pretty(out, rows).map_err(|e| Error::Write { format: "JSON", source: e.into() })
}

/// Reads what [`write_json`] wrote.
///
/// # Errors
///
/// [`Error::Read`] if the input is not such a list; a `null` for a number is refused.
///
/// # Examples
///
/// ```
/// assert!(results::read_json::<results::ItemResponse>(b"[]".as_slice())?.is_empty());
/// # Ok::<(), results::Error>(())
/// ```
pub fn read_json<R: DeserializeOwned>(input: impl Read) -> Result<Vec<R>, Error> {
    serde_json::from_reader(input).map_err(|e| Error::Read { format: "JSON", source: e.into() })
}

/// Writes rows as a Markdown table, numbers rounded to three decimals as the tutorial's table has them.
///
/// # Errors
///
/// [`Error::Write`] if `out` cannot be written to.
///
/// # Examples
///
/// ```
/// use results::{ItemResponse, Setting, Value, Values, write_markdown};
///
/// let setting = Setting::new("SaltNoise", "amount", Value::from(0.05));
/// let row = ItemResponse { setting, accuracy_macro: 1.0 / 3.0, accuracy_micro: 0.5, count: 2, metrics: Values::default() };
/// let mut text = Vec::new();
/// write_markdown(&[row], &mut text)?;
/// assert!(String::from_utf8_lossy(&text).ends_with("| SaltNoise | amount | 0.05 | 0.333 | 0.500 | 2 |\n"));
/// # Ok::<(), results::Error>(())
/// ```
pub fn write_markdown<R: Row>(rows: &[R], mut out: impl Write) -> Result<(), Error> {
    let mut write = || -> Result<(), BoxError> {
        let columns = columns(rows)?;
        writeln!(out, "| {} |", columns.join(" | "))?;
        writeln!(out, "|{}", " --- |".repeat(columns.len()))?;
        for row in rows {
            let fixed = serde_json::to_value(row.fixed())?;
            let fixed = R::COLUMNS.iter().map(|column| {
                let value = fixed.get(column);
                value.map(cell).ok_or_else(|| format!("a row has no column `{column}`"))
            });
            let metrics = row.metrics().iter().map(|(_, value)| Ok(cell(&value.into())));
            let cells: Result<Vec<String>, String> = fixed.chain(metrics).collect();
            writeln!(out, "| {} |", cells?.join(" | "))?;
        }
        Ok(())
    };
    write().map_err(|source| Error::Write { format: "Markdown", source })
}

fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Number(number) if number.is_f64() => {
            format!("{:.3}", number.as_f64().unwrap_or(f64::NAN))
        }
        // JSON has no NaN and no infinity.
        serde_json::Value::Null => "undefined".to_owned(),
        serde_json::Value::String(text) => text.replace('|', "\\|"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SaliencyComparison, Setting, Value};

    fn row(ssd: f64) -> SaliencyComparison {
        SaliencyComparison {
            setting: Setting::new("GaussianBlur", "ksize", Value::from(5.0)),
            image_id: 3,
            truth: "Annual, Crop".into(),
            predicted: "River".into(),
            truth_score: f64::from(0.1_f32),
            predicted_score: 0.75,
            metrics: Values::from_iter([("entropy", 11.822_123_456_789_01), ("ssd", ssd), ("xcorr", -1e-17)]),
        }
    }

    #[test]
    fn csv_reads_back_to_the_same_bits() {
        let rows = vec![row(0.078), row(f64::INFINITY)];
        let mut file = Vec::new();
        write_csv(&rows, &mut file).unwrap();
        assert_eq!(read_csv::<SaliencyComparison>(file.as_slice()).unwrap(), rows);
    }

    #[test]
    fn csv_keeps_not_a_number() {
        let mut file = Vec::new();
        write_csv(&[row(f64::NAN)], &mut file).unwrap();
        assert!(
            read_csv::<SaliencyComparison>(file.as_slice()).unwrap()[0].metrics.get("ssd").unwrap().is_nan()
        );
    }

    #[test]
    fn json_reads_back_to_the_same_bits() {
        let rows = vec![row(0.1 + 0.2), row(f64::INFINITY)];
        let mut file = Vec::new();
        write_json(&rows, &mut file).unwrap();
        assert_eq!(read_json::<SaliencyComparison>(file.as_slice()).unwrap(), rows);
    }

    #[test]
    fn metrics_are_columns_of_their_own_and_the_same_in_every_row() {
        let mut other = row(0.5);
        other.metrics = Values::from_iter([("entropy", 1.0)]);
        let error = write_csv(&[row(0.5), other], Vec::new()).unwrap_err();
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("the metrics [\"entropy\"]"));
        let text = "perturber,parameter,value,image_id,datum,error,cost\nBlur,ksize,1,0,a,b,2\n";
        let error = read_csv::<crate::Skipped>(text.as_bytes()).unwrap_err();
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("unknown column `cost`"));
        let text =
            "perturber,parameter,value,accuracy_macro,accuracy_micro,count,f1\nBlur,ksize,1,1,1,1,high\n";
        let error = read_csv::<crate::ItemResponse>(text.as_bytes()).unwrap_err();
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("line: 2: f1 is `high`"));
    }

    #[test]
    fn an_error_names_the_line() {
        let text = "perturber,parameter,value,accuracy_macro,accuracy_micro,count\nBlur,ksize,one,1,1,1\n";
        let error = read_csv::<crate::ItemResponse>(text.as_bytes()).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("line: 2") && cause.contains("`one`"), "{cause}");
    }

    #[test]
    fn markdown_says_what_is_undefined() {
        let mut text = Vec::new();
        write_markdown(&[row(f64::INFINITY)], &mut text).unwrap();
        assert!(String::from_utf8(text).unwrap().contains("| 11.822 | undefined | -0.000 |"));
    }
}
