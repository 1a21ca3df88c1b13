//! Sets what the linker must know of a Node addon on each platform.

fn main() {
    napi_build::setup();
}
