//! Several parameters as one.

use super::{
    param::{OptionalParam, Param},
    spec::Spec,
};
use crate::{call::Call, error::Error};

macro_rules! tuples {
    ($(($($param:ident)*))*) => {
        $(
            /// All of them, read in order.
            impl<$($param: Param),*> Param for ($($param,)*) {
                const SPEC: &'static Spec = &Spec {
                    of: &[$($param::SPEC),*],
                    ..Spec::NONE
                };

                fn read(call: &Call) -> Result<Self, Error> {
                    Ok(($($param::read(call)?,)*))
                }
            }

            /// Absent when one of them is.
            impl<$($param: OptionalParam),*> OptionalParam for ($($param,)*) {
                const SPEC: &'static Spec = &Spec {
                    of: &[$(<$param as OptionalParam>::SPEC),*],
                    ..Spec::NONE
                };

                fn is_absent(call: &Call) -> bool {
                    false $(|| $param::is_absent(call))*
                }
            }
        )*
    };
}

tuples! {
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
    (A B C D E F G)
    (A B C D E F G H)
}
