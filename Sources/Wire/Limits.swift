/// What the front door takes from a client before it stops listening to it.
enum Limit {
    /// Bytes of all header fields of a message. AWS's services stop between 8 and 16 KB; session tokens are long.
    static let headerBytes = 64 << 10
    static let headerCount = 200
    /// Bytes of a browser form's fields before its file.
    static let formFieldBytes = 20_000
    /// Fields of a browser form, and conditions of its policy.
    static let formFields = 200
    /// Bytes of the request target. S3 presigned URLs with session tokens reach some 3 KB.
    static let targetBytes = 16 << 10
    /// At the same time (``ConnectionLimit``).
    static let connections = 4_096
    /// Seconds without a byte in the middle of a request, or between two.
    static let idleSeconds: Int64 = 75
    /// Bytes of an HTTP/1.1 connection's requests that have come and not been taken, before it is read no further.
    static let unreadBytes = 256 << 10
    /// The same of whole requests.
    static let unreadRequests = 16
    /// Bytes of an answer that are copied behind its head, so that both leave in one piece.
    static let joinedBytes = 64 << 10
    /// The most that stands around a chunk of an answer: its size in hexadecimal digits and two line ends.
    static let chunkFrameBytes = 20
    /// Seconds that a client of HTTP/2 has to confirm that the connection ends, when the server ends.
    static let goodbyeSeconds: Int64 = 1
    /// Seconds that requests which have begun are given when the server ends. A supervisor that ends it by force often waits
    /// ten (Docker's default).
    static let stopSeconds: Int64 = 6
    /// Seconds until the first bytes tell which protocol is spoken.
    static let greetingSeconds: Int64 = 15
    /// Bytes of an unread request body that are thrown away to keep a connection; beyond, it is closed.
    static let drainBytes = 1 << 20
    /// Parameters of a query-protocol request.
    static let parameters = 20_000
    /// Nesting of query parameters, XML elements and model shapes. An item of DynamoDB's may have 32 levels, each of which
    /// is two in its JSON.
    static let depth = 96
    static let xmlBytes = 8 << 20
    static let xmlNodes = 200_000
    /// `X-Amz-Expires`, seven days.
    static let presignedSeconds: Int64 = 604_800
    /// How far a client's clock may be off.
    static let skew = Duration.seconds(900)
    /// Bytes of the line before a chunk of an aws-chunked body.
    static let chunkLine = 512
    static let trailerBytes = 8 << 10
    static let signingKeys = 1_024
    /// `Host` headers whose meaning is remembered, and their longest.
    static let hosts = 256
    static let hostBytes = 256
    /// Bytes of a piece of a streamed answer.
    static let pieceBytes = 256 << 10

    /// Bytes of a body that is read whole, by operation.
    static func body(_ service: String, _ operation: String) -> Int {
        switch (service, operation) {
        // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB synchronous payload.
        case ("lambda", "Invoke"), ("lambda", "InvokeWithResponseStream"): 6_291_556
        // 50 MB zipped, in base64, and the rest of the request.
        case ("lambda", _): 70_167_211
        // 16 MB of items, which JSON and base64 make larger.
        case ("dynamodb", _): 24 << 20
        // 10,000 parts or 1,000 keys of 1,024 escaped bytes.
        case ("s3", _): 4 << 20
        // 10 MB of records in base64.
        case ("kinesis", _), ("firehose", _): 16 << 20
        default: 10 << 20
        }
    }
}
