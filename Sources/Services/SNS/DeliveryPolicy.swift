import Documents
import Kernel

/// How deliveries to HTTP endpoints are tried again
/// (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
struct DeliveryPolicy: Sendable, Hashable {
    enum Backoff: String, Sendable {
        case linear, arithmetic, geometric, exponential

        /// The guide writes them small, the CDK in capitals.
        init?(named name: String) { self.init(rawValue: name.lowercased()) }
    }

    /// Seconds.
    var minDelay: Int64 = 20
    var maxDelay: Int64 = 20
    var retries: Int64 = 3
    var noDelay: Int64 = 0
    var minDelayRetries: Int64 = 0
    var maxDelayRetries: Int64 = 0
    var backoff = Backoff.linear
    /// Messages in a second; nil without a bound.
    var rate: Int64?
    var contentType = "text/plain; charset=UTF-8"
    var disablesOverrides = false

    /// The topic's policy, and the subscription's over it. Both have been checked when they were set.
    init(topic: String?, subscription: String? = nil) {
        if let http = topic.flatMap({ try? JSON.parse($0) })?["http"] {
            disablesOverrides = http["disableSubscriptionOverrides"]?.bool ?? false
            take(http["defaultHealthyRetryPolicy"])
            rate = http["defaultThrottlePolicy"]?["maxReceivesPerSecond"]?.integer
            contentType = http["defaultRequestPolicy"]?["headerContentType"]?.string ?? contentType
        }
        if !disablesOverrides, let own = subscription.flatMap({ try? JSON.parse($0) }) {
            take(own["healthyRetryPolicy"])
            rate = own["throttlePolicy"]?["maxReceivesPerSecond"]?.integer ?? rate
            contentType = own["requestPolicy"]?["headerContentType"]?.string ?? contentType
        }
    }

    private mutating func take(_ policy: Document?) {
        guard let policy else { return }
        minDelay = policy["minDelayTarget"]?.integer ?? minDelay
        maxDelay = policy["maxDelayTarget"]?.integer ?? max(maxDelay, minDelay)
        retries = policy["numRetries"]?.integer ?? retries
        noDelay = policy["numNoDelayRetries"]?.integer ?? 0
        minDelayRetries = policy["numMinDelayRetries"]?.integer ?? 0
        maxDelayRetries = policy["numMaxDelayRetries"]?.integer ?? 0
        backoff = policy["backoffFunction"]?.string.flatMap(Backoff.init(named:)) ?? .linear
    }

    /// How long to wait before a retry.
    /// - Parameter retry: 0 for the first one.
    /// - Returns: seconds; nil when there are no more.
    func delay(_ retry: Int64) -> Double? {
        guard retry < retries else { return nil }
        if retry < noDelay { return 0 }
        if retry < noDelay + minDelayRetries { return Double(minDelay) }
        if retry >= retries - maxDelayRetries { return Double(maxDelay) }
        let steps = retries - noDelay - minDelayRetries - maxDelayRetries
        return Self.between(retry - noDelay - minDelayRetries, of: steps, Double(minDelay), Double(maxDelay), backoff)
    }

    /// The delays of queues, functions and delivery streams: 3 at once, 2 after a second, 10 from 1 to 20 seconds, then one
    /// every 20 seconds, 100,015 in all.
    static func managedDelay(_ retry: Int64) -> Double? {
        switch retry {
        case ..<3: 0
        case ..<5: 1
        case ..<15: between(retry - 5, of: 10, 1, 20, .exponential)
        case ..<100_015: 20
        default: nil
        }
    }

    private static func between(_ step: Int64, of steps: Int64, _ low: Double, _ high: Double, _ backoff: Backoff) -> Double {
        guard steps > 1, high > low else { return low }
        let part = Double(step) / Double(steps - 1)
        switch backoff {
        case .linear: return low + (high - low) * part
        case .arithmetic: return low + (high - low) * part * (part + 1) / 2
        case .geometric: return low + (high - low) * part * part
        case .exponential:
            // low * r^step, reaching high at the last step.
            var value = low
            let ratio = Self.root(high / max(low, 0.5), Int(steps - 1))
            for _ in 0..<step { value = max(value, 0.5) * ratio }
            return min(value, high)
        }
    }

    /// The positive root, by bisection.
    private static func root(_ value: Double, _ degree: Int) -> Double {
        var (low, high) = (1.0, max(value, 1))
        for _ in 0..<60 {
            let middle = (low + high) / 2
            var power = 1.0
            for _ in 0..<degree { power *= middle }
            if power < value { low = middle } else { high = middle }
        }
        return high
    }

