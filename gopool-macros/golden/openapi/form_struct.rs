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
                name: "cover",
                max: ::core::option::Option::None,
                types: &["image/*"],
                max_count: ::core::option::Option::None,
            },
            __gopool::Field {
                name: "tags",
                max: ::core::option::Option::None,
                types: &[],
                max_count: ::core::option::Option::None,
            },
        ];
        fn from_parts(
            parts: &mut __gopool::Parts,
        ) -> ::core::result::Result<Self, __gopool::Error> {
            ::core::result::Result::Ok(Self {
                title: <String as __gopool::PartField>::required(
                    parts,
                    &Self::FIELDS[0usize],
                )?,
                cover: <Part as __gopool::PartField>::optional(
                    parts,
                    &Self::FIELDS[1usize],
                )?,
                tags: __gopool::JsonPart::<Tag>::repeated(parts, &Self::FIELDS[2usize])?,
            })
        }
        fn describe(it: &mut __gopool::Operation<'_>) {
            __gopool::part::<
                String,
            >()[()](
                it,
                &Self::FIELDS[0usize],
                __gopool::Presence::Required,
                "What it is called.",
            );
            __gopool::part::<
                Part,
            >()[()](it, &Self::FIELDS[1usize], __gopool::Presence::Optional, "");
            __gopool::json_part::<
                Tag,
            >()[()](it, &Self::FIELDS[2usize], __gopool::Presence::Repeated, "");
        }
    }
};
