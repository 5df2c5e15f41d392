import Documents
import Kernel

/// Who wants to know of requests to buckets that were answered: access logs. Given by whoever puts the front door and S3
/// together, so that neither imports the other.
public struct ServedRequests: Sendable {
    /// What is known of a request once it is answered.
    public struct Entry: Sendable {
        public var time: Timestamp
        public var http: HTTPDetails
        public var bucket: String
        public var key: String?
        public var operation: String?
        public var caller: Caller?
        public var requestID: String
        public var hostID: String
        public var status: Int
        public var errorCode: String?
        public var bytesSent: Int64?
        public var objectSize: Int64?
        public var versionID: String?
        public var milliseconds: Int64
        public var deletedKeys: [String]
        public var copySource: String?
    }
    /// What a request to a bucket's website has for an operation.
    public static let websiteOperation = "Website"

    let wants: @Sendable (_ bucket: String) -> Bool
    let tell: @Sendable (Entry) -> Void

    /// - Parameters:
    ///   - wants: asked for each request, so it must be quick.
    ///   - tell: must not wait.
    public init(wants: @escaping @Sendable (String) -> Bool, tell: @escaping @Sendable (Entry) -> Void) {
        (self.wants, self.tell) = (wants, tell)
    }
}

extension ServedRequests.Entry {
    /// - Parameters:
    ///   - path: path style, percent-encoded.
    ///   - bucket: the path's first part, decoded.
    init(
        _ request: WireRequest, _ response: WireResponse, path: String, bucket: String, operation: String?, caller: Caller?,
        error: AWSError?, output: Document?, requestID: String, began: Timestamp, ended: Timestamp
    ) {
        let rest = path.dropFirst().drop { $0 != "/" }.dropFirst()
        (time, http, self.bucket, self.operation, self.caller) = (began, request.details, bucket, operation, caller)
        key = rest.isEmpty ? nil : PercentEncoding.decode(rest) ?? String(rest)
        (self.requestID, hostID, status) = (requestID, Identifier.host, response.status)
        // A website's refusal is a page.
        errorCode = error?.code ?? response.header("x-amz-error-code")
        switch response.body {
        case .bytes(let bytes): bytesSent = Int64(bytes.count)
        case .stream(let stream): bytesSent = stream.length
        }
        versionID = response.header("x-amz-version-id")
        milliseconds = max(0, ended.milliseconds - began.milliseconds)
        copySource = error == nil ? request.headers["x-amz-copy-source"] : nil
        deletedKeys = []
        if operation == "DeleteObjects" {
            deletedKeys = (output?["Deleted"]?.list ?? []).compactMap { $0["Key"]?.string }
        }
        switch operation {
        case "GetObject", "HeadObject", ServedRequests.websiteOperation:
            let total = response.header("content-range").flatMap { $0.split(separator: "/").last }.flatMap { Int64($0) }
            objectSize = errorCode != nil ? nil : total ?? response.header("content-length").flatMap { Int64($0) } ?? bytesSent
        case "PutObject", "UploadPart":
            let length = request.headers["x-amz-decoded-content-length"] ?? request.headers["content-length"]
            objectSize = length.flatMap { Int64($0) }
        default: objectSize = nil
        }
    }
}
