//! The part of Python's pickle format in which `torch.save` writes a state dict.
//!
//! A pickle is a program, and Python runs whatever function it names. The machine here calls nothing: it makes numbers,
//! texts, tuples and dictionaries, and knows `collections.OrderedDict`, `torch._utils._rebuild_tensor_v2` and the types
//! of storages as names. Every other name and every other opcode is refused.
//!
//! The opcodes are those of Python's `pickletools`, the tensors' form is that of PyTorch's `torch/_utils.py`.

use std::collections::HashMap;

/// Bytes of the longest pickle that is read, each of which may take a hundred bytes of memory. A tensor of a state dict
/// takes less than 300, its layer's version included.
pub(crate) const LONGEST: usize = 1 << 20;

/// A tensor of a state dict: a view of some of a storage's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TensorView<'a> {
    pub(crate) storage: Storage<'a>,
    /// Position of the first value.
    pub(crate) offset: usize,
    pub(crate) shape: Vec<usize>,
    /// The distance between neighbours along each axis.
    pub(crate) strides: Vec<usize>,
}

/// Values in a file of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Storage<'a> {
    /// The file's name.
    pub(crate) key: &'a str,
    /// PyTorch's name of the type, such as `FloatStorage`.
    pub(crate) kind: &'a str,
    /// The number of values.
    pub(crate) len: usize,
}

/// The tensors of a pickled state dict, by name.
pub(crate) fn read(pickle: &[u8]) -> Result<Vec<(&str, TensorView<'_>)>, String> {
    if pickle.len() > LONGEST {
        return Err(format!("a pickle of {} bytes, expected at most {LONGEST}", pickle.len()));
    }
    let mut machine = Machine { rest: pickle, ..Machine::default() };
    loop {
        let place = pickle.len() - machine.rest.len();
        match machine.step() {
            Ok(None) => {}
            Ok(Some(value)) => return machine.state_dict(value),
            Err(problem) => return Err(format!("byte {place} of its pickle {problem}")),
        }
    }
}

/// A value's place in [`Machine::values`]. Values that contain others hold their places, so that nothing is copied and
/// nothing is nested, whatever the pickle says.
type Place = usize;

