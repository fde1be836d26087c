//! A parameter type of the user.

use gopool::{
    Body, Error, Query,
    params::{Param, Spec},
};

type Names = Body<Vec<String>>;

struct Caller(String);

impl Param for Caller {
    const SPEC: &'static Spec = <Query<Vec<(String, String)>> as Param>::SPEC;

    fn read(call: &gopool::Call) -> Result<Self, Error> {
        let query = Query::<Vec<(String, String)>>::read(call)?;
        Ok(Self(query.len().to_string()))
    }
}

#[gopool::post("/users")]
fn create(names: Names, caller: Caller) -> String {
    format!("{}{}", names.len(), caller.0)
}
