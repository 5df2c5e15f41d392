import Documents
import Kernel

/// What S3 knows and Tarn does not do; see ``Operations/refuse(_:of:unless:)``.
extension S3Service {
    func refuseUnbuilt(in operations: inout Operations) {
        // A checksum that is not looked at would let pass what it is there to stop.
        let sums = ["ChecksumSHA512", "ChecksumMD5", "ChecksumXXHASH64", "ChecksumXXHASH3", "ChecksumXXHASH128"]
        operations.refuse(sums, of: ["CompleteMultipartUpload", "PutObject", "UploadPart", "WriteGetObjectResponse"])
        operations.refuse(sums.map { "MultipartUpload.Parts[].\($0)" }, of: ["CompleteMultipartUpload"])
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