enum Value<'a> {
    /// True or false; nothing depends on which.
    Flag,
    Number(i64),
    Text(&'a str),
    Global {
        module: &'a str,
        name: &'a str,
    },
    Tuple(Vec<Place>),
    Dict(Vec<(Place, Place)>),
    Storage(Storage<'a>),
    Tensor(TensorView<'a>),
}

#[derive(Default)]
struct Machine<'a> {
    rest: &'a [u8],
    values: Vec<Value<'a>>,
    stack: Vec<Place>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u32, Place>,
}

impl<'a> Machine<'a> {
    /// Executes one opcode. The last one yields the result.
    fn step(&mut self) -> Result<Option<Place>, String> {
        let opcode = self.byte()?;
        match opcode {
            // PROTO
            0x80 => match self.byte()? {
                2 => {}
                other => return Err(format!("has protocol {other}, expected 2, as torch.save writes it")),
            },
            b'c' => {
                let global = self.global()?;
                self.push(global);
            }
            b'q' => {
                let key = self.byte()?.into();
                self.memorise(key)?;
            }
            b'r' => {
                let key = u32::from_le_bytes(self.array()?);
                self.memorise(key)?;
            }
            b'h' => {
                let key = self.byte()?.into();
                self.recall(key)?;
            }
            b'j' => {
                let key = u32::from_le_bytes(self.array()?);
                self.recall(key)?;
            }
            b'(' => self.marks.push(self.stack.len()),
            b')' => self.push(Value::Tuple(Vec::new())),
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Value::Tuple(items));
            }
            0x85..=0x87 => {
                let mut items = Vec::new();
                for _ in 0x85..=opcode {
                    items.push(self.pop()?);
                }
                items.reverse();
                self.push(Value::Tuple(items));
            }
            b'}' => self.push(Value::Dict(Vec::new())),
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.insert(&[key, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.insert(&items)?;
            }
            b'X' => {
                let len = u32::from_le_bytes(self.array()?) as usize;
                let bytes = self.take(len)?;
                let text = str::from_utf8(bytes).map_err(|_| "has a text that is not UTF-8".to_owned())?;
                self.push(Value::Text(text));
            }
            b'K' => {
                let number = self.byte()?.into();
                self.push(Value::Number(number));
            }
            b'M' => {
                let number = u16::from_le_bytes(self.array()?).into();
                self.push(Value::Number(number));
            }
            b'J' => {
                let number = i32::from_le_bytes(self.array()?).into();
                self.push(Value::Number(number));
            }
            // LONG1
            0x8a => {
                let len = self.byte()?.into();
                let bytes = self.take(len)?;
                let number = long(bytes).ok_or_else(|| format!("has a number of {len} bytes"))?;
                self.push(Value::Number(number));
            }
            // NEWTRUE, NEWFALSE
            0x88 | 0x89 => self.push(Value::Flag),
            b'Q' => {
                let id = self.pop()?;
                let storage = self.storage(id)?;
                self.push(Value::Storage(storage));
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let value = self.reduce(function, arguments)?;
                self.push(value);
            }
            b'b' => {
                let state = self.pop()?;
                self.build(state)?;
            }
            b'.' => return self.pop().map(Some),
            _ => {
                let name = name_of(opcode).map_or_else(String::new, |name| format!(" ({name})"));
                return Err(format!("is the opcode 0x{opcode:02x}{name}, which no state dict needs"));
            }
        }
        Ok(None)
    }

    fn global(&mut self) -> Result<Value<'a>, String> {
        let (module, name) = (self.line()?, self.line()?);
        match (module, name) {
            ("collections", "OrderedDict") | ("torch._utils", "_rebuild_tensor_v2") => {}
            ("torch", name) if name.ends_with("Storage") => {}
            _ => return Err(format!("names {module}.{name}, which no state dict of plain tensors needs")),
        }
        Ok(Value::Global { module, name })
    }

    fn byte(&mut self) -> Result<u8, String> {
        self.array().map(|[byte]| byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (&array, rest) = self.rest.split_first_chunk().ok_or_else(cut)?;
        self.rest = rest;
        Ok(array)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(cut)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A text up to the end of its line.
    fn line(&mut self) -> Result<&'a str, String> {
        let len = self.rest.iter().position(|&byte| byte == b'\n').ok_or_else(cut)?;
        let line = self.take(len)?;
        self.byte()?;
        str::from_utf8(line).map_err(|_| "has a name that is not UTF-8".to_owned())
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    /// The value on top of the stack; values below the last mark are out of reach.
    fn top(&self) -> Result<Place, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.get(floor..).and_then(<[Place]>::last).copied();
        top.ok_or_else(|| "takes a value that is not there".to_owned())
    }

    fn pop(&mut self) -> Result<Place, String> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Place>, String> {
        let mark = self.marks.pop().ok_or("takes values up to a mark that is not there")?;
        Ok(self.stack.split_off(mark))
    }

    fn memorise(&mut self, key: u32) -> Result<(), String> {
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<(), String> {
        let value =
            self.memo.get(&key).ok_or_else(|| format!("recalls value {key}, which was not memorised"))?;
        self.stack.push(*value);
        Ok(())
    }

    /// Adds keys and values, in turn, to the dictionary on top of the stack.
    fn insert(&mut self, items: &[Place]) -> Result<(), String> {
        let dict = self.top()?;
        let Value::Dict(entries) = &mut self.values[dict] else {
            return Err("adds to something that is not a dictionary".to_owned());
        };
        let (pairs, rest) = items.as_chunks();
        if !rest.is_empty() {
            return Err("adds a key without a value".to_owned());
        }
        entries.extend(pairs.iter().map(|&[key, value]| (key, value)));
        Ok(())
    }

    /// What `torch.load` finds under the persistent id `("storage", type, key, device, length)`.
    fn storage(&self, id: Place) -> Result<Storage<'a>, String> {
        let refused = || "names values that are not a storage".to_owned();
        let Value::Tuple(parts) = &self.values[id] else { return Err(refused()) };
        let &[label, kind, key, _device, len] = parts.as_slice() else { return Err(refused()) };
        match (&self.values[label], &self.values[kind], &self.values[key]) {
            (Value::Text("storage"), &Value::Global { module: "torch", name: kind }, &Value::Text(key)) => {
                Ok(Storage { key, kind, len: self.size(len)? })
            }
            _ => Err(refused()),
        }
    }

    fn reduce(&self, function: Place, arguments: Place) -> Result<Value<'a>, String> {
        let (&Value::Global { name, .. }, Value::Tuple(arguments)) =
            (&self.values[function], &self.values[arguments])
        else {
            return Err("calls something that is not a function".to_owned());
        };
        match (name, arguments.as_slice()) {
            ("OrderedDict", []) => Ok(Value::Dict(Vec::new())),
            ("_rebuild_tensor_v2", &[storage, offset, shape, strides, _requires_grad, hooks]) => {
                let Value::Storage(storage) = self.values[storage] else {
                    return Err("makes a tensor of something that is not a storage".to_owned());
                };
                if !matches!(&self.values[hooks], Value::Dict(hooks) if hooks.is_empty()) {
                    return Err("makes a tensor with backward hooks".to_owned());
                }
                let (offset, shape, strides) = (self.size(offset)?, self.sizes(shape)?, self.sizes(strides)?);
                if shape.len() != strides.len() {
                    return Err(format!("makes a tensor of shape {shape:?} with the strides {strides:?}"));
                }
                Ok(Value::Tensor(TensorView { storage, offset, shape, strides }))
            }
            _ => Err(format!("calls {name} with {} arguments", arguments.len())),
        }
    }

    /// Sets the attributes of the value on top of the stack. A state dict has one, the versions of its layers.
    fn build(&self, state: Place) -> Result<(), String> {
        let versions_alone = |entries: &[(Place, Place)]| {
            entries.iter().all(|&(key, _)| matches!(self.values[key], Value::Text("_metadata")))
        };
        match (&self.values[self.top()?], &self.values[state]) {
            (Value::Dict(_), Value::Dict(entries)) if versions_alone(entries) => Ok(()),
            _ => Err("sets attributes that no state dict has".to_owned()),
        }
    }

    fn size(&self, place: Place) -> Result<usize, String> {
        match self.values[place] {
            Value::Number(number) => usize::try_from(number).map_err(|_| format!("has a size of {number}")),
            _ => Err("has a size that is not a number".to_owned()),
        }
    }

    fn sizes(&self, place: Place) -> Result<Vec<usize>, String> {
        match &self.values[place] {
            Value::Tuple(items) => items.iter().map(|&item| self.size(item)).collect(),
            _ => Err("has sizes that are not a tuple".to_owned()),
        }
    }

    fn state_dict(&self, place: Place) -> Result<Vec<(&'a str, TensorView<'a>)>, String> {
        let Value::Dict(entries) = &self.values[place] else {
            return Err("its pickle is not a state dict".to_owned());
        };
        let tensor = |&(key, value): &(Place, Place)| match (&self.values[key], &self.values[value]) {
            (&Value::Text(name), Value::Tensor(tensor)) => Ok((name, tensor.clone())),
            (&Value::Text(name), _) => {
                Err(format!("`{name}` in its pickle is not a tensor: expected a state dict by itself"))
            }
            _ => Err("its pickle has a key that is not a text".to_owned()),
        };
        entries.iter().map(tensor).collect()
    }
}

