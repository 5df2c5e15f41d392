import Documents

/// An error in AWS's terms, before a protocol writes it down.
public struct AWSError: Error, Sendable, Hashable {
    /// The code as clients see it, `NoSuchBucket` or `ResourceNotFoundException`.
    public var code: String
    public var message: String
    /// The HTTP status.
    public var status: Int
    /// Further members of the error's shape (`Item`, `BucketName`, `Resource` ...).
    public var fields: Members
    /// Header fields that go with it (`Retry-After`, `x-amz-bucket-region` ...).
    public var headers: [String: String]

    public init(_ code: String, _ status: Int, _ message: String, fields: Members = [:], headers: [String: String] = [:]) {
        (self.code, self.message, self.status, self.fields, self.headers) = (code, message, status, fields, headers)
    }

    /// The caller's mistake, not ours.
    public var isSenders: Bool { status < 500 }
}

/// A service's closed set of refusals. One switch per service makes wire errors of them; nobody branches on a message.
public protocol Fault: Error, Sendable {
    var wire: AWSError { get }

    /// The same where the error tells of the call itself; most do not.
    func wire(in context: Context) -> AWSError
}

extension Fault {
    public func wire(in context: Context) -> AWSError { wire }
}

extension AWSError: Fault {
    public var wire: AWSError { self }

    /// What Tarn has not built refuses with this; never with an empty success.
    public static func notImplemented(_ service: String, _ operation: String) -> AWSError {
        AWSError("NotImplemented", 501, "Tarn does not implement \(service):\(operation) yet.")
    }

    /// A member of an operation that is built in its other parts.
    public static func notImplemented(member: String, _ service: String, _ operation: String) -> AWSError {
        AWSError("NotImplemented", 501, "Tarn does not implement \(member) of \(service):\(operation) yet.")
    }

    /// What a service has not built, where the operation does not say more.
    /// - Parameter what: with its kind: `the target arn:aws:...`, `the jq function now`.
    public static func notImplemented(_ what: String, of service: String) -> AWSError {
        AWSError("NotImplemented", 501, "Tarn does not implement \(what) of \(service) yet.")
    }

    /// Something failed on our side. The cause is in the log under the request id, not in the answer.
    public static let internalFailure = AWSError(
        "InternalFailure", 500, "The request processing has failed because of an unknown error, exception or failure.")
}
