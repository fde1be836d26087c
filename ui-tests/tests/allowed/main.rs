//! What is allowed compiles, and without a warning of any lint that a careful user may have switched on.
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason
)]
#![forbid(unsafe_code)]

mod a_glob_import_brings_no_strangers;
mod a_handler_is_an_ordinary_function;
mod a_parameter_of_ones_own;
#[expect(
    clippy::non_minimal_cfg,
    reason = "conditions that need no feature to be tried"
)]
mod arguments_and_lints_under_a_condition;
mod every_hook;
mod every_kind_of_parameter;
mod every_kind_of_path;
mod every_kind_of_problem;
#[allow(
    clippy::type_complexity,
    clippy::unnecessary_wraps,
    reason = "the handlers show types, and do no more"
)]
mod every_kind_of_reply;
mod every_option_and_method;
#[expect(clippy::unnecessary_wraps, reason = "they show what a function may return")]
mod groups_and_what_runs_around_handlers;
mod handlers_made_by_a_macro;
mod names_of_handlers_do_not_clash_with_ours;
#[allow(
    clippy::new_ret_no_self,
    clippy::wrong_self_convention,
    clippy::unnecessary_wraps,
    reason = "the names are those of an expansion, whatever they do here"
)]
mod traits_of_the_user_take_every_method_name;
mod types_called_like_those_of_another_framework;
