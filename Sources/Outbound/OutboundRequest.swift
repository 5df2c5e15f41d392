/// A request that Tarn makes of somebody else's server: a topic's endpoint, an API destination, a delivery stream's endpoint.
public struct OutboundRequest: Sendable {
    public var method: String
    /// `http://` or `https://` and nothing else.
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// From the first packet to the last byte of the answer, by the machine's time.
    public var timeout: Duration
    /// How much of the answer's body is kept; what comes after is not read.
    public var answerBytes: Int

    public init(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeout: Duration = OutboundLimit.timeout, answerBytes: Int = OutboundLimit.answerBytes
    ) {
        (self.method, self.url, self.headers, self.body) = (method, url, headers, body)
        (self.timeout, self.answerBytes) = (timeout, min(max(answerBytes, 0), OutboundLimit.answerBytesMax))
    }
}

/// What the other side answered; any status, redirections too: they are not followed.
public struct OutboundResponse: Sendable {
    public var status: Int
    /// In the order of the answer, names as sent.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// The body was longer than the request wanted to know.
    public var isCut: Bool

    /// The first field of that name, whatever its case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Why there is no answer.
public enum OutboundFault: Error, Hashable, Sendable {
    /// Not an absolute http or https address, or a field that HTTP can't carry.
    case invalid(String)
    case timedOut
    /// No connection, no trust, or it broke off. The text is for the log.
    case unreachable(String)
}

public enum OutboundLimit {
    public static let timeout = Duration.seconds(15)
    public static let connectSeconds: Int64 = 10
    public static let answerBytes = 64 << 10
    public static let answerBytesMax = 8 << 20
    public static let urlBytes = 8_192
    public static let connectionsPerHost = 16
}
