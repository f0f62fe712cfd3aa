use half::f16;
use model_folder::{ImageProcessor, Scratch};
use ndarray::ArrayView3;
use ort::memory::Allocator;
use ort::value::{DynTensor, PrimitiveTensorElementType, TensorElementType, ValueType};

use crate::Error;
use crate::worker::Failure;

pub(crate) const CHANNELS: usize = 3;

/// The network's input: how it takes images.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: String,
    element: Element,
    channels_last: bool,
    /// The number of images of each pass, if the network insists on one.
    pub(crate) batch: Option<usize>,
    /// The height and width, where the network insists on them.
    pub(crate) size: (Option<usize>, Option<usize>),
}

/// The numbers that images are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    F32,
    F16,
    F64,
    U8,
    I32,
    I64,
}

impl Input {
    /// The only input of a network, of those that it has.
    pub(crate) fn new(
        name: &str,
        inputs: &[(&str, &ValueType)],
        notes: &mut Vec<String>,
    ) -> Result<Self, Error> {
        let &[(input, kind)] = inputs else {
            let found = inputs.iter().map(|&(input, _)| input.to_owned()).collect();
            return Err(Error::Inputs { name: name.to_owned(), found });
        };
        let refuse = |found: String| Error::Input { name: name.to_owned(), input: input.to_owned(), found };
        let (Some(shape), Some(element)) = (kind.tensor_shape(), kind.tensor_type()) else {
            return Err(refuse(kind.to_string()));
        };
        let element = match element {
            TensorElementType::Float32 => Element::F32,
            TensorElementType::Float16 => Element::F16,
            TensorElementType::Float64 => Element::F64,
            TensorElementType::Uint8 => Element::U8,
            TensorElementType::Int32 => Element::I32,
            TensorElementType::Int64 => Element::I64,
            other => return Err(refuse(format!("values of {other}"))),
        };
        let sides: Vec<_> =
            shape.iter().map(|&side| usize::try_from(side).ok().filter(|&side| side > 0)).collect();
        let (batch, channels_last, size) = match sides[..] {
            // A file need not say the shape.
            [] => (None, false, (None, None)),
            [batch, height, width, Some(CHANNELS)] if height != Some(CHANNELS) => {
                (batch, true, (height, width))
            }
            [batch, None | Some(CHANNELS), height, width] => (batch, false, (height, width)),
            [_, Some(channels), _, _] => return Err(refuse(format!("{channels} channels"))),
            _ => return Err(refuse(format!("{} dimensions", sides.len()))),
        };
        if element.is_whole() {
            notes.push(format!(
                "the network's input {input} is bytes: images are resized and cropped, not normalised"
            ));
        }
        if channels_last {
            notes.push(format!("the network's input {input} has its channels last"));
        }
        Ok(Self { name: input.to_owned(), element, channels_last, batch, size })
    }

    /// The processor as this input needs it: whole numbers are the bytes themselves, resized and cropped only.
    pub(crate) fn processor(&self, processor: ImageProcessor) -> ImageProcessor {
        if self.element.is_whole() { processor.without_normalization() } else { processor }
    }

    /// Memory for so many images of this height and width.
    pub(crate) fn memory(
        &self,
        allocator: &Allocator,
        [images, height, width]: [usize; 3],
    ) -> ort::Result<DynTensor> {
        let shape = if self.channels_last {
            [images, height, width, CHANNELS]
        } else {
            [images, CHANNELS, height, width]
        };
        let element = match self.element {
            Element::F32 => TensorElementType::Float32,
            Element::F16 => TensorElementType::Float16,
            Element::F64 => TensorElementType::Float64,
            Element::U8 => TensorElementType::Uint8,
            Element::I32 => TensorElementType::Int32,
            Element::I64 => TensorElementType::Int64,
        };
        DynTensor::new(allocator, element, shape)
    }

