//! Whether the fields of an ONNX file lie within it.
//!
//! `rten`'s reader allocates as many bytes as a field claims to have before it reads them, so that one wrong bit in a
//! file may ask for more memory than there is, which ends the process; and it never stops at a number whose bytes all
//! say that another follows. Only lengths are checked here.

/// The messages of `onnx.proto` that contain others which `rten` reads.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    SequenceType,
    Shape,
    /// A message without others.
    Leaf,
    /// Not a message, but packed numbers.
    Numbers,
}

/// Attributes contain graphs, which contain attributes. No network needs more levels of messages than this.
const DEEPEST: usize = 100;

/// Refuses a file with a field that is longer than its message, and says where it is.
pub(crate) fn check(onnx: &[u8]) -> Result<(), String> {
    walk(onnx, 0, Message::Model, 0)
}

impl Message {
    /// What a field with this number contains, unless it is text or numbers.
    fn field(self, number: u64) -> Option<Self> {
        Some(match (self, number) {
            (Self::Model, 7) | (Self::Attribute, 6 | 11) => Self::Graph,
            (Self::Model, 8 | 14) | (Self::Tensor, 13) | (Self::Shape, 1) => Self::Leaf,
            (Self::Tensor, 5 | 7) => Self::Numbers,
            (Self::Graph, 1) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) => Self::Tensor,
            (Self::Graph, 11..=13) => Self::ValueInfo,
            (Self::Node, 5) => Self::Attribute,
            (Self::ValueInfo, 2) | (Self::SequenceType, 1) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::Type, 4) => Self::SequenceType,
            (Self::TensorType, 2) => Self::Shape,
            _ => return None,
        })
    }
}

/// Walks over a message's fields; `start` is its position in the file.
fn walk(message: &[u8], start: usize, kind: Message, depth: usize) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("byte {start}: messages within messages, more than {DEEPEST} deep"));
    }
    let mut rest = message;
    while !rest.is_empty() {
        let place = start + message.len() - rest.len();
        let cut = || format!("byte {place}: a number is cut short, or has more than ten bytes");
        let tag = varint(&mut rest).ok_or_else(cut)?;
        if matches!(kind, Message::Numbers) {
            continue;
        }
        let len = match tag & 7 {
            0 => {
                varint(&mut rest).ok_or_else(cut)?;
                0
            }
            1 => 8,
            2 => varint(&mut rest).ok_or_else(cut)?,
            5 => 4,
            other => {
                return Err(format!("byte {place}: a field of wire type {other}, expected 0, 1, 2 or 5"));
            }
        };
        let Some((field, after)) = usize::try_from(len).ok().and_then(|len| rest.split_at_checked(len))
        else {
            let left = rest.len();
            return Err(format!("byte {place}: a field of {len} bytes where {left} remain"));
        };
        if tag & 7 == 2
            && let Some(kind) = kind.field(tag >> 3)
        {
            walk(field, start + message.len() - rest.len(), kind, depth + 1)?;
        }
        rest = after;
    }
    Ok(())
}

/// Reads a number, seven bits per byte.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: &[u8] = include_bytes!("../../tests/data/tiny.onnx");

    #[test]
    fn a_valid_file_passes() {
        assert_eq!(check(TINY), Ok(()));
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn a_truncated_file_passes_only_between_its_fields() {
        let passing = (0..TINY.len()).filter(|&len| check(&TINY[..len]).is_ok()).count();
        assert!(passing < 8, "{passing}");
    }

    #[test]
    fn a_field_longer_than_its_message_is_refused_with_its_position() {
        // A model of one graph of four bytes: a node that says it has three bytes, and has two.
        let error = check(&[7 << 3 | 2, 4, 1 << 3 | 2, 3, 0x08, 0x01]).unwrap_err();
        assert_eq!(error, "byte 2: a field of 3 bytes where 2 remain");
        let error =
            check(&[9 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]).unwrap_err();
        assert_eq!(error, format!("byte 0: a field of {} bytes where 0 remain", u64::MAX));
    }

    #[test]
    fn numbers_without_end_are_refused() {
        let tensor = |numbers: &[u8]| {
            let mut message = vec![5 << 3 | 2, numbers.len() as u8];
            message.extend(numbers);
            walk(&message, 0, Message::Tensor, 0)
        };
        assert_eq!(tensor(&[0x80, 0x01, 0x7f]), Ok(()));
        let error = "byte 3: a number is cut short, or has more than ten bytes".to_owned();
        assert_eq!(tensor(&[0x00, 0x80]), Err(error.clone()));
        assert_eq!(tensor(&[&[0x00][..], &[0xff; 10], &[0x00]].concat()), Err(error));
    }

    #[test]
    fn endless_nesting_is_refused() {
        // Attribute in node in graph in attribute.
        let mut message = Vec::new();
        for level in 0..200 {
            let number = [5, 1, 6][level % 3];
            let mut outer = vec![number << 3 | 2];
            let mut len = message.len();
            while len >= 0x80 {
                outer.push(len as u8 | 0x80);
                len >>= 7;
            }
            outer.push(len as u8);
            outer.extend(&message);
            message = outer;
        }
        assert!(walk(&message, 0, Message::Graph, 0).is_err());
    }
}
