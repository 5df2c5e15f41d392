import Documents

/// What an event is, as far as trails and rules choose by it.
public struct AuditFacts: Sendable, Hashable {
    public struct Resource: Sendable, Hashable {
        /// `AWS::S3::Object`
        public var type: String
        public var arn: String
        /// The account that owns it; empty where it is not known.
        public var account: String
    }

    /// The account in whose history the event stands.
    public var account: String
    public var region: String
    /// Of a service that has one place for the whole world.
    public var isGlobal: Bool
    /// The organization of ``account``; looked up only when a tap asks for it.
    public var organization: String?
    /// `s3.amazonaws.com`
    public var eventSource: String
    public var eventName: String
    public var isReadOnly: Bool
    /// A data event, else a management event.
    public var isData: Bool
    /// `resources.type` of a data event.
    public var dataType: String?
    public var resources: [Resource]
    /// The caller's ARN.
    public var identityARN: String
    public var errorCode: String?
    /// Whether an active trail logs the event: EventBridge passes on only such
    /// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html).
    public var isLogged = false
    /// `AwsApiCall`, or ``serviceEvent`` for what a service did by itself.
    public var eventType = AuditFacts.call

    /// What ``dataType`` can be: a trail that asks for other types would wait in vain.
    public static let dataTypes = Set(AuditTables.dataEvents.values.flatMap(\.values))
    static let call = "AwsApiCall"
    static let serviceEvent = "AwsServiceEvent"
}

/// Somebody who wants events: a trail, or EventBridge for its rules.
public struct AuditTap: Sendable {
    /// Unique in the platform: a trail's ARN.
    public var id: String
    /// Whether it may want data events at all. While no tap does, data events are recorded in short.
    public var wantsData: Bool
    /// Whether it needs ``AuditFacts/organization``.
    public var needsOrganization: Bool
    /// Decided once, when the call ends. Quick and without effect: every call asks.
    public var selects: @Sendable (AuditFacts) -> Bool
    /// The outbox delivery that hands the event on, nil for a tap that reads the record later (a trail). Its payload has
    /// `event` (CloudTrail's JSON text), `account` and `region`; it is committed together with the event's record.
    public var delivery: (service: String, name: String)?

    public init(
        id: String, wantsData: Bool, needsOrganization: Bool = false, delivery: (service: String, name: String)? = nil,
        selects: @escaping @Sendable (AuditFacts) -> Bool
    ) {
        (self.id, self.wantsData, self.needsOrganization) = (id, wantsData, needsOrganization)
        (self.delivery, self.selects) = (delivery, selects)
    }
}

/// The taps of all services.
struct AuditTaps: Sendable {
    private(set) var trails: [AuditTap] = []
    private(set) var others: [AuditTap] = []
    private(set) var wantsData = false
    private(set) var needsOrganization = false
    private var byOwner: [String: [AuditTap]] = [:]

    /// Puts `taps` in place of the ones that `owner` had.
    mutating func set(_ taps: [AuditTap], of owner: String) {
        byOwner[owner] = taps
        let all = byOwner.keys.sorted().flatMap { byOwner[$0] ?? [] }
        trails = all.filter { $0.delivery == nil }
        others = all.filter { $0.delivery != nil }
        // Others see logged events only, so the trails alone say whether data events are wanted.
        wantsData = trails.contains(where: \.wantsData)
        needsOrganization = all.contains(where: \.needsOrganization)
    }
}
