//! Reading and making JavaScript strings, bytes and typed arrays with one copy and few calls. The only unsafe code
//! outside `arch/` folders: Node-API's own functions, called directly.
#![expect(unsafe_code, reason = "the calls of Node-API that napi has no cheap wrapper for")]

use crate::error::invalid_argument;
use napi::{
    Env,
    bindgen_prelude::{FromNapiValue, ToNapiValue, TypeName},
    check_status, sys,
};
use std::{borrow::Cow, cell::RefCell, mem, ptr, slice};

/// What a buffer may have that is kept between calls for the next call's text: more would hold the memory of one large
/// text for ever. Buffers are three times as large as what they were filled with, mostly; the rest of them costs nothing.
const MAX_KEPT_BYTES: usize = 4 << 20;
/// How many are kept: a call has up to three texts.
const MAX_KEPT: usize = 3;
const MIN_BUFFER_BYTES: usize = 4096;

/// No string of V8 is longer, counted in code units, of which UTF-8 never has fewer.
pub(crate) const MAX_STRING_BYTES: usize = (1 << 29) - 24;

thread_local! {
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A `string | Uint8Array` argument, copied out of JavaScript as bytes.
pub struct Text {
    bytes: Vec<u8>,
    is_string: bool,
}

impl Text {
    /// The text. What is not UTF-8 becomes U+FFFD, as `TextDecoder` does it.
    pub(crate) fn to_str(&self) -> Cow<'_, str> {
        // Checking alone is several times faster than looking for what to replace.
        str::from_utf8(&self.bytes).map_or_else(|_| String::from_utf8_lossy(&self.bytes), Cow::Borrowed)
    }

    /// The bytes as JavaScript gave them; those of a string are UTF-8.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, to be kept: with room for more, if they came from a string.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        mem::take(&mut self.bytes)
    }

    /// Whether JavaScript gave a string: then positions are UTF-16.
    pub(crate) fn is_string(&self) -> bool {
        self.is_string
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        if self.bytes.capacity() <= MAX_KEPT_BYTES {
            BUFFERS.with_borrow_mut(|buffers| {
                if buffers.len() < MAX_KEPT {
                    buffers.push(mem::take(&mut self.bytes));
                }
            });
        }
    }
}

impl TypeName for Text {
    fn type_name() -> &'static str {
        "string | Uint8Array"
    }

    fn value_type() -> napi::ValueType {
        napi::ValueType::Unknown
    }
}

impl FromNapiValue for Text {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        let mut bytes = BUFFERS.with_borrow_mut(Vec::pop).unwrap_or_default();
        bytes.clear();
        let mut kind = 0;
        // SAFETY: `env` and `value` are what Node-API passed to the running callback, and `kind` outlives the call.
        check_status!(unsafe { sys::napi_typeof(env, value, &raw mut kind) })?;
        let is_string = kind == sys::ValueType::napi_string;
        let filled = if is_string {
            // SAFETY: as above; `value` is a string.
            unsafe { read_string(env, value, &mut bytes) }
        } else {
            // SAFETY: as above.
            unsafe { read_bytes(env, value, &mut bytes) }
        };
        filled.map(|()| Self { bytes, is_string })
    }
}

/// A `string | Uint8Array` argument: a string is copied out as UTF-8, bytes are read where JavaScript has them.
pub struct Input(Source);

enum Source {
    Copied(Text),
    /// Not `Send`, as a pointer: other threads cannot get it.
    Borrowed(*const u8, usize),
}

impl Input {
    /// The bytes, for as long as the call takes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Source::Copied(text) => &text.bytes,
            // SAFETY: Node-API gave so many readable bytes there. The argument lives no longer than the callback, in
            // which no JavaScript runs that could take the memory away, and the facade has copied what other threads
            // share.
            Source::Borrowed(data, length) => unsafe { slice::from_raw_parts(*data, *length) },
        }
    }

    /// Whether JavaScript gave a string.
    pub(crate) fn is_string(&self) -> bool {
        matches!(self.0, Source::Copied(_))
    }
}

impl TypeName for Input {
    fn type_name() -> &'static str {
        "string | Uint8Array"
    }

    fn value_type() -> napi::ValueType {
        napi::ValueType::Unknown
    }
}

