//! The files of Swagger UI, as gopool's option `--docs-url` serves them. See README.md for the version and the licence.

/// One file, compressed with gzip.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// As the page names it.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// What is sent with `content-encoding: gzip`.
    pub gzip: &'static [u8],
}

/// The version of Swagger UI.
pub const VERSION: &str = "5.35.0";

/// Its script and its style.
pub const FILES: [File; 2] = [
    File {
        name: "swagger-ui-bundle.js",
        media_type: "text/javascript; charset=utf-8",
        gzip: include_bytes!("../assets/swagger-ui-bundle.js.gz"),
    },
    File {
        name: "swagger-ui.css",
        media_type: "text/css; charset=utf-8",
        gzip: include_bytes!("../assets/swagger-ui.css.gz"),
    },
];

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// Of the compressed files, in order.
    const SUMS: [&str; 2] = [
        "e172edc1096c40a93e1aee8302f7691c42ab5ecfa9ea0c093862340309c73a8a",
        "9ae3ef4dbe830dc65bc223d64313ce70d4a2709bb424f04fbb037a6eb91988f5",
    ];

    #[test]
    fn the_files_are_those_of_the_release() {
        for (file, sum) in FILES.iter().zip(SUMS) {
            let digest = Sha256::digest(file.gzip);
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest, sum, "{}", file.name);
        }
        assert!(include_str!("../README.md").contains(VERSION));
    }
}
