const _: () = {
    impl ::gopool::__private::FromHeaders for Client {
        const NAMES: &'static [&'static str] = &["user-agent", "x-tenant", "x-tag"];
        fn from_headers(
            headers: &::gopool::__private::HeaderMap,
        ) -> ::core::result::Result<Self, ::gopool::__private::Error> {
            ::core::result::Result::Ok(Self {
                user_agent: <String as ::gopool::__private::HeaderField>::optional(
                    headers,
                    "user-agent",
                )?,
                tenant: <u32 as ::gopool::__private::HeaderField>::required(
                    headers,
                    "x-tenant",
                )?,
                x_tag: <String as ::gopool::__private::HeaderField>::repeated(
                    headers,
                    "x-tag",
                )?,
            })
        }
        fn describe(it: &mut ::gopool::__private::Operation<'_>) {
            ::gopool::__private::header::<
                String,
            >()[()](
                it,
                "user-agent",
                ::gopool::__private::Presence::Optional,
                "What asks.",
            );
            ::gopool::__private::header::<
                u32,
            >()[()](it, "x-tenant", ::gopool::__private::Presence::Required, "");
            ::gopool::__private::header::<
                String,
            >()[()](it, "x-tag", ::gopool::__private::Presence::Repeated, "");
        }
    }
};
