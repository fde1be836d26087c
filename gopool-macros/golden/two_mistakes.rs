#[allow(dead_code)]
fn hello() -> String {
    let unfinished = 1;
}
::core::compile_error! {
    "there is no option `timout`\nhelp: did you mean `timeout`?"
}
::core::compile_error! {
    "the path does not begin with `/`\n    v1/hello\n    ^\nhelp: did you mean `/v1/hello`?"
}
