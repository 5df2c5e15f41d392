import Documents
import Kernel

/// Buckets whose requesters pay: other accounts must say that they know
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html). Tarn sends no bills.
enum RequesterPays {
    private static let header = "x-amz-request-payer"

    /// The operations that answer who was charged.
    static let operations = [
        "PutObject", "GetObject", "HeadObject", "CopyObject", "DeleteObject", "DeleteObjects", "ListObjects", "ListObjectsV2",
        "ListObjectVersions", "CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload",
        "AbortMultipartUpload", "ListParts", "ListMultipartUploads", "PutObjectAcl", "GetObjectAcl", "RestoreObject",
        "GetObjectAttributes", "PutObjectRetention", "PutObjectLegalHold",
    ]

    /// Whether a request, from outside and from another account, is one that its sender pays for.
    private static func isForeign(_ bucket: BucketRecord, _ context: Context) -> Bool {
        bucket.isRequesterPays == true && context.http != nil && context.caller.kind != .service
            && context.caller.account != bucket.account
    }

    /// - Throws: ``S3Fault/accessDenied`` where the sender does not say that it pays, or cannot.
    static func check(_ bucket: BucketRecord, _ context: Context) throws {
        guard isForeign(bucket, context) else { return }
        guard context.caller.kind != .anonymous, isAccepted(context) else { throw S3Fault.accessDenied }
    }

    static func isAccepted(_ context: Context) -> Bool {
        guard let http = context.http else { return false }
        if let said = http.headers[header] { return said.lowercased() == "requester" }
        return http.query.utf8.count > header.utf8.count && http.query.lowercased().contains("\(header)=requester")
    }

    static func isCharged(_ bucket: BucketRecord, _ context: Context) -> Bool { isForeign(bucket, context) }
}

extension S3Service {
    /// Lets the operations of ``RequesterPays/operations`` answer `x-amz-request-charged`.
    func tellWhoPays(in operations: inout Operations) {
        for name in RequesterPays.operations {
            guard let entry = operations.entries[name], let input = entry.input, let output = entry.output else { continue }
            wrap(name, entry, input, output, in: &operations)
        }
    }

    private func wrap<Input: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>(
        _ name: String, _ entry: Operations.Entry, _ input: Input.Type, _ output: Output.Type, in operations: inout Operations
    ) {
        let handler = entry.handler
        if entry.streams {
            operations.directStream(name, as: input, output) { [self] input, body, context in
                var reply = try await handler(input, body, context)
                if try await isCharged(input, context) { reply.output = Self.charged(reply.output) }
                return reply
            }
        } else {
            operations.direct(name, as: input, output) { [self] input, context in
                let answer = try await handler(input, .empty, context).output
                return try await isCharged(input, context) ? Self.charged(answer) : answer
            }
        }
    }

    private func isCharged(_ input: Document, _ context: Context) async throws -> Bool {
        guard RequesterPays.isAccepted(context), let name = input["Bucket"]?.string,
            let bucket = try await buckets.current(name, in: context.store)
        else { return false }
        return RequesterPays.isCharged(bucket, context)
    }

    private static func charged(_ output: Document) -> Document {
        var members = output.members ?? [:]
        members["RequestCharged"] = "requester"
        return .map(members)
    }
}
