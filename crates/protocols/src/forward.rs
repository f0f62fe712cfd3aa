/// Implements a trait for pointers to a type that implements it, method by method, provided ones included:
/// a `Box<dyn Dataset>` must answer as the value inside does.
macro_rules! forward {
    ($trait:ident for $($pointer:ty),+ => $methods:tt) => {
        $(impl<T: $trait + ?Sized> $trait for $pointer $methods)+
    };
}
pub(crate) use forward;
