//! The routes that describe the interface.

/// This description
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "description",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value))
)]
fn get_description() {}

/// The JSON Schema of canonical documents
#[utoipa::path(
    get,
    path = "/schemas/normalized-document-1.json",
    tag = "description",
    responses((status = 200, description = "JSON Schema 2020-12", content((serde_json::Value = "application/schema+json"))))
)]
fn get_normalized_document_schema() {}
