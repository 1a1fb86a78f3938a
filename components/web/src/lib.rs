//! The pages: submissions for teachers, the catalog for evaluators, and the descriptions of the interface.
//!
//! An HTTP request comes in, a file that was built into the component goes out. The component reaches nothing; what the
//! pages show, the browser fetches from the other components with the token of the person in front of it.
//!
//! It answers for every path that no other component has, so it is also the one that says 404.

mod answer;
mod files;
mod policy;

use spin_sdk::http::Request;
use spin_sdk::http_service;

use policy::Policy;

#[http_service]
async fn handle(request: Request) -> spin_edge::Reply {
    // Where browsers reach the bucket. Without it the pages work, but for what lies in the bucket: texts and videos.
    let bucket = spin_sdk::variables::get("bucket_public_endpoint").await.ok();
    spin_edge::reply(answer::answer(&request, &Policy::new(bucket.as_deref())))
}
