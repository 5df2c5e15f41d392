import Documents
import Kernel
import Store

/// An offer from an organization to an account, or to itself, that must be accepted.
struct HandshakeRecord: Stored {
    static let tag: UInt8 = 1
    enum State: String, Codable, Sendable {
        case open = "OPEN", canceled = "CANCELED", accepted = "ACCEPTED", declined = "DECLINED", expired = "EXPIRED"
    }
    enum Action: String, Codable, Sendable { case invite = "INVITE", enableAllFeatures = "ENABLE_ALL_FEATURES" }

    var id: String
    var action: Action
    var organization: String
    var management: String
    var managementEmail: String
    var managementName: String
    var featureSet: String
    /// The account that is asked; the management account itself for a change of its own organization.
    var target: String
    /// How the target was named: an account id or a mail address.
    var targetName: String
    var isEmail: Bool
    var notes: String?
    /// What the account will be tagged with.
    var tags: TagList
    var state = State.open
    var requested: Timestamp
    var expires: Timestamp
    var ended: Timestamp?

    static let timer = "handshake"
    static func key(_ id: String) -> Key { Key(.organizationHandshake, .text(id)) }
    static func ofOrganization(_ id: String) -> Key { Key(.organizationHandshakeByParty, "organization", .text(id)) }
    static func ofAccount(_ id: String) -> Key { Key(.organizationHandshakeByParty, "account", .text(id)) }

    var timerID: String { "handshake \(id)" }

    /// The state at a moment: an offer that nobody took expires even before its timer has run.
    func state(at now: Timestamp) -> State { state == .open && now >= expires ? .expired : state }

    var arn: String {
        ARN("organizations", account: management, "handshake/\(organization)/\(action.rawValue.lowercased())/\(id)").description
    }
}

/// A handshake as the API shows it.
struct HandshakeShape: Codable, Sendable {
    struct Party: Codable, Sendable {
        var Id: String
        var `Type`: String
    }
    struct Detail: Codable, Sendable {
        var Value: String
        var `Type`: String
    }
    struct Resource: Codable, Sendable {
        var Value: String
        var `Type`: String
        var Resources: [Detail]?
    }
    var Id: String
    var Arn: String
    var Parties: [Party]
    var State: String
    var RequestedTimestamp: Timestamp
    var ExpirationTimestamp: Timestamp
    var Action: String
    var Resources: [Resource]

    init(_ handshake: HandshakeRecord, at now: Timestamp) {
        (Id, Arn, Action) = (handshake.id, handshake.arn, handshake.action.rawValue)
        State = handshake.state(at: now).rawValue
        (RequestedTimestamp, ExpirationTimestamp) = (handshake.requested, handshake.expires)
        Parties = [Party(Id: handshake.organization, Type: "ORGANIZATION")]
        Resources = [
            Resource(
                Value: handshake.organization, Type: "ORGANIZATION",
                Resources: [
                    Detail(Value: handshake.managementEmail, Type: "MASTER_EMAIL"),
                    Detail(Value: handshake.managementName, Type: "MASTER_NAME"),
                    Detail(Value: handshake.featureSet, Type: "ORGANIZATION_FEATURE_SET"),
                ])
        ]
        if handshake.action == .invite {
            let kind = handshake.isEmail ? "EMAIL" : "ACCOUNT"
            Parties.append(Party(Id: handshake.targetName, Type: kind))
            Resources.append(Resource(Value: handshake.targetName, Type: kind))
        }
        if let notes = handshake.notes { Resources.append(Resource(Value: notes, Type: "NOTES")) }
    }
}

extension Snapshot {
    func handshakes(_ rows: Key) throws -> [HandshakeRecord] {
        var found: [HandshakeRecord] = []
        try scan(rows) { key, _ in
            guard case .text(let id)? = try key.elements().last else { throw StoreError.corrupt("handshake's party") }
            if let handshake = try record(HandshakeRecord.self, HandshakeRecord.key(id)) { found.append(handshake) }
            return true
        }
        return found
    }
}

extension Transaction {
    func open(_ handshake: HandshakeRecord, on platform: Platform) throws {
        try put(HandshakeRecord.key(handshake.id), handshake)
        try put(HandshakeRecord.ofOrganization(handshake.organization).appending(.text(handshake.id)), [UInt8]())
        try put(HandshakeRecord.ofAccount(handshake.target).appending(.text(handshake.id)), [UInt8]())
        try schedule(handshake, due: handshake.expires, on: platform)
    }

    func end(_ handshake: inout HandshakeRecord, _ state: HandshakeRecord.State, at now: Timestamp, on platform: Platform) throws
    {
        (handshake.state, handshake.ended) = (state, now)
        try put(HandshakeRecord.key(handshake.id), handshake)
        try schedule(handshake, due: now + Limit.handshakeMemory, on: platform)
    }

    /// The organization is going; nobody can accept any more.
    func cancelHandshakes(of organization: OrganizationRecord, _ context: Context) throws {
        for var handshake in try handshakes(HandshakeRecord.ofOrganization(organization.id)) where handshake.state == .open {
            try end(&handshake, .canceled, at: context.now, on: context.platform)
        }
    }

    func forget(_ handshake: HandshakeRecord) throws {
        try delete(HandshakeRecord.key(handshake.id))
        try delete(HandshakeRecord.ofOrganization(handshake.organization).appending(.text(handshake.id)))
        try delete(HandshakeRecord.ofAccount(handshake.target).appending(.text(handshake.id)))
    }

    private func schedule(_ handshake: HandshakeRecord, due: Timestamp, on platform: Platform) throws {
        try schedule(
            TimerRecord(
                id: handshake.timerID, service: OrganizationsService.id, name: HandshakeRecord.timer, due: due,
                payload: ["handshake": .string(handshake.id)]),
            on: platform)
    }
}
