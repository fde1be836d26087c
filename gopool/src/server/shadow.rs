//! Plain actix-web resources with the path of a route of ours: one of the two would never be asked, or be a 405 for the other's methods.
//!
//! actix tells of its table which resource a path leads to, and nothing else. So it is asked for paths that our routes match. A resource
//! that also has paths which no route of ours matches is no twin but what a fallback is: a folder of files, `/{page}` beside our
//! `/about`. There ours come first.

use std::{cell::RefCell, future::ready, rc::Rc};

use actix_http::Request;
use actix_service::{IntoServiceFactory as _, Service as _, ServiceFactory as _};
use actix_web::{
    App, HttpResponse,
    dev::{AppConfig, ResourceMap, ServiceRequest},
};
use percent_encoding::percent_decode_str;

use crate::{
    master::{Configure, Master},
    route::Route,
    router::{Match, Router},
    template::Template,
};

/// What stands in the place of a parameter: a number, a word, an id, a date, so that it is what a resource's pattern wants.
const VALUES: [&str; 6] = [
    "7",
    "x",
    "X",
    "a-b.c",
    "00000000-0000-4000-8000-000000000000",
    "2000-01-01",
];
/// What no route has for a segment.
const STRANGE: [&str; 4] = ["gopool", "GOPOOL", "gopool-7", "70707"];

