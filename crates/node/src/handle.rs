//! What handles of JavaScript own, and what V8 is told of it.

use crate::error;
use napi::Env;
use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

/// What a handle has told V8 of the memory it holds.
#[derive(Default)]
struct Reported(Cell<i64>);

impl Reported {
    fn set(&self, env: &Env, bytes: usize) -> napi::Result<()> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let before = self.0.replace(bytes);
        if bytes != before {
            env.adjust_external_memory(bytes - before)?;
        }
        Ok(())
    }
}

/// What a handle owns until it is closed. Not behind `&mut`: napi keeps the borrows of a call that returns a promise
/// until the promise is settled, and a handle may be closed before.
pub(crate) struct Owned<T> {
    value: RefCell<Option<Arc<T>>>,
    reported: Reported,
    what: &'static str,
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T, what: &'static str) -> Self {
        Self { value: RefCell::new(Some(Arc::new(value))), reported: Reported::default(), what }
    }

    pub(crate) fn get(&self) -> napi::Result<Arc<T>> {
        self.value.borrow().clone().ok_or_else(|| error::closed(self.what))
    }

    /// Tells V8 how much memory the handle holds.
    pub(crate) fn report(&self, env: &Env, bytes: usize) -> napi::Result<()> {
        self.reported.set(env, bytes)
    }

    pub(crate) fn close(&self, env: &Env) -> napi::Result<()> {
        self.value.take();
        self.reported.set(env, 0)
    }
}
