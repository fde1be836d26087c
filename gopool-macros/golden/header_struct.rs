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
    }
};
