//! Answers with what the dependency says.

use spin_sdk::{http::Request, http_service};

mod bindings {
    spin_sdk::wit_bindgen::generate!({
        path: "../wit",
        world: "user",
        runtime_path: "spin_sdk::wit_bindgen::rt",
    });
}

#[http_service]
async fn handle(request: Request) -> String {
    bindings::test::guests::greeter::greet(request.uri().path().trim_start_matches('/'))
}
