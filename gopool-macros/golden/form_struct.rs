const _: () = {
    use ::gopool::__private as __gopool;
    impl __gopool::FromMultipart for Album {
        const FIELDS: &'static [__gopool::Field] = &[
            __gopool::Field {
                name: "title",
                max: ::core::option::Option::None,
                types: &[],
                max_count: ::core::option::Option::None,
            },
            __gopool::Field {
                name: "year",
                max: ::core::option::Option::None,
                types: &[],
                max_count: ::core::option::Option::None,
            },
            __gopool::Field {
                name: "cover",
                max: ::core::option::Option::Some(5000000u64),
                types: &["image/*", "application/pdf"],
                max_count: ::core::option::Option::None,
            },
            __gopool::Field {
                name: "file",
                max: ::core::option::Option::None,
                types: &[],
                max_count: ::core::option::Option::Some(20usize),
            },
            __gopool::Field {
                name: "tags",
                max: ::core::option::Option::None,
                types: &[],
                max_count: ::core::option::Option::None,
            },
        ];
        const MAX_PARTS: ::core::option::Option<usize> = ::core::option::Option::Some(
            500usize,
        );
        const IGNORES_UNKNOWN: bool = true;
        fn from_parts(
            parts: &mut __gopool::Parts,
        ) -> ::core::result::Result<Self, __gopool::Error> {
            ::core::result::Result::Ok(Self {
                title: <String as __gopool::PartField>::required(
                    parts,
                    &Self::FIELDS[0usize],
                )?,
                year: <u16 as __gopool::PartField>::optional(
                    parts,
                    &Self::FIELDS[1usize],
                )?,
                cover: <Part as __gopool::PartField>::optional(
                    parts,
                    &Self::FIELDS[2usize],
                )?,
                files: <Part as __gopool::PartField>::repeated(
                    parts,
                    &Self::FIELDS[3usize],
                )?,
                tags: __gopool::JsonPart::<Tags>::required(parts, &Self::FIELDS[4usize])?,
            })
        }
    }
};
