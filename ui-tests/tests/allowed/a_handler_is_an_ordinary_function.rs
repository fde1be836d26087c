//! Attributes beside ours, and calls of a handler.

use gopool::{Path, Query};

#[derive(serde::Deserialize)]
struct Filter {
    name: String,
}

/// Two routes, one handler, which keeps its documentation and its other attributes.
#[gopool::get("/names")]
#[gopool::post("/names")]
#[must_use]
#[inline]
fn names(filter: Query<Filter>) -> String {
    filter.0.name
}

#[cfg(any())]
#[gopool::get("not a path")]
fn left_out(nonsense: Nonsense) {}

#[gopool::get("not a path either")]
#[cfg(any())]
fn left_out_too(nonsense: Nonsense) {}

#[tracing::instrument]
#[gopool::get("/traced/{id}")]
fn traced(id: Path<u64>) -> String {
    id.to_string()
}

#[gopool::get("/traced-async/{id}")]
#[tracing::instrument]
async fn traced_async(id: Path<u64>) -> String {
    id.to_string()
}

#[test]
fn a_handler_can_be_called_and_can_stand_inside_of_another_function() {
    #[gopool::get("/nested")]
    fn nested() -> &'static str {
        "nested"
    }
    let filter = Filter { name: "x".to_owned() };
    assert_eq!(names(Query(filter)) + nested(), "xnested");
    assert_eq!(traced(Path(7)), "7");
    drop(traced_async(Path(7)));
}