    /// Lets `write` fill the memory, as float32. Other numbers are converted from `staged`.
    pub(crate) fn fill(
        &self,
        memory: &mut DynTensor,
        staged: &mut Vec<f32>,
        write: impl FnOnce(&mut [f32]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if self.element == Element::F32 {
            return write(memory.try_extract_tensor_mut::<f32>()?.1);
        }
        staged.resize(memory.shape().num_elements(), 0.0);
        write(staged)?;
        match self.element {
            Element::F32 => {}
            Element::F16 => convert(memory, staged, f16::from_f32)?,
            Element::F64 => convert(memory, staged, f64::from)?,
            Element::U8 => convert(memory, staged, |value| value as u8)?,
            Element::I32 => convert(memory, staged, |value| value as i32)?,
            Element::I64 => convert(memory, staged, |value| value as i64)?,
        }
        Ok(())
    }

    /// Prepares one image into its part of the memory.
    pub(crate) fn write(
        &self,
        processor: &ImageProcessor,
        image: ArrayView3<'_, u8>,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<(), model_folder::Error> {
        if self.channels_last {
            processor.write_pixels(image, out, scratch)
        } else {
            processor.write(image, out, scratch)
        }
    }
}

impl Element {
    fn is_whole(self) -> bool {
        matches!(self, Self::U8 | Self::I32 | Self::I64)
    }
}

fn convert<T: PrimitiveTensorElementType>(
    memory: &mut DynTensor,
    values: &[f32],
    of: impl Fn(f32) -> T,
) -> ort::Result<()> {
    let (_, out) = memory.try_extract_tensor_mut::<T>()?;
    out.iter_mut().zip(values).for_each(|(out, &value)| *out = of(value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use ort::value::{Shape, SymbolicDimensions};

    use super::*;

    fn input(element: TensorElementType, shape: &[i64]) -> (Result<Input, Error>, Vec<String>) {
        let kind = ValueType::Tensor {
            ty: element,
            shape: Shape::new(shape.iter().copied()),
            dimension_symbols: SymbolicDimensions::empty(shape.len()),
        };
        let mut notes = Vec::new();
        let input = Input::new("m", &[("x", &kind)], &mut notes);
        (input, notes)
    }

    #[test]
    fn planes_of_floats_are_the_ordinary_case() {
        for shape in [&[-1, 3, -1, -1][..], &[1, 3, 32, 32], &[-1, -1, -1, -1], &[1, 3, 3, 3], &[]] {
            let (input, notes) = input(TensorElementType::Float32, shape);
            assert!(!input.unwrap().channels_last && notes.is_empty(), "{shape:?}");
        }
        let fixed = input(TensorElementType::Float16, &[2, 3, 32, 48]).0.unwrap();
        assert_eq!((fixed.batch, fixed.size), (Some(2), (Some(32), Some(48))));
    }

    #[test]
    fn channels_last_and_bytes_are_said() {
        let (input, notes) = input(TensorElementType::Uint8, &[-1, 32, 48, 3]);
        let input = input.unwrap();
        assert_eq!((input.channels_last, input.size), (true, (Some(32), Some(48))));
        assert_eq!(notes.len(), 2);
        assert!(notes[0].contains("input x is bytes") && notes[1].contains("channels last"), "{notes:?}");
    }

    #[test]
    fn other_inputs_are_refused_by_name() {
        for (element, shape, part) in [
            (TensorElementType::Float32, &[1, 1, 28, 28][..], "has 1 channels"),
            (TensorElementType::Float32, &[1, 784], "has 2 dimensions"),
            (TensorElementType::Bool, &[1, 3, 8, 8], "has values of bool"),
        ] {
            let error = input(element, shape).0.unwrap_err().to_string();
            assert!(error.starts_with("m: the network's input x ") && error.contains(part), "{error}");
        }
        let none = Input::new("m", &[], &mut Vec::new()).unwrap_err().to_string();
        assert_eq!(none, "m: the network has the inputs none, expected a single one");
    }
}
