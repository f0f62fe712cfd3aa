//! A record as a line.

/// Hexadecimal digits and a space.
const PREFIX: usize = 9;

/// The line of a record's text, which holds no newline.
pub(crate) fn write(text: &[u8]) -> Vec<u8> {
    let mut line = format!("{:08x} ", crc32fast::hash(text)).into_bytes();
    line.extend_from_slice(text);
    line.push(b'\n');
    line
}

/// The text of a line without its newline, if it is whole.
pub(crate) fn read(line: &[u8]) -> Option<&[u8]> {
    let (prefix, text) = line.split_at_checked(PREFIX)?;
    let expected = format!("{:08x} ", crc32fast::hash(text));
    (prefix == expected.as_bytes()).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_checksum_is_that_of_zip_and_png() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(write(b"123456789"), b"cbf43926 123456789\n");
    }

    proptest! {
        #[test]
        fn a_changed_or_cut_line_is_not_read(
            text in "[ -~]{0,40}", at in any::<prop::sample::Index>(), bit in 0_u32..8, cut in any::<bool>(),
        ) {
            let mut line = write(text.as_bytes());
            line.pop();
            prop_assert_eq!(read(&line), Some(text.as_bytes()));
            let at = at.index(line.len());
            if cut { line.truncate(at) } else { line[at] ^= 1 << bit }
            prop_assert_eq!(read(&line), None);
        }
    }
}
