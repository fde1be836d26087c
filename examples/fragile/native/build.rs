//! Compiles the decoder.

fn main() {
    println!("cargo::rerun-if-changed=src/picture.c");
    cc::Build::new().file("src/picture.c").compile("picture");
}
