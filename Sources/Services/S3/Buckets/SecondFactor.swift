import Kernel
import Store

/// MFA delete (https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html).
enum SecondFactor {
    /// - Parameter header: `x-amz-mfa`, the device's serial number, a space, and the code that it shows.
    /// - Throws: ``S3Fault/accessDenied`` without a device of the bucket's account and a code that is good and unused.
    static func check(_ header: String?, _ bucket: BucketRecord, _ context: Context, _ transaction: Transaction) throws {
        let parts = (header ?? "").split(separator: " ")
        guard parts.count == 2,
            context.http?.isSecure != false || context.http?.host.hasPrefix("127.") == true
                || context.http?.host.hasPrefix("localhost") == true,
            var device = try transaction.record(
                MFADeviceRecord.self, MFADeviceRecord.key(bucket.account, String(parts[0]))),
            try device.accept(String(parts[1]), now: context.now, context.platform.rootKey)
        else { throw S3Fault.accessDenied }
        try transaction.put(MFADeviceRecord.key(bucket.account, String(parts[0])), device)
    }
}