impl FromNapiValue for Input {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        let mut kind = 0;
        // SAFETY: `env` and `value` are what Node-API passed to the running callback, and `kind` outlives the call.
        check_status!(unsafe { sys::napi_typeof(env, value, &raw mut kind) })?;
        if kind == sys::ValueType::napi_string {
            // SAFETY: as above.
            return unsafe { Text::from_napi_value(env, value) }.map(|text| Self(Source::Copied(text)));
        }
        // SAFETY: as above.
        let (data, length) = unsafe { locate_bytes(env, value) }?;
        let data = if data.is_null() { ptr::NonNull::dangling().as_ptr() } else { data };
        Ok(Self(Source::Borrowed(data, length)))
    }
}

/// Fills `bytes` with the string as UTF-8. With room for three bytes a code unit, the most that UTF-8 needs, V8 writes
/// without measuring first, which takes twice as long; room that is not written to costs no memory.
///
/// # Safety
/// `env` is the environment of the running callback and `value` a string of it.
unsafe fn read_string(env: sys::napi_env, value: sys::napi_value, bytes: &mut Vec<u8>) -> napi::Result<()> {
    let (mut units, mut written) = (0, 0);
    // SAFETY: without a buffer only the length is asked for.
    check_status!(unsafe {
        sys::napi_get_value_string_utf16(env, value, ptr::null_mut(), 0, &raw mut units)
    })?;
    // And the NUL that is written behind.
    bytes.reserve((3 * units + 1).max(MIN_BUFFER_BYTES));
    // SAFETY: the buffer has `capacity` bytes, which Node-API fills with at most `capacity - 1` and a NUL.
    check_status!(unsafe {
        sys::napi_get_value_string_utf8(
            env,
            value,
            bytes.as_mut_ptr().cast(),
            bytes.capacity(),
            &raw mut written,
        )
    })?;
    // SAFETY: Node-API has written that many bytes, fewer than the capacity.
    unsafe { bytes.set_len(written) };
    Ok(())
}

/// Fills `bytes` with a copy of a `Uint8Array`.
///
/// # Safety
/// `env` is the environment of the running callback and `value` a value of it.
unsafe fn read_bytes(env: sys::napi_env, value: sys::napi_value, bytes: &mut Vec<u8>) -> napi::Result<()> {
    // SAFETY: as promised by the caller.
    let (data, length) = unsafe { locate_bytes(env, value) }?;
    if !data.is_null() {
        bytes.reserve(length);
        // SAFETY: Node-API gave `length` readable bytes at `data`; no JavaScript runs on this thread meanwhile, and
        // the facade has copied what other threads share. The buffer has room for them.
        unsafe {
            ptr::copy_nonoverlapping(data, bytes.as_mut_ptr(), length);
            bytes.set_len(length);
        }
    }
    Ok(())
}

/// Where a `Uint8Array` has its bytes, and how many; null where its buffer is gone.
///
/// # Safety
/// `env` is the environment of the running callback and `value` a value of it.
unsafe fn locate_bytes(env: sys::napi_env, value: sys::napi_value) -> napi::Result<(*const u8, usize)> {
    let mut is_typed_array = false;
    // SAFETY: as promised by the caller; the result outlives the call.
    check_status!(unsafe { sys::napi_is_typedarray(env, value, &raw mut is_typed_array) })?;
    if !is_typed_array {
        return Err(invalid_argument("text must be a string or a Uint8Array"));
    }
    let (mut kind, mut length, mut data) = (0, 0, ptr::null_mut());
    // SAFETY: `value` is a typed array; null is allowed for what is not asked.
    check_status!(unsafe {
        sys::napi_get_typedarray_info(
            env,
            value,
            &raw mut kind,
            &raw mut length,
            &raw mut data,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    })?;
    if kind != sys::TypedarrayType::uint8_array {
        return Err(invalid_argument("text must be a string or a Uint8Array"));
    }
    Ok((data.cast::<u8>().cast_const(), if data.is_null() { 0 } else { length }))
}

/// A new `Uint8Array`, in memory of V8 that a call fills before it returns.
pub struct NewBytes {
    value: sys::napi_value,
    data: *mut u8,
    length: usize,
}

impl NewBytes {
    /// `length` zeros.
    pub(crate) fn zeros(env: &Env, length: usize) -> napi::Result<Self> {
        let (mut data, mut buffer, mut value) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: `env` is the environment of the running callback, and the results outlive the calls.
        unsafe {
            check_status!(sys::napi_create_arraybuffer(env.raw(), length, &raw mut data, &raw mut buffer))?;
            check_status!(sys::napi_create_typedarray(
                env.raw(),
                sys::TypedarrayType::uint8_array,
                length,
                buffer,
                0,
                &raw mut value
            ))?;
        }
        let data = if data.is_null() { ptr::NonNull::dangling().as_ptr() } else { data.cast() };
        Ok(Self { value, data, length })
    }

    /// A copy of `bytes`.
    pub(crate) fn copy(env: &Env, bytes: &[u8]) -> napi::Result<Self> {
        let mut new = Self::zeros(env, bytes.len())?;
        new.as_mut_slice().copy_from_slice(bytes);
        Ok(new)
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: V8 gave so many bytes there, all of them zero, and nobody else knows of them before the value is
        // returned to JavaScript, which ends the life of this.
        unsafe { slice::from_raw_parts_mut(self.data, self.length) }
    }
}

impl TypeName for NewBytes {
    fn type_name() -> &'static str {
        "Uint8Array"
    }

    fn value_type() -> napi::ValueType {
        napi::ValueType::Object
    }
}