fn cut() -> String {
    "is the last: it is cut short".to_owned()
}

/// A whole number of up to eight bytes, in two's complement.
fn long(bytes: &[u8]) -> Option<i64> {
    let sign = bytes.last().map_or(0, |&byte| if byte >= 0x80 { 0xff } else { 0 });
    let mut padded = [sign; 8];
    padded.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(padded))
}

/// The names of opcodes that other pickles have: those that call, and those of other protocols.
fn name_of(opcode: u8) -> Option<&'static str> {
    Some(match opcode {
        b'i' => "INST",
        b'o' => "OBJ",
        0x81 => "NEWOBJ",
        0x82..=0x84 => "EXT",
        0x92 => "NEWOBJ_EX",
        0x93 => "STACK_GLOBAL",
        0x94 => "MEMOIZE",
        0x95 => "FRAME",
        b'P' => "PERSID",
        b']' => "EMPTY_LIST",
        b'N' => "NONE",
        b'G' => "BINFLOAT",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"w": tensor}` as `torch.save` pickles it: values 1 to 6 of a storage of eight, as a matrix of 2x3.
    fn matrix() -> Vec<u8> {
        [
            &b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01(X\x01\0\0\0w"[..],
            b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n",
            b"X\x01\0\0\x000X\x03\0\0\0cpuK\x08tQK\x01K\x02K\x03\x86K\x03K\x01\x86\x89h\x00)RtRu",
            b"}X\x09\0\0\0_metadata}sb.",
        ]
        .concat()
    }

    fn replaced(from: &[u8], to: &[u8]) -> Vec<u8> {
        let pickle = matrix();
        let at = pickle.windows(from.len()).position(|window| window == from).unwrap();
        [&pickle[..at], to, &pickle[at + from.len()..]].concat()
    }

    #[test]
    fn a_tensor_is_a_view_of_its_storage() {
        let storage = Storage { key: "0", kind: "FloatStorage", len: 8 };
        let tensor = TensorView { storage, offset: 1, shape: vec![2, 3], strides: vec![3, 1] };
        assert_eq!(read(&matrix()).unwrap(), [("w", tensor)]);
    }

    #[test]
    fn functions_that_no_state_dict_needs_are_refused_by_name() {
        for (from, to, expected) in [
            (
                &b"collections\nOrderedDict"[..],
                &b"os\nsystem"[..],
                "byte 2 of its pickle names os.system, which",
            ),
            (b"torch\nFloatStorage", b"builtins\neval", "names builtins.eval, which"),
            (
                b"torch._utils\n_rebuild_tensor_v2",
                b"torch._utils\n_rebuild_tensor",
                "names torch._utils._rebuild_tensor,",
            ),
            (b"torch._utils\n_rebuild_tensor_v2", b"torch\nXStorage", "calls XStorage with 6 arguments"),
        ] {
            let pickle = replaced(from, to);
            let error = read(&pickle).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn opcodes_that_no_state_dict_needs_are_refused_by_name() {
        for (opcode, expected) in [
            (b'i', "the opcode 0x69 (INST), which no state dict needs"),
            (0x81, "the opcode 0x81 (NEWOBJ), which"),
            (0x93, "the opcode 0x93 (STACK_GLOBAL), which"),
            (b'0', "the opcode 0x30, which"),
        ] {
            let pickle = [0x80, 2, opcode, b'.'];
            let error = read(&pickle).unwrap_err();
            assert!(error.starts_with("byte 2 of its pickle is ") && error.contains(expected), "{error}");
        }
    }

    #[test]
    fn what_is_not_a_state_dict_is_refused() {
        for (pickle, expected) in [
            (&b""[..], "byte 0 of its pickle is the last: it is cut short"),
            (b"\x80\x04.", "has protocol 4, expected 2"),
            (b"\x80\x02.", "takes a value that is not there"),
            (b"\x80\x02K\x01(.", "takes a value that is not there"),
            (b"\x80\x02t", "takes values up to a mark that is not there"),
            (b"\x80\x02h\x05", "recalls value 5, which was not memorised"),
            (b"\x80\x02K\x05.", "its pickle is not a state dict"),
            (b"\x80\x02}K\x05K\x05s.", "its pickle has a key that is not a text"),
            (b"\x80\x02}X\x05\0\0\0epochK\x05s.", "`epoch` in its pickle is not a tensor"),
            (b"\x80\x02}(K\x05u.", "adds a key without a value"),
            (b"\x80\x02)K\x05K\x05s.", "adds to something that is not a dictionary"),
            (b"\x80\x02}}X\x01\0\0\0aK\x05sb.", "sets attributes that no state dict has"),
            (b"\x80\x02K\x05Q.", "names values that are not a storage"),
            (b"\x80\x02X\x01\0\0\0\xff.", "has a text that is not UTF-8"),
            (b"\x80\x02\x8a\x09\0\0\0\0\0\0\0\0\0.", "has a number of 9 bytes"),
        ] {
            let error = read(pickle).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        for (from, to, expected) in [
            (&b"K\x08tQ"[..], &b"J\xff\xff\xff\xfftQ"[..], "has a size of -1"),
            (b"K\x03K\x01\x86", b"K\x03\x85", "a tensor of shape [2, 3] with the strides [3]"),
            (b"h\x00)RtRu", b"}K\x01K\x01stRu", "makes a tensor with backward hooks"),
        ] {
            let pickle = replaced(from, to);
            let error = read(&pickle).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn long_numbers_are_in_twos_complement() {
        for (bytes, expected) in [
            (&[][..], Some(0)),
            (&[0xff], Some(-1)),
            (&[0xff, 0], Some(255)),
            (&[0, 0, 0, 0x80, 0], Some(1 << 31)),
            (&[0; 9], None),
        ] {
            assert_eq!(long(bytes), expected);
        }
    }

    #[test]
    fn values_nested_without_end_are_refused_like_others() {
        let pickle = [&b"\x80\x02)"[..], &vec![0x85; LONGEST - 4], b"."].concat();
        assert_eq!(read(&pickle).unwrap_err(), "its pickle is not a state dict");
        assert!(read(&vec![b'('; LONGEST + 1]).unwrap_err().contains("expected at most"));
    }

    #[test]
    fn every_damaged_pickle_is_read_or_refused() {
        let whole = matrix();
        let mut damaged = whole.clone();
        for i in 0..whole.len() {
            assert!(read(&whole[..i]).is_err(), "{i}");
            for byte in 0..=255 {
                damaged[i] = byte;
                let _ = read(&damaged);
            }
            damaged[i] = whole[i];
        }
    }
}
