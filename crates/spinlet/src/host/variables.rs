//! `spin:variables/variables@3.0.0`: the component's own variables, by name.

use wasmtime::component::{Accessor, ComponentType, Lift, Linker, Lower};

use crate::{guest::Guest, variables::check_name};

#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(variant)]
enum Error {
    #[component(name = "invalid-name")]
    InvalidName(String),
    #[component(name = "undefined")]
    Undefined(String),
    #[component(name = "provider")]
    #[allow(
        dead_code,
        reason = "part of the interface; here every value is known before a component runs"
    )]
    Provider(String),
    #[component(name = "other")]
    #[allow(
        dead_code,
        reason = "part of the interface; here every value is known before a component runs"
    )]
    Other(String),
}

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.instance("spin:variables/variables@3.0.0")?.func_wrap_concurrent(
        "get",
        |accessor: &Accessor<Guest>, (name,): (String,)| {
            Box::pin(async move { Ok((accessor.with(|mut access| get(access.get(), &name)),)) })
        },
    )
}

fn get(guest: &Guest, name: &str) -> Result<String, Error> {
    check_name(name).map_err(Error::InvalidName)?;
    let grants = &guest.grants;
    grants
        .variables
        .get(name)
        .cloned()
        .ok_or_else(|| Error::Undefined(format!("no variable for {:?}.{name:?}", grants.component)))
}
