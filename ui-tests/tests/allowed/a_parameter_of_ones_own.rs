//! A parameter type of the user.

use gopool::{
    Basic, Bearer, Body, Cookies, Ctx, Error, FromParams, Header, Method, Query,
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

#[derive(gopool::Header)]
struct Client {
    x_tenant: u32,
}

#[derive(Clone, gopool::Param)]
struct Tenant(u32);

impl FromParams for Tenant {
    type From = (Header<Client>, Option<Ctx<String>>, Method);

    fn from_params((client, name, _): Self::From) -> Result<Self, Error> {
        name.is_some()
            .then_some(Self(client.x_tenant))
            .ok_or_else(|| Error::forbidden("no"))
    }
}

#[gopool::get("/tenants/own")]
async fn tenant(
    tenant: Tenant,
    maybe: Option<Tenant>,
    or: Result<Tenant, Error>,
    method: Option<Method>,
) -> Result<String, Error> {
    let (maybe, method) = (maybe.is_some(), method.is_some());
    Ok(format!("{} {maybe} {} {method}", tenant.0, or?.0))
}

#[gopool::get("/sign-in")]
fn sign_in(bearer: Option<Bearer>, basic: Result<Basic, Error>, cookies: Cookies) -> String {
    format!("{bearer:?} {:?} {:?}", basic.ok(), cookies.get("a"))
}
