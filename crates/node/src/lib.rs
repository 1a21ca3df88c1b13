//! The Node-API binding: converts, calls a feature crate, converts back. No logic lives here.
//!
//! Names are flat, `<feature><Function>`; `lib/<feature>/index.js` gives them their public shape.

pub mod bytes;
pub mod diff;
mod error;
pub mod files;
mod handle;
pub mod ignore;
pub mod log;
pub mod probe;
pub mod tokens;
pub mod work;
pub mod zstd;

/// Read by the release gate from the binary of any platform.
#[used]
static VERSION_MARK: &str = concat!("tenon-native-version=", env!("CARGO_PKG_VERSION"), ";");

/// The version the loader compares with the package's.
#[napi_derive::napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