/// A sentence for each path that a route of ours shares with a plain resource, or for plain ones that do not start.
pub(crate) async fn shadows(master: &Master, routes: &[&'static Route]) -> Vec<String> {
    let Ok(router) = Router::new(routes.iter().map(|route| (*route, ()))) else {
        // Refused elsewhere.
        return Vec::new();
    };
    let mut paths = routes.to_vec();
    paths.dedup_by_key(|route| route.template);
    let ours = Rc::new(Ours { paths, router });
    let mut refusals = Vec::new();
    for configure in &master.configure {
        let at = configure.at;
        match twins(configure, ours.clone()).await {
            Ok(twins) => refusals.extend(twins.iter().map(|(route, resource)| {
                format!(
                    "{route} of {} and the plain actix-web resource `{resource}`, given to `Master::configure` at {at}, \
                     match the same paths: change one path",
                    route.origin()
                )
            })),
            Err(()) => refusals.push(format!(
                "the plain actix-web routes given to `Master::configure` at {at} do not start"
            )),
        }
    }
    refusals
}

/// Routes of ours and the resources that are their twins.
type Twins = Vec<(&'static Route, String)>;

async fn twins(configure: &Configure, ours: Rc<Ours>) -> Result<Twins, ()> {
    let found = Rc::new(RefCell::new(Twins::new()));
    let kept = found.clone();
    let app =
        App::new()
            .configure(|config| (configure.run)(config))
            .wrap_fn(move |request: ServiceRequest, _| {
                *kept.borrow_mut() = ours.twins(request.resource_map());
                // Nothing of the application's is asked.
                ready(Ok(request.into_response(HttpResponse::Ok())))
            });
    let app = app.into_factory().new_service(AppConfig::default()).await?;
    app.call(Request::new()).await.map_err(drop)?;
    Ok(found.take())
}

/// Our routes, one for each path.
struct Ours {
    paths: Vec<&'static Route>,
    router: Router<()>,
}

impl Ours {
    fn twins(&self, resources: &ResourceMap) -> Twins {
        let twin = |route: &&'static Route| Some((*route, self.twin(route.template, resources)?));
        self.paths.iter().filter_map(twin).collect()
    }

    /// The resource that has paths of this template, and no others.
    fn twin(&self, template: Template, resources: &ResourceMap) -> Option<String> {
        VALUES
            .iter()
            .flat_map(|value| spellings(template.path_of(value)))
            .find_map(|path| {
                let resource = resources.match_pattern(&path)?;
                let is_wider = strangers(&path).any(|stranger| {
                    resources.match_pattern(&stranger).as_ref() == Some(&resource)
                        && self.router.find("GET", &stranger) == Match::NotFound
                });
                (!is_wider).then_some(resource)
            })
    }
}

/// A path as it is sent and as actix reads it.
fn spellings(path: String) -> impl Iterator<Item = String> {
    let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
    let decoded = Some(decoded).filter(|decoded| *decoded != path);
    std::iter::once(path).chain(decoded)
}

/// Paths that differ in one segment, or are longer by one.
fn strangers(path: &str) -> impl Iterator<Item = String> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    STRANGE.iter().flat_map(move |strange| {
        let segments = segments.clone();
        (0..=segments.len()).map(move |place| {
            let mut other = segments.clone();
            other.splice(place..segments.len().min(place + 1), [*strange]);
            format!("/{}", other.join("/"))
        })
    })
}

#[cfg(test)]
mod tests {
    use actix_web::web::{self, ServiceConfig};

    use super::*;

    fn refusals(
        routes: &[(&'static str, &'static str)],
        configure: impl Fn(&mut ServiceConfig) + Send + Sync + 'static,
    ) -> Vec<String> {
        let mut master = Master::default();
        master.configure(configure);
        let routes: Vec<_> = routes
            .iter()
            .map(|(method, path)| Route::example(method, path))
            .collect();
        crate::server::rt::System::new().block_on(shadows(&master, &routes))
    }

    fn get() -> actix_web::Route {
        web::get().to(HttpResponse::Ok)
    }

    #[test]
    fn a_plain_resource_with_the_path_of_a_route_is_refused_and_both_are_named() {
        let texts = refusals(&[("POST", "/x"), ("PUT", "/x"), ("GET", "/y")], |app| {
            app.route("/x", get()).route("/z", get());
        });
        let [text] = &texts[..] else {
            unreachable!("{texts:?}")
        };
        for part in ["POST /x", "`/x`", "shadow.rs"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_twin_is_found_however_it_is_written_and_wherever_it_stands() {
        for (ours, plain) in [
            ("/", "/"),
            ("/u/{id}", "/u/{name}"),
            ("/u/{id}", r"/u/{id:\d+}"),
            ("/u/{id}", "/u/{id:[A-Z]}"),
            ("/u/{id}", "/u/{id:[0-9a-f-]{36}}"),
            ("/f/{*rest}", "/f/{tail:.*}"),
            ("/f/{*rest}", "/f/{tail}*"),
            ("/{*rest}", "/{tail:.*}"),
            ("/{*rest}", "/{page}"),
            ("/caf%C3%A9", "/caf\u{e9}"),
            ("/v1/x", "/{version:v1}/x"),
        ] {
            for nested in [false, true] {
                let texts = refusals(&[("GET", ours)], move |app| {
                    let resources = web::scope("").route(plain, get());
                    let _ = match nested {
                        true => app.service(web::scope("").service(resources)),
                        false => app.route(plain, get()),
                    };
                });
                assert_eq!(texts.len(), 1, "{ours} {plain} {nested}: {texts:?}");
            }
        }
    }

    #[test]
    fn resources_in_scopes_and_under_several_paths_are_found() {
        let texts = refusals(&[("GET", "/v1/x"), ("GET", "/v1/y"), ("GET", "/v1/z")], |app| {
            app.service(
                web::scope("/v1")
                    .service(web::resource(["/y", "/w"]).route(get()))
                    .route("/x", get()),
            );
        });
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(texts[0].contains("`/v1/x`"), "{texts:?}");
    }

    #[test]
    fn what_has_other_paths_too_is_a_fallback() {
        let routes = [
            ("GET", "/about"),
            ("GET", "/u/me"),
            ("GET", "/f/{*rest}"),
            ("GET", "/"),
        ];
        let texts = refusals(&routes, |app| {
            app.route("/{page}", get())
                .route("/u/{name:[a-z]+}", get())
                .service(web::scope("/v1"))
                .service(web::scope("/f").default_service(get()))
                .route("/{tail:.*}", get());
        });
        assert_eq!(texts, Vec::<String>::new());
    }

    #[test]
    fn a_scope_around_our_paths_without_a_resource_of_its_own_is_welcome() {
        let texts = refusals(&[("GET", "/v1/x"), ("POST", "/v1/{id}")], |app| {
            app.service(
                web::scope("/v1")
                    .wrap(actix_web::middleware::DefaultHeaders::new())
                    .route("/w/w", get()),
            );
        });
        assert_eq!(texts, Vec::<String>::new());
    }
}
