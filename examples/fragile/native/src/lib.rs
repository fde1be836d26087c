//! A binding to a decoder of pictures in C, which is at fault in three ways. It stands for any native library that reads what strangers send.

use std::ffi::c_int;

unsafe extern "C" {
    fn picture_average(file: *const u8, length: usize, colour: *mut u8) -> c_int;
}

/// The average red, green and blue of a picture; `None` if it is none.
///
/// As with most bindings, nothing in this signature says that a picture can write over the memory of the process.
pub fn average(picture: &[u8]) -> Option<[u8; 3]> {
    let mut colour = [0; 3];
    // SAFETY: the pointers and the length are right. What the decoder does with a picture that lies about its size is not.
    let read = unsafe { picture_average(picture.as_ptr(), picture.len(), colour.as_mut_ptr()) };
    (read == 0).then_some(colour)
}
