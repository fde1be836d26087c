//! Each mistake gives one error, and each good handler none. See README.md.

#[test]
fn each_mistake_gives_the_error_beside_it_and_good_handlers_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/*.rs");
    cases.compile_fail("ui/compiler/*.rs");
}
