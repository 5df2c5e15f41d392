import Documents

/// One API call, from outside or from another service: what the dispatcher takes.
public struct Call: Sendable {
    public var service: String
    public var operation: String
    public var input: Document
    public var body: RequestBody
    public var caller: Caller
    public var region: String
    public var requestID: String
    public var http: HTTPDetails?

    public init(
        _ service: String, _ operation: String, _ input: Document, body: RequestBody = .empty, caller: Caller, region: String,
        requestID: String = Identifier.uuid(), http: HTTPDetails? = nil
    ) {
        (self.service, self.operation, self.input, self.body) = (service, operation, input, body)
        (self.caller, self.region, self.requestID, self.http) = (caller, region, requestID, http)
    }
}
