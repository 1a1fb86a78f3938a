//! The dependency of `front`: imports nothing, exports a greeting.

wit_bindgen::generate!({ path: "../wit", world: "provider" });

struct Greeter;

impl exports::test::guests::greeter::Guest for Greeter {
    fn greet(name: String) -> String {
        format!("good morning, {name}")
    }
}

export!(Greeter);
