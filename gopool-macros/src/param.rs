//! `derive(Param)`: a type that is made from other parameters becomes one.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{DeriveInput, Expr, Path};

use crate::{docs, errors::Errors, expand::private, options::crate_path};

pub(crate) fn derive(item: TokenStream) -> Result<TokenStream, Errors> {
    let input: DeriveInput = syn::parse2(item)?;
    let private = private(krate(&input)?.as_ref());
    let name = &input.ident;
    let (generics, arguments, clause) = input.generics.split_for_impl();
    let documented = documented(&input);
    Ok(quote_spanned! {Span::mixed_site()=>
        const _: () = {
            use #private as __gopool;
            impl #generics __gopool::Param for #name #arguments #clause {
                const SPEC: &'static __gopool::Spec =
                    <<Self as __gopool::FromParams>::From as __gopool::Param>::SPEC;

                fn read(call: &__gopool::Call) -> ::core::result::Result<Self, __gopool::Error> {
                    __gopool::made(call, <Self as __gopool::FromParams>::from_params)
                }
            }
            impl #generics __gopool::OptionalParam for #name #arguments #clause {
                const SPEC: &'static __gopool::Spec =
                    <<Self as __gopool::FromParams>::From as __gopool::OptionalParam>::SPEC;

                fn is_absent(call: &__gopool::Call) -> bool {
                    <<Self as __gopool::FromParams>::From as __gopool::OptionalParam>::is_absent(call)
                }
            }
            #documented
        };
    })
}

/// What its parts say for an OpenAPI document, and what it adds to that.
fn documented(input: &DeriveInput) -> Option<TokenStream> {
    let name = &input.ident;
    let (generics, arguments, clause) = input.generics.split_for_impl();
    docs::are_wanted().then(|| {
        quote_spanned! {Span::mixed_site()=>
            impl #generics __gopool::Describe for #name #arguments #clause {
                fn describe(it: &mut __gopool::Operation<'_>) {
                    __gopool::parameter::<<Self as __gopool::FromParams>::From>()[()](it);
                    <Self as __gopool::FromParams>::describe(it);
                }
            }
            impl #generics __gopool::DescribeUntold for #name #arguments #clause {
                fn describe_untold(it: &mut __gopool::Operation<'_>) {
                    <Self as __gopool::Describe>::describe(it);
                }
            }
        }
    })
}

/// `#[param(crate = gp)]`
fn krate(input: &DeriveInput) -> syn::Result<Option<Path>> {
    let mut krate = None;
    let ours = input
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("param"));
    for attribute in ours {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                return Err(meta.error("`param` takes `crate = path` only\nhelp: what it is made from stands in `impl FromParams`"));
            }
            krate = crate_path(&meta.value()?.parse::<Expr>()?);
            Ok(())
        })?;
    }
    Ok(krate)
}
