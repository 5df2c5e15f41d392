import Documents
import Store

/// Everything about a call but its input. Handed to each handler; nothing about a request lives anywhere else.
public struct Context: Sendable {
    public let platform: Platform
    public var caller: Caller
    /// The Region that was addressed, `us-east-1`.
    public var region: String
    public var service: String
    public var operation: String
    public var requestID: String
    /// The moment the call arrived, on the platform's clock.
    public var now: Timestamp
    /// How the call came, when it came from outside.
    public var http: HTTPDetails?

    /// For the dispatcher, and for Tarn's own pages, which come without an API operation.
    public init(
        platform: Platform, caller: Caller, region: String, service: String, operation: String, requestID: String,
        now: Timestamp, http: HTTPDetails? = nil
    ) {
        (self.platform, self.caller, self.region, self.service) = (platform, caller, region, service)
        (self.operation, self.requestID, self.now, self.http) = (operation, requestID, now, http)
    }

    /// The account whose resources unqualified names mean: the caller's.
    public var account: String { caller.account }
    public var store: any KeyValueStore { platform.store }

    public func arn(_ resource: String, service: String? = nil) -> String {
        ARN(service ?? self.service, region: region, account: account, resource).description
    }
}

/// What the front door saw of a request.
public final class HTTPDetails: Sendable {
    public let method: String
    public let host: String
    /// As sent, still percent-encoded, without the query.
    public let path: String
    /// Without the question mark, as sent.
    public let query: String
    /// Lower-case names; several fields of one name are joined with `,`.
    public let headers: [String: String]
    public let sourceIP: String
    public let isSecure: Bool
    /// Of the connection, where that can be told.
    public let hangUp: HangUp?

    public init(
        method: String, host: String, path: String, query: String, headers: [String: String], sourceIP: String, isSecure: Bool,
        hangUp: HangUp? = nil
    ) {
        (self.method, self.host, self.path, self.query) = (method, host, path, query)
        (self.headers, self.sourceIP, self.isSecure, self.hangUp) = (headers, sourceIP, isSecure, hangUp)
    }

    /// The same with other headers.
    public func with(_ headers: [String: String]) -> HTTPDetails {
        HTTPDetails(
            method: method, host: host, path: path, query: query, headers: headers, sourceIP: sourceIP, isSecure: isSecure,
            hangUp: hangUp)
    }
}

extension Context {
    /// A call to another service, made by this one as its service principal for the resource `source`.
    /// - Throws: ``AWSError`` as an outside caller would get it.
    public func call(_ service: String, _ operation: String, _ input: Document, asServiceFor source: String) async throws -> Reply
    {
        try await platform.call(
            Call(
                service, operation, input, caller: .service("\(self.service).amazonaws.com", account: account, sourceARN: source),
                region: region))
    }

    /// A call to another service in the caller's own name (Athena reading the catalog for its user).
    ///
    /// The called service sees this one in `aws:CalledVia`; KMS takes `kms:ViaService` from there.
    public func callAsCaller(_ service: String, _ operation: String, _ input: Document) async throws -> Reply {
        var caller = caller
        caller.calledVia = (caller.calledVia ?? []) + ["\(self.service).amazonaws.com"]
        return try await platform.call(Call(service, operation, input, caller: caller, region: region))
    }
}
