//! A component of WASI 0.2: counts its requests, and asks the host that the path names.

use std::sync::atomic::{AtomicU64, Ordering};

use wasip2::http::{
    outgoing_handler,
    types::{Fields, IncomingRequest, OutgoingBody, OutgoingRequest, OutgoingResponse, ResponseOutparam, Scheme},
};

wasip2::http::proxy::export!(Earlier);

struct Earlier;

static REQUESTS: AtomicU64 = AtomicU64::new(0);

impl wasip2::exports::http::incoming_handler::Guest for Earlier {
    fn handle(request: IncomingRequest, outparam: ResponseOutparam) {
        let count = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
        let path = request.path_with_query().unwrap();
        let (_, host) = path.rsplit_once('/').unwrap();
        let answer = format!("request {count}: {}", ask(host));

        let response = OutgoingResponse::new(Fields::new());
        let body = response.body().unwrap();
        ResponseOutparam::set(outparam, Ok(response));
        let stream = body.write().unwrap();
        stream.blocking_write_and_flush(answer.as_bytes()).unwrap();
        drop(stream);
        OutgoingBody::finish(body, None).unwrap();
    }
}

fn ask(host: &str) -> String {
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&Scheme::Http)).unwrap();
    request.set_authority(Some(host)).unwrap();
    request.set_path_with_query(Some("/version")).unwrap();
    let response = match outgoing_handler::handle(request, None) {
        Ok(response) => response,
        Err(error) => return format!("{error:?}"),
    };
    response.subscribe().block();
    match response.get().unwrap().unwrap() {
        Ok(response) => response.status().to_string(),
        Err(error) => format!("{error:?}"),
    }
}
