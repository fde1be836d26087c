//! What the grammar accepts. What it refuses, and how it says so, is in the ui tests.

use super::names;

#[test]
fn names_come_in_order() {
    let cases: [(&str, &[&str]); 14] = [
        ("/", &[]),
        ("/v1/hello", &[]),
        ("/users/{id}", &["id"]),
        ("/users/{id}/posts/{post_2}", &["id", "post_2"]),
        ("/{_id}", &["_id"]),
        ("/files/{*rest}", &["rest"]),
        ("/{a}/{*rest}", &["a", "rest"]),
        ("/caf%C3%A9/~me/a.b-c_d;v=1/@x", &[]),
        ("/a:b/1*2", &[]),
        ("/a-._~!$&'()*+,;=:@", &[]),
        ("/:", &[]),
        ("/report/{id}.csv", &["id"]),
        ("/img-{id}/v{version}.0", &["id", "version"]),
        ("/{id}./.{ext}", &["id", "ext"]),
    ];
    for (path, expected) in cases {
        assert_eq!(
            names(path).as_deref(),
            Ok(&expected.iter().map(ToString::to_string).collect::<Vec<_>>()[..]),
            "{path}"
        );
    }
}

#[test]
fn each_wrong_segment_is_one_mistake() {
    let mistakes = names("/:id/{}/ok/{foo-bar}").err().unwrap_or_default();
    let helps: Vec<&str> = mistakes.iter().map(|mistake| &*mistake.help).collect();
    assert_eq!(
        helps,
        [
            "write `{id}`",
            "give it a name: `{id}`",
            "did you mean `{foo_bar}`?"
        ]
    );
}

#[test]
fn the_wrong_part_is_underlined_where_it_stands() {
    let mistakes = names("/é/{foo-bar}/x").err().unwrap_or_default();
    assert_eq!(
        mistakes[1].message,
        "`foo-bar` is not a valid name\n    /é/{foo-bar}/x\n       ^^^^^^^^^"
    );
}

#[test]
fn a_name_can_be_the_name_of_a_field() {
    for (path, help) in [
        ("/{self}", "did you mean `{self_id}`?"),
        ("/{2nd}", "did you mean `{p2nd}`?"),
        ("/{_}", "did you mean `{id}`?"),
        ("/{é-tag}", "did you mean `{tag}`?"),
    ] {
        let mistakes = names(path).err().unwrap_or_default();
        assert_eq!(mistakes[0].help, help);
    }
    assert!(names("/{type}/{async}").is_ok(), "a keyword can, as `r#type`");
}

#[test]
fn each_wrong_part_has_its_own_answer() {
    for (path, message, help) in [
        ("/.", "`.` is resolved by clients", "remove it"),
        ("/%zz", "begins no percent-encoded byte", "two hexadecimal digits"),
        ("/%2D", "needs no percent-encoding", "write `-`"),
        ("/:id*", "not written with a colon", "write `{id}`"),
        ("/<rest..>", "not written in angle brackets", "write `{*rest}`"),
        ("/*", "written in braces", "write `{*rest}`"),
        ("/{a{b}}", "a `{` inside of a parameter", "close the first one"),
        ("/{", "a `{` without its `}`", "write `{name}`"),
        ("/{*}", "a parameter without a name", "`{*rest}`"),
        ("/x{*rest}", "text stands beside a rest", "a segment of its own"),
        ("/{*rest}.gz", "text stands beside a rest", "a segment of its own"),
        ("/{id}.c\u{e9}", "cannot stand in a path", "%C3%A9"),
        (
            "/%zz{id}",
            "begins no percent-encoded byte",
            "two hexadecimal digits",
        ),
        ("/a{}", "a parameter without a name", "`{id}`"),
    ] {
        let mistakes = names(path).err().unwrap_or_default();
        assert_eq!(mistakes.len(), 1, "{path}");
        assert!(mistakes[0].message.contains(message), "{path}: {mistakes:?}");
        assert!(mistakes[0].help.contains(help), "{path}: {mistakes:?}");
    }
}

#[test]
fn nothing_that_is_typed_makes_it_panic() {
    let pieces = [
        "/", "{", "}", "*", ":", "<", ">", "%", "%é", "é", "?", "#", " ", "a", "..", "%zz", "%C3",
    ];
    for a in pieces {
        for b in pieces {
            for c in pieces {
                for d in pieces {
                    let _ = names(&format!("{a}{b}{c}{d}"));
                    let _ = names(&format!("/{a}{b}{c}{d}"));
                }
            }
        }
    }
}
