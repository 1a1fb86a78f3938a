//! The bucket itself, and its lifecycle rules.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Answer, Protocol};
use crate::store::lifecycle::Rule;

impl Protocol {
    pub(super) fn list_the_bucket(&self, request: &S3Request<ListBucketsInput>) -> Answer<ListBucketsOutput> {
        self.admit_region(request)?;
        let bucket = Bucket {
            name: Some(self.bucket.clone()),
            bucket_region: Some(self.region.clone()),
            ..Bucket::default()
        };
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(vec![bucket]),
            ..ListBucketsOutput::default()
        }))
    }

    pub(super) fn refuse_bucket(&self, request: &S3Request<CreateBucketInput>) -> Answer<CreateBucketOutput> {
        self.admit_region(request)?;
        if request.input.bucket == self.bucket {
            Err(s3_error!(BucketAlreadyOwnedByYou, "The bucket is there already."))
        } else {
            Err(s3_error!(
                NotImplemented,
                "This server has one bucket, and it is named {}.",
                self.bucket
            ))
        }
    }

    pub(super) fn describe_bucket(&self, request: &S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        self.admit(request, &request.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput {
            bucket_region: Some(self.region.clone()),
            ..HeadBucketOutput::default()
        }))
    }

    pub(super) fn locate_bucket(&self, request: &S3Request<GetBucketLocationInput>) -> Answer<GetBucketLocationOutput> {
        self.admit(request, &request.input.bucket)?;
        // The first of all regions has no name here, for historical reasons.
        let named = self.region != "us-east-1";
        Ok(S3Response::new(GetBucketLocationOutput {
            location_constraint: named.then(|| self.region.clone().into()),
        }))
    }

    pub(super) async fn set_lifecycle(
        &self,
        request: S3Request<PutBucketLifecycleConfigurationInput>,
    ) -> Answer<PutBucketLifecycleConfigurationOutput> {
        self.admit(&request, &request.input.bucket)?;
        let configuration = request
            .input
            .lifecycle_configuration
            .ok_or_else(|| s3_error!(MalformedXML, "There are no rules in the request."))?;
        let rules = configuration
            .rules
            .iter()
            .map(read_rule)
            .collect::<S3Result<Vec<_>>>()?;
        self.store.set_lifecycle(Some(rules)).await?;
        Ok(S3Response::new(PutBucketLifecycleConfigurationOutput::default()))
    }

    pub(super) async fn tell_lifecycle(
        &self,
        request: S3Request<GetBucketLifecycleConfigurationInput>,
    ) -> Answer<GetBucketLifecycleConfigurationOutput> {
        self.admit(&request, &request.input.bucket)?;
        let rules = self.store.lifecycle().await?;
        Ok(S3Response::new(GetBucketLifecycleConfigurationOutput {
            rules: Some(rules.into_iter().map(write_rule).collect()),
            ..GetBucketLifecycleConfigurationOutput::default()
        }))
    }

    pub(super) async fn remove_lifecycle(
        &self,
        request: S3Request<DeleteBucketLifecycleInput>,
    ) -> Answer<DeleteBucketLifecycleOutput> {
        self.admit(&request, &request.input.bucket)?;
        self.store.set_lifecycle(None).await?;
        Ok(S3Response::new(DeleteBucketLifecycleOutput {}))
    }
}

/// Reads a rule; one that asks for more than this server does is refused, rather than kept and not followed.
fn read_rule(rule: &LifecycleRule) -> S3Result<Rule> {
    let filter = rule.filter.clone().unwrap_or_default();
    let foreign = rule.expiration.is_some()
        || rule.transitions.is_some()
        || rule.noncurrent_version_expiration.is_some()
        || rule.noncurrent_version_transitions.is_some()
        || filter.and.is_some()
        || filter.tag.is_some()
        || filter.object_size_greater_than.is_some()
        || filter.object_size_less_than.is_some();
    if foreign {
        return Err(s3_error!(
            NotImplemented,
            "This server follows one kind of rule: AbortIncompleteMultipartUpload, for a prefix."
        ));
    }
    let days = rule
        .abort_incomplete_multipart_upload
        .as_ref()
        .and_then(|action| action.days_after_initiation)
        .and_then(|days| u32::try_from(days).ok())
        .filter(|days| *days > 0)
        .ok_or_else(|| s3_error!(InvalidArgument, "DaysAfterInitiation is a number above 0."))?;
    Ok(Rule {
        id: rule.id.clone(),
        enabled: rule.status.as_str() == ExpirationStatus::ENABLED,
        prefix: filter.prefix.or_else(|| rule.prefix.clone()).unwrap_or_default(),
        days,
    })
}

fn write_rule(rule: Rule) -> LifecycleRule {
    LifecycleRule {
        abort_incomplete_multipart_upload: Some(AbortIncompleteMultipartUpload {
            days_after_initiation: i32::try_from(rule.days).ok(),
        }),
        expiration: None,
        filter: Some(LifecycleRuleFilter {
            prefix: Some(rule.prefix),
            ..LifecycleRuleFilter::default()
        }),
        id: rule.id,
        noncurrent_version_expiration: None,
        noncurrent_version_transitions: None,
        prefix: None,
        status: ExpirationStatus::from_static(if rule.enabled {
            ExpirationStatus::ENABLED
        } else {
            ExpirationStatus::DISABLED
        }),
        transitions: None,
    }
}
