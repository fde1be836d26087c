const _: () = {
    use ::gopool::__private as __gopool;
    impl __gopool::Param for User {
        const SPEC: &'static __gopool::Spec = <<Self as __gopool::FromParams>::From as __gopool::Param>::SPEC;
        fn read(call: &__gopool::Call) -> ::core::result::Result<Self, __gopool::Error> {
            __gopool::made(call, <Self as __gopool::FromParams>::from_params)
        }
    }
    impl __gopool::OptionalParam for User {
        const SPEC: &'static __gopool::Spec = <<Self as __gopool::FromParams>::From as __gopool::OptionalParam>::SPEC;
        fn is_absent(call: &__gopool::Call) -> bool {
            <<Self as __gopool::FromParams>::From as __gopool::OptionalParam>::is_absent(
                call,
            )
        }
    }
    impl __gopool::Describe for User {
        fn describe(it: &mut __gopool::Operation<'_>) {
            __gopool::parameter::<<Self as __gopool::FromParams>::From>()[()](it);
            <Self as __gopool::FromParams>::describe(it);
        }
    }
    impl __gopool::DescribeUntold for User {
        fn describe_untold(it: &mut __gopool::Operation<'_>) {
            <Self as __gopool::Describe>::describe(it);
        }
    }
};
