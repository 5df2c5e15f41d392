import Documents
import Kernel
import Store

/// What a lifecycle does as the access logs call it
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html#lifecycle-general-considerations-logging).
enum LifecycleLine {
    static let abort = "S3.DELETE.UPLOAD"

    private static let transitions = [
        "STANDARD_IA": "TRANSITION_SIA", "ONEZONE_IA": "TRANSITION_ZIA", "INTELLIGENT_TIERING": "TRANSITION_INT",
        "GLACIER_IR": "TRANSITION_GIR", "GLACIER": "TRANSITION", "DEEP_ARCHIVE": "TRANSITION_GDA",
    ]

    static func operation(_ action: LifecycleAction) -> String {
        switch action {
        case .remove: "S3.EXPIRE.OBJECT"
        case .mark: "S3.CREATE.DELETEMARKER"
        case .transition(let name): "S3.\(transitions[name] ?? "TRANSITION").OBJECT"
        }
    }
}

extension AccessLogLine {
    /// The line of something that S3 did by itself: the fields of a request's line, without what only a request has.
    static func own(
        _ operation: String, _ id: String, _ key: String, size: Int64?, version: String?, in bucket: BucketRecord,
        at moment: Timestamp
    ) -> String {
        let owner = CanonicalUser.id(bucket.account)
        let fields = [
            owner, bucket.name, time(moment), "-", "AmazonS3", id, operation, encoded(key), "\"-\"", "-", "-", "-",
            number(size), "-", "-", "\"-\"", "\"-\"", version ?? "-", id, "-", "-", "-", "-", "-", "-", "-", "-",
        ]
        return fields.joined(separator: " ")
    }
}

extension S3Service {
    /// Puts the line of something that S3 did by itself into its bucket's log; nothing where the bucket is not logged.
    func log(
        _ operation: String, _ key: String, size: Int64? = nil, version: String? = nil, in bucket: BucketRecord,
        _ context: Context, _ transaction: Transaction
    ) throws {
        guard bucket.logging != nil else { return }
        let id = Identifier.uuid()
        let text = AccessLogLine.own(operation, id, key, size: size, version: version, in: bucket, at: context.now)
        let row = AccessLogLineRow(bucket: bucket.name, time: context.now, id: id, text: text)
        try transaction.put(row.key, Array(row.text.utf8))
        try AccessLogs.scheduleDelivery(of: bucket.name, transaction, context.platform)
    }
}