    private var throttleDocument: Document {
        guard let rate else { return nil }
        return ["maxReceivesPerSecond": .integer(rate)]
    }

    private var retryDocument: Document {
        [
            "minDelayTarget": .integer(minDelay), "maxDelayTarget": .integer(maxDelay), "numRetries": .integer(retries),
            "numMaxDelayRetries": .integer(maxDelayRetries), "numNoDelayRetries": .integer(noDelay),
            "numMinDelayRetries": .integer(minDelayRetries), "backoffFunction": .string(backoff.rawValue),
        ]
    }

    /// `EffectiveDeliveryPolicy` of a topic.
    var topicText: String {
        var http: Members = [
            "defaultHealthyRetryPolicy": retryDocument, "disableSubscriptionOverrides": .bool(disablesOverrides),
            "defaultRequestPolicy": ["headerContentType": .string(contentType)],
        ]
        if rate != nil { http["defaultThrottlePolicy"] = throttleDocument }
        return JSON.text(["http": .map(http)])
    }

    /// `EffectiveDeliveryPolicy` of a subscription.
    var subscriptionText: String {
        JSON.text([
            "healthyRetryPolicy": retryDocument, "sicklyRetryPolicy": nil, "throttlePolicy": throttleDocument,
            "requestPolicy": ["headerContentType": .string(contentType)], "guaranteed": false,
        ])
    }

    /// - Throws: ``SNSFault/invalid(_:)``
    static func check(_ json: String, ofTopic: Bool) throws {
        guard let document = try? JSON.parse(json), let members = document.members else {
            throw SNSFault.invalid("DeliveryPolicy: failed to parse JSON.")
        }
        let (policy, throttle): (Document?, Document?)
        if ofTopic {
            for name in members.keys where name != "http" {
                throw SNSFault.invalid("DeliveryPolicy: Unexpected JSON member: \(name)")
            }
            policy = document["http"]?["defaultHealthyRetryPolicy"]
            throttle = document["http"]?["defaultThrottlePolicy"]
        } else {
            let known = ["healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"]
            for name in members.keys where !known.contains(name) {
                throw SNSFault.invalid("DeliveryPolicy: Unexpected JSON member: \(name)")
            }
            policy = document["healthyRetryPolicy"]
            throttle = document["throttlePolicy"]
        }
        if let policy { try checkRetries(policy) }
        if let throttle, throttle != .null {
            guard let rate = throttle["maxReceivesPerSecond"]?.integer, rate > 0 else {
                throw SNSFault.invalid("DeliveryPolicy: maxReceivesPerSecond must be a positive number")
            }
        }
    }

    private static func checkRetries(_ policy: Document) throws {
        func number(_ name: String, _ range: ClosedRange<Int64>) throws -> Int64? {
            guard let value = policy[name] else { return nil }
            guard let number = value.integer, range.contains(number) else {
                throw SNSFault.invalid(
                    "DeliveryPolicy: \(name) must be between \(range.lowerBound) and \(range.upperBound)")
            }
            return number
        }
        let low = try number("minDelayTarget", 1...3_600)
        let high = try number("maxDelayTarget", 1...3_600)
        let retries = try number("numRetries", 0...100) ?? 3
        var phases: Int64 = 0
        for name in ["numNoDelayRetries", "numMinDelayRetries", "numMaxDelayRetries"] { phases += try number(name, 0...100) ?? 0 }
        guard phases <= retries else {
            throw SNSFault.invalid("DeliveryPolicy: numRetries must be at least the sum of the retries of its phases")
        }
        guard (low ?? 20) <= (high ?? max(20, low ?? 20)) else {
            throw SNSFault.invalid("DeliveryPolicy: minDelayTarget must be less than or equal to maxDelayTarget")
        }
        if let name = policy["backoffFunction"] {
            guard let text = name.string, Backoff(named: text) != nil else {
                throw SNSFault.invalid("DeliveryPolicy: Unknown backoffFunction")
            }
        }
        var whole = DeliveryPolicy(topic: nil)
        whole.take(policy)
        let seconds = (0..<whole.retries).reduce(0) { $0 + (whole.delay($1) ?? 0) }
        guard seconds <= SNSLimit.httpRetrySeconds else {
            throw SNSFault.invalid("DeliveryPolicy: the retries must end within \(Int(SNSLimit.httpRetrySeconds)) seconds")
        }
    }
}
