const _: () = {
    use ::gopool::__private as __gopool;
    impl __gopool::Problem for ShopError {
        const RESPONSES: &'static [(u16, &'static str)] = &[
            (409, "Shop"),
            (500, "Storage"),
        ];
        fn problem(&self) -> __gopool::Error {
            match *self {
                Self::SoldOut { id: ref field0, wait: ref field1, .. } => {
                    let it = __gopool::Error::status(409);
                    let it = __gopool::Error::title(it, "Shop");
                    let it = __gopool::Error::problem_type(it, "urn:shop:sold-out");
                    let it = __gopool::Error::detail(
                        it,
                        __gopool::ProblemText::text(self),
                    );
                    let it = __gopool::Error::header(it, "x-a", "1");
                    let it = __gopool::Error::member(it, "id", field0);
                    let it = __gopool::Error::retry_after(it, *field1);
                    let it = __gopool::Error::header(
                        it,
                        "x-wait",
                        &::std::string::ToString::to_string(field1),
                    );
                    it
                }
                Self::Storage { .. } => {
                    let it = __gopool::Error::status(500);
                    let it = __gopool::Error::title(it, "Storage");
                    it
                }
                Self::Other { 0: ref inner } => __gopool::Problem::problem(inner),
            }
        }
        fn into_problem(self) -> __gopool::Error {
            let name = match self {
                Self::SoldOut { .. } => "SoldOut",
                Self::Storage { .. } => "Storage",
                Self::Other { .. } => "Other",
            };
            __gopool::with_cause(__gopool::causes(&self)[()], self, name)
        }
    }
    impl ::core::marker::Unpin for ShopError {}
    const SUBMIT: _ = __gopool::KnownProblem {
        of: |error| __gopool::Finds::<ShopError, 0>::NEW[()](error),
    };
};
