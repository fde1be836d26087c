//! Handlers that a `macro_rules` writes.

macro_rules! handlers {
    ($($name:ident $path:literal $reply:ty),*) => {
        $(
            #[gopool::get($path)]
            fn $name() -> $reply {
                <$reply>::default()
            }
        )*
    };
}

handlers!(text "/text" String, list "/list" Vec<u8>);

macro_rules! reader {
    ($name:ident $path:literal $param:ty) => {
        #[gopool::get($path)]
        fn $name(value: $param) -> String {
            value.to_string()
        }
    };
}

reader!(user "/users/{id}" gopool::Path<u64>);
