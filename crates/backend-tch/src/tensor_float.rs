//! TensorFloat-32: what GPUs from Ampere on may compute convolutions of float32 in, with 10 bits of fraction.

use std::io::{Cursor, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

const PREFIX: &[u8] = b"torch.";
/// A convolution of a traced module. Its last argument says whether TensorFloat-32 may be used, as when it was traced.
const TRACED: &[u8] = b"torch._convolution(";
/// Convolutions of a scripted module, for which libtorch's setting holds: TensorFloat-32 may be used.
const SCRIPTED: [&[u8]; 3] = [b"torch.conv1d(", b"torch.conv2d(", b"torch.conv3d("];

/// The most bytes of a file of code that are read.
const LONGEST: u64 = 64 << 20;

/// Whether a TorchScript file lets a GPU compute some convolution in TensorFloat-32, or does not show it.
pub(crate) fn is_allowed(torchscript: &[u8]) -> bool {
    code(torchscript).map_or(true, |files| files.iter().any(|code| is_allowed_by(code)))
}

/// The files of a module's code, which the archive holds as text. PyTorch deflates those of more than 200 bytes.
fn code(torchscript: &[u8]) -> Result<Vec<Vec<u8>>, ZipError> {
    let mut archive = ZipArchive::new(Cursor::new(torchscript))?;
    let mut files = Vec::new();
    for i in 0..archive.len() {
        let file = archive.by_index(i)?;
        if Path::new(file.name()).extension().is_some_and(|kind| kind == "py") {
            let mut code = Vec::new();
            file.take(LONGEST).read_to_end(&mut code)?;
            files.push(code);
        }
    }
    Ok(files)
}

fn is_allowed_by(code: &[u8]) -> bool {
    let starts = code.windows(PREFIX.len()).enumerate().filter(|&(_, window)| window == PREFIX);
    starts.map(|(start, _)| &code[start..]).any(|call| {
        SCRIPTED.iter().any(|name| call.starts_with(name))
            || call.strip_prefix(TRACED).is_some_and(|arguments| last(arguments) == Some(b"True"))
    })
}

/// The last of the arguments that a parenthesis closes.
fn last(arguments: &[u8]) -> Option<&[u8]> {
    let (mut depth, mut start) = (0_usize, 0);
    for (i, byte) in arguments.iter().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' if depth == 0 => return Some(arguments[start..i].trim_ascii()),
            b')' | b']' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => start = i + 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traced(last: &str) -> String {
        format!(
            "PK..\n  x = torch.relu(torch._convolution(input, CONSTANTS.c0, None, [2, 2], [0, 0], [1, 1], \
             False, [0, 0], 1, False, False, True, {last}))\n  return x\n"
        )
    }

    #[test]
    fn a_traced_convolution_says_itself_what_it_allows() {
        assert!(is_allowed_by(traced("True").as_bytes()));
        assert!(!is_allowed_by(traced("False").as_bytes()));
        assert!(is_allowed_by((traced("False") + &traced("True")).as_bytes()));
    }

    #[test]
    fn a_scripted_convolution_allows_what_libtorch_does() {
        assert!(is_allowed_by(b"  x = torch.conv2d(input, weight, bias, [1, 1], [1, 1], [1, 1], 1)\n"));
        assert!(!is_allowed_by(b"  x = torch.linear(input, weight, bias)\n"));
    }

    #[test]
    fn stored_modules_are_read() {
        assert!(is_allowed(include_bytes!("../tests/data/plain.pt")));
        assert!(is_allowed(include_bytes!("../tests/data/deflated.pt")));
        assert!(!is_allowed(include_bytes!("../tests/data/not_a_number.pt")));
        assert!(!is_allowed(include_bytes!("../../../models/eurosat-convnext/model.pt")));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_taken_to_allow_it() {
        assert!(is_allowed(b"PK"));
    }

    #[test]
    fn what_is_no_code_allows_nothing() {
        for bytes in [
            &b""[..],
            b"torch.",
            b"torch._convolution(",
            b"torch._convolution(x, [1], True",
            b"torch._convolution(])",
        ] {
            assert!(!is_allowed_by(bytes));
        }
    }
}
