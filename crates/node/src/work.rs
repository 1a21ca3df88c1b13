//! Work on libuv's thread pool that can be cancelled and whose panics become errors.

use crate::error;
use napi::{Env, Task, bindgen_prelude::*};
use napi_derive::napi;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Carries an `AbortSignal` to a running work.
#[napi]
#[derive(Default)]
pub struct Cancellation {
    flag: Arc<AtomicBool>,
}

#[napi]
impl Cancellation {
    /// A flag that is not raised.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the work end with an error as soon as it looks.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }
}

type Job<T> = Box<dyn FnOnce() -> Result<T> + Send>;

/// A closure for the thread pool. `#[napi(catch_unwind)]` guards the calling thread only, so this guards the other.
pub struct Work<T>(Option<Job<T>>);

impl<T> Work<T> {
    pub(crate) fn new(job: impl FnOnce() -> Result<T> + Send + 'static) -> Self {
        Self(Some(Box::new(job)))
    }
}

impl<T: Send + ToNapiValue + TypeName + 'static> Task for Work<T> {
    type Output = T;
    type JsValue = T;

    fn compute(&mut self) -> Result<T> {
        let job = self.0.take().ok_or_else(|| error::internal("a work ran twice"))?;
        catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|payload| {
            let message = payload.downcast_ref::<&str>().copied();
            let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
            Err(error::internal(message.unwrap_or("a panic without a message")))
        })
    }

    fn resolve(&mut self, _: Env, output: T) -> Result<T> {
        Ok(output)
    }
}