impl ToNapiValue for NewBytes {
    unsafe fn to_napi_value(_: sys::napi_env, new: Self) -> napi::Result<sys::napi_value> {
        Ok(new.value)
    }
}

/// A `Uint32Array` result, copied into memory that V8 owns: cheaper than memory with a finaliser at every size that
/// was measured.
pub struct Numbers(pub(crate) Vec<u32>);

impl TypeName for Numbers {
    fn type_name() -> &'static str {
        "Uint32Array"
    }

    fn value_type() -> napi::ValueType {
        napi::ValueType::Object
    }
}

impl ToNapiValue for Numbers {
    unsafe fn to_napi_value(env: sys::napi_env, numbers: Self) -> napi::Result<sys::napi_value> {
        let (mut data, mut buffer, mut array) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let numbers = numbers.0;
        // SAFETY: `env` is the environment of the running callback; the results outlive the calls; the buffer has
        // room for the numbers, and its start is aligned for any of JavaScript's element types.
        unsafe {
            check_status!(sys::napi_create_arraybuffer(
                env,
                size_of_val(numbers.as_slice()),
                &raw mut data,
                &raw mut buffer
            ))?;
            if !data.is_null() {
                ptr::copy_nonoverlapping(numbers.as_ptr(), data.cast::<u32>(), numbers.len());
            }
            check_status!(sys::napi_create_typedarray(
                env,
                sys::TypedarrayType::uint32_array,
                numbers.len(),
                buffer,
                0,
                &raw mut array
            ))?;
        }
        Ok(array)
    }
}

/// A string result. V8 copies Latin-1 and UTF-16 faster than it decodes UTF-8.
pub struct Utf8(pub(crate) String);

impl TypeName for Utf8 {
    fn type_name() -> &'static str {
        "string"
    }

    fn value_type() -> napi::ValueType {
        napi::ValueType::String
    }
}

impl ToNapiValue for Utf8 {
    unsafe fn to_napi_value(env: sys::napi_env, Self(text): Self) -> napi::Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        let status = if text.is_ascii() {
            // SAFETY: `env` is the environment of the running callback; the bytes are read during the call; ASCII is
            // Latin-1.
            unsafe {
                sys::napi_create_string_latin1(
                    env,
                    text.as_ptr().cast(),
                    text.len().cast_signed(),
                    &raw mut value,
                )
            }
        } else {
            let units: Vec<u16> = text.encode_utf16().collect();
            // SAFETY: as above.
            unsafe {
                sys::napi_create_string_utf16(env, units.as_ptr(), units.len().cast_signed(), &raw mut value)
            }
        };
        check_status!(status)?;
        Ok(value)
    }
}

/// A string result of paths, joined by NUL: UTF-8, where a byte that is none becomes a lone surrogate.
pub struct Paths(pub(crate) Vec<u8>);

impl TypeName for Paths {
    fn type_name() -> &'static str {
        "string"
    }

    fn value_type() -> napi::ValueType {
        napi::ValueType::String
    }
}

impl ToNapiValue for Paths {
    unsafe fn to_napi_value(env: sys::napi_env, Self(bytes): Self) -> napi::Result<sys::napi_value> {
        let bytes = match String::from_utf8(bytes) {
            // SAFETY: as promised by the caller.
            Ok(text) => return unsafe { Utf8::to_napi_value(env, Utf8(text)) },
            Err(error) => error.into_bytes(),
        };
        let units = tenon_files::to_utf16(&bytes);
        let mut value = ptr::null_mut();
        // SAFETY: `env` is the environment of the running callback; the units are read during the call.
        check_status!(unsafe {
            sys::napi_create_string_utf16(env, units.as_ptr(), units.len().cast_signed(), &raw mut value)
        })?;
        Ok(value)
    }
}
