import Documents
import Kernel
import Model
import Synchronization

/// Faults on demand: services made slow, throttled, unavailable or cut short for a share of their requests, in one Region or
/// in all, so that a client's retries and failovers can be seen. Off by default; then it costs one look at a flag.
public final class FaultInjector: Sendable {
    public struct Rule: Sendable, Equatable {
        public enum Kind: Sendable, Equatable {
            case slow(milliseconds: Int64)
            /// 503 Slow Down of S3; another service's word for too many requests.
            case slowDown
            /// 503 Slow Down for the requests of a second to one prefix that go beyond these.
            case hotPrefix(reads: Int64, writes: Int64)
            /// The answer's body breaks off in the middle.
            case truncate
            /// 503 Service Unavailable.
            case unavailable
        }
        public var id: Int
        public var kind: Kind
        /// As in the API models, `dynamodb`; nil is every one.
        public var service: String?
        /// The Region that the request is for; nil is every one.
        public var region: String?
        /// nil is every bucket.
        public var bucket: String?
        public var prefix: String?
        /// As the API names it, `GetObject`; nil is every one.
        public var operation: String?
        /// Of the requests that fit, 0 to 1.
        public var share: Double
        /// How many more requests it meets; nil without end.
        public var remaining: Int?
    }

    enum Bound {
        static let rules = 100
        static let milliseconds: Int64 = 60_000
        static let count = 1_000_000_000
        /// Prefixes whose requests are counted in one second.
        static let prefixes = 10_000
    }

    private struct State {
        var rules: [Rule] = []
        var nextID = 1
    }
    private let state = Mutex(State())
    private let rates = PrefixRates()
    private let isActive = Atomic<Bool>(false)

    public init() {}

    var isOn: Bool { isActive.load(ordering: .relaxed) }

    public var rules: [Rule] { state.withLock { $0.rules } }

    /// - Returns: the rule with its number; nil when there are too many.
    public func add(_ rule: Rule) -> Rule? {
        state.withLock { state in
            guard state.rules.count < Bound.rules else { return nil }
            var rule = rule
            rule.id = state.nextID
            state.nextID += 1
            state.rules.append(rule)
            isActive.store(true, ordering: .relaxed)
            return rule
        }
    }

    /// - Parameter id: nil removes all.
    /// - Returns: how many were removed.
    public func remove(_ id: Int?) -> Int {
        state.withLock { state in
            let count = state.rules.count
            state.rules.removeAll { id == nil || $0.id == id }
            isActive.store(!state.rules.isEmpty, ordering: .relaxed)
            return count - state.rules.count
        }
    }

    /// The faults that this request meets.
    func draw(_ service: String, _ operation: String, region: String, _ input: Document) -> [Rule.Kind] {
        let bucket = input["Bucket"]?.string
        let key = input["Key"]?.string ?? input["Prefix"]?.string ?? ""
        return state.withLock { state in
            var kinds: [Rule.Kind] = []
            for index in state.rules.indices {
                let rule = state.rules[index]
                guard rule.service == nil || service.hasPrefix("s3") && rule.service == "s3" || rule.service == service,
                    rule.region == nil || rule.region == region,
                    rule.bucket == nil || rule.bucket == bucket, rule.operation == nil || rule.operation == operation,
                    rule.prefix.map(key.hasPrefix) ?? true, rule.remaining != 0,
                    rule.share >= 1 || Double.random(in: 0..<1) < rule.share
                else { continue }
                if case .hotPrefix(let reads, let writes) = rule.kind {
                    let second = RealTime.reading().components.seconds
                    let isBeyond = rates.exceeds(
                        operation, rule: rule.id, bucket: bucket ?? "", key: key, reads: reads, writes: writes, second: second)
                    guard isBeyond else { continue }
                }
                if let remaining = rule.remaining { state.rules[index].remaining = remaining - 1 }
                kinds.append(rule.kind)
            }
            return kinds
        }
    }

    /// Waits or refuses, as the request's faults say.
    func apply(_ kinds: [Rule.Kind], of service: ServiceModel) async throws {
        for case .slow(let milliseconds) in kinds { try await RealTime.wait(.milliseconds(milliseconds)) }
        if kinds.contains(.unavailable) {
            throw AWSError(
                "ServiceUnavailable", 503, "The request has failed due to a temporary failure of the server.")
        }
        let isThrottled = kinds.contains { kind in
            if case .hotPrefix = kind { return true }
            return kind == .slowDown
        }
        if isThrottled { throw Self.throttle(service) }
    }

    /// The error by which a service's clients know that they ask too often; the SDKs retry all of these
    /// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
    private static func throttle(_ service: ServiceModel) -> AWSError {
        switch service.id {
        case "s3", "s3control": AWSError("SlowDown", 503, "Please reduce your request rate.")
        case "lambda": AWSError("TooManyRequestsException", 429, "Rate exceeded")
        case _ where service.metadata.protocols.contains(.query): AWSError("Throttling", 400, "Rate exceeded")
        default: AWSError("ThrottlingException", 400, "Rate exceeded")
        }
    }

    /// An answer that promises all its bytes and breaks off after half of them.
    static func truncated(_ response: WireResponse) -> WireResponse {
        var response = response
        let stream: ByteStream
        switch response.body {
        case .bytes(let bytes):
            guard !bytes.isEmpty else { return response }
            stream = ByteStream(bytes: bytes)
        case .stream(let given): stream = given
        }
        let length = stream.length ?? 2
        let source = IteratorBox(stream.makeAsyncIterator())
        response.closes = true
        let cut = CutStream(source, length / 2)
        response.body = .stream(ByteStream(length: stream.length) { try await cut.next() })
        return response
    }
}

/// Gives so many bytes, and then breaks.
private final class CutStream: @unchecked Sendable {  // its one reader waits for each piece before it asks again
    struct Broken: Error {}
    private let source: IteratorBox
    private var rest: Int64

    init(_ source: IteratorBox, _ rest: Int64) { (self.source, self.rest) = (source, rest) }

    func next() async throws -> [UInt8]? {
        guard rest > 0, let piece = try await source.next() else { throw Broken() }
        let kept = Array(piece.prefix(Int(min(rest, Int64(piece.count)))))
        rest -= Int64(kept.count)
        return kept
    }
}
