use half::f16;
use model_folder::{ImageProcessor, Scratch};
use ndarray::{Array2, Array3};
use ort::logging::LogLevel;
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, NoSelectedOutputs, RunOptions, Session};
use ort::value::{DynTensor, DynValue, TensorElementType};

use crate::error::in_one_line;
use crate::images::Images;
use crate::input::{CHANNELS, Input};
use crate::{Device, Error};

/// A session with memory that is reused from pass to pass.
///
/// Images are prepared into memory of ONNX Runtime's, which is bound to the session. For CUDA it is pinned, and binding
/// it uploads it.
pub(crate) struct Worker {
    session: Session,
    binding: IoBinding,
    options: RunOptions<NoSelectedOutputs>,
    allocator: Allocator,
    /// Where outputs are put: the memory of the CPU.
    host: MemoryInfo<'static>,
    memory: Option<([usize; 3], DynTensor)>,
    staged: Vec<f32>,
    image: Array3<u8>,
    scratch: Scratch,
}

/// Images of a call that are prepared to one size and scored in one pass.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// The height and width that they are prepared to.
    pub(crate) size: (usize, usize),
}

impl Worker {
    pub(crate) fn new(session: Session, device: Device) -> ort::Result<Self> {
        let allocator = match device.cuda() {
            None => Allocator::default(),
            Some(number) => {
                let pinned = AllocationDevice::CUDA_PINNED;
                let info = MemoryInfo::new(pinned, number, AllocatorType::Device, MemoryType::CPUInput)?;
                Allocator::new(&session, info)?
            }
        };
        let mut options = RunOptions::new()?;
        options.set_log_level(LogLevel::Fatal)?;
        Ok(Self {
            binding: session.create_binding()?,
            session,
            options,
            allocator,
            host: MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Device, MemoryType::Default)?,
            memory: None,
            staged: Vec::new(),
            image: Array3::zeros((0, 0, 0)),
            scratch: Scratch::default(),
        })
    }

    /// What the network returns for the images of a run, one row per image: a column per class, or one for two classes.
    pub(crate) fn outputs(
        &mut self,
        (input, output): (&Input, &str),
        processor: &ImageProcessor,
        images: Images<'_>,
        run: Run,
        classes: usize,
    ) -> Result<Array2<f32>, Error> {
        let Run { count, size: (height, width), .. } = run;
        let rows = input.batch.unwrap_or(count);
        let prepared = self.prepare(input, rows, processor, images, run);
        let forward = prepared.and_then(|()| self.forward(output));
        let (shape, values) = forward.map_err(|failure| match failure {
            Failure::Ours(error) => error,
            Failure::Theirs(e) => {
                Error::Run { shape: [rows, CHANNELS, height, width], source: in_one_line(&e) }
            }
        })?;
        let refuse = || Error::Output { found: shape.clone(), expected: [rows, classes] };
        let columns = columns(&shape, rows, classes).ok_or_else(refuse)?;
        let values = values.into_iter().take(count * columns).collect();
        Array2::from_shape_vec((count, columns), values).map_err(|_| refuse())
    }

    /// Prepares the images of a run into the session's input, whose other rows are zeros.
    fn prepare(
        &mut self,
        input: &Input,
        rows: usize,
        processor: &ImageProcessor,
        images: Images<'_>,
        Run { first, count, size: (height, width) }: Run,
    ) -> Result<(), Failure> {
        let Self { memory, staged, image, scratch, .. } = self;
        let shape = [rows, height, width];
        let memory = match memory {
            Some((found, memory)) if *found == shape => memory,
            _ => &mut memory.insert((shape, input.memory(&self.allocator, shape)?)).1,
        };
        let values = CHANNELS * height * width;
        input.fill(memory, staged, |all| {
            let (filled, left_over) = all.split_at_mut(count * values);
            left_over.fill(0.0);
            filled.chunks_exact_mut(values.max(1)).enumerate().try_for_each(|(i, out)| {
                images
                    .with(first + i, image, |image| input.write(processor, image, out, scratch))
                    .map_err(|source| Failure::Ours(Error::Image { position: first + i, source }))
            })
        })?;
        Ok(self.binding.bind_input(input.name.as_str(), memory)?)
    }

    /// The shape and the values of an output for the bound input.
    fn forward(&mut self, output: &str) -> Result<(Vec<usize>, Vec<f32>), Failure> {
        // Bound anew, since ONNX Runtime would keep the memory of an output of another shape.
        self.binding.bind_output_to_device(output, &self.host)?;
        self.binding.synchronize_inputs()?;
        let outputs = self.session.run_binding_with_options(&self.binding, &self.options)?;
        self.binding.synchronize_outputs()?;
        match outputs.iter().next() {
            Some((_, value)) => floats(&value),
            None => Err(Failure::Ours(Error::OutputType { found: "nothing".to_owned() })),
        }
    }
}

/// Why a pass failed.
pub(crate) enum Failure {
    /// For a reason of ours.
    Ours(Error),
    /// For one of ONNX Runtime's.
    Theirs(ort::Error),
}

impl From<ort::Error> for Failure {
    fn from(error: ort::Error) -> Self {
        Self::Theirs(error)
    }
}

/// The shape and the values of an output, as float32.
fn floats(value: &DynValue) -> Result<(Vec<usize>, Vec<f32>), Failure> {
    let shape = |shape: &[i64]| shape.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
    Ok(match value.dtype().tensor_type() {
        Some(TensorElementType::Float32) => {
            let (sides, values) = value.try_extract_tensor::<f32>()?;
            (shape(sides), values.to_vec())
        }
        Some(TensorElementType::Float16) => {
            let (sides, values) = value.try_extract_tensor::<f16>()?;
            (shape(sides), values.iter().map(|value| value.to_f32()).collect())
        }
        Some(TensorElementType::Float64) => {
            let (sides, values) = value.try_extract_tensor::<f64>()?;
            (shape(sides), values.iter().map(|&value| value as f32).collect())
        }
        _ => return Err(Failure::Ours(Error::OutputType { found: value.dtype().to_string() })),
    })
}

/// The columns of an output of one row per image: one per class, or a single one for two classes. Axes of length 1
/// beside them, as of `(batch, classes, 1, 1)`, count for nothing.
fn columns(shape: &[usize], rows: usize, classes: usize) -> Option<usize> {
    let (&batch, rest) = shape.split_first()?;
    let mut long = rest.iter().filter(|&&side| side != 1);
    let columns = long.next().copied().unwrap_or(1);
    let is_matrix = batch == rows && long.next().is_none() && !rest.is_empty();
    (is_matrix && (columns == classes || (columns, classes) == (1, 2))).then_some(columns)
}
