import Documents
import Kernel

/// What S3 knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension S3Service {
    func refuseUnbuilt(in operations: inout Operations) {
        let holds = ["ObjectLockEventHold", "ObjectLockEventHoldDurationDays", "ObjectLockEventHoldDurationYears"]
        operations.refuse(holds, of: ["CopyObject", "CreateMultipartUpload", "PutObject"])
        operations.refuse(
            ["ObjectLockConfiguration.Rule.DefaultRetention.DefaultEventHold"],
            of: ["PutObjectLockConfiguration"])
        operations.refuse(
            ["Retention.EventHold", "Retention.EventHoldDuration"],
            of: ["PutObjectRetention"])
        // Directory buckets.
        operations.refuse(
            ["CreateBucketConfiguration.Location", "CreateBucketConfiguration.Bucket"],
            of: ["CreateBucket"])
        operations.refuse(
            ["RestoreRequest.SelectParameters", "RestoreRequest.OutputLocation"],
            of: ["RestoreObject"])
    }
}
