import Documents
import Store

/// One message as the store keeps it. Its row's key is (store, sent, sequence), so a queue's rows lie in the order in
/// which they expire.
///
/// Kept as one tag byte and a CBOR list, not as named members: it is written with each send and each receive.
struct MessageRecord: Sendable {
    private static let tag: UInt8 = 1

    /// How the body is sealed.
    enum Seal: Sendable, Equatable {
        case none
        /// Under Tarn's own key (SSE-SQS), bound to the body's digest.
        case managed
        /// Under a data key of KMS, wrapped, bound to the ARN of the queue that it was sent to.
        case kms(wrapped: [UInt8], arn: String)
    }

    var sent: Int64
    var sequence: Int64
    var id: String
    /// Not to be received before this moment.
    var visibleAt: Int64
    var receives: Int64 = 0
    /// Moments in microseconds; 0 if it was never received.
    var firstReceived: Int64 = 0
    var lastReceived: Int64 = 0
    /// nil if the body rests in a row of its own.
    var body: [UInt8]?
    var seal: Seal = .none
    var bodyMD5: String
    /// As the API has them; null for none.
    var attributes: Document = .null
    var attributesMD5: String?
    var sender: String
    var trace: String?
    var group: String?
    var deduplication: String?
    /// The queue that it was moved here from, as a dead letter.
    var deadLetterSource: String?

    static func key(_ store: Int64, _ sent: Int64, _ sequence: Int64) -> Key {
        Key(.sqsMessage, .integer(store), .integer(sent), .integer(sequence))
    }
    static func bodyKey(_ store: Int64, _ sequence: Int64) -> Key { Key(.sqsBody, .integer(store), .integer(sequence)) }

    func key(_ store: Int64) -> Key { Self.key(store, sent, sequence) }
    /// In flight: received, and not back yet.
    func isInFlight(_ now: Int64) -> Bool { receives > 0 && visibleAt > now }

    func stored() -> [UInt8] {
        func text(_ value: String?) -> Document { value.map { .string($0) } ?? .null }
        let sealed: Document =
            switch seal {
            case .none: .null
            case .managed: .bool(true)
            case .kms(let wrapped, let arn): .list([.blob(wrapped), .string(arn)])
            }
        let list: [Document] = [
            .integer(sent), .integer(sequence), .string(id), .integer(visibleAt), .integer(receives), .integer(firstReceived),
            .integer(lastReceived), body.map { .blob($0) } ?? .null, sealed, .string(bodyMD5), attributes, text(attributesMD5),
            .string(sender), text(trace), text(group), text(deduplication), text(deadLetterSource),
        ]
        return CBOR.write(.list(list), after: Self.tag)
    }

    /// - Throws: ``StoreError``
    init(stored bytes: [UInt8]) throws {
        guard let tag = bytes.first, tag <= Self.tag else { throw StoreError.newer(type: "MessageRecord", tag: bytes.first ?? 0) }
        guard case .list(let list) = try CBOR.parse(bytes.dropFirst()), list.count >= 17, let sent = list[0].integer,
            let sequence = list[1].integer, let id = list[2].string, let visibleAt = list[3].integer,
            let receives = list[4].integer, let first = list[5].integer, let last = list[6].integer, let md5 = list[9].string,
            let sender = list[12].string
        else { throw StoreError.corrupt("MessageRecord") }
        self.init(sent: sent, sequence: sequence, id: id, visibleAt: visibleAt, bodyMD5: md5, sender: sender)
        (self.receives, firstReceived, lastReceived) = (receives, first, last)
        body = list[7].blob
        switch list[8] {
        case .bool: seal = .managed
        case .list(let parts):
            guard parts.count == 2, let wrapped = parts[0].blob, let arn = parts[1].string else {
                throw StoreError.corrupt("MessageRecord.seal")
            }
            seal = .kms(wrapped: wrapped, arn: arn)
        default: seal = .none
        }
        (attributes, attributesMD5, trace) = (list[10], list[11].string, list[13].string)
        (group, deduplication, deadLetterSource) = (list[14].string, list[15].string, list[16].string)
    }

    init(sent: Int64, sequence: Int64, id: String, visibleAt: Int64, bodyMD5: String, sender: String) {
        (self.sent, self.sequence, self.id, self.visibleAt) = (sent, sequence, id, visibleAt)
        (self.bodyMD5, self.sender) = (bodyMD5, sender)
    }

    /// Twenty digits that grow with the sequence, as AWS's do.
    var sequenceNumber: String { Self.sequenceNumber(sequence) }
    static func sequenceNumber(_ sequence: Int64) -> String {
        let digits = String(sequence * 256)
        return "188" + String(repeating: "0", count: max(0, 17 - digits.utf8.count)) + digits
    }
}

/// How many messages a store holds, and the next one's sequence.
struct Tally {
    var total: Int64 = 0
    var next: Int64 = 1

    static func key(_ store: Int64) -> Key { Key(.sqsTally, .integer(store)) }

    init() {}

    init(_ store: Int64, in snapshot: Snapshot) throws {
        guard let bytes = try snapshot.value(Self.key(store)) else { return }
        guard case .list(let list) = try CBOR.parse(bytes), list.count == 2, let total = list[0].integer,
            let next = list[1].integer
        else { throw StoreError.corrupt("Tally") }
        (self.total, self.next) = (total, next)
    }

    mutating func take() -> Int64 {
        defer { next += 1 }
        return next
    }

    func put(_ store: Int64, in transaction: Transaction) throws {
        try transaction.put(Self.key(store), CBOR.write(.list([.integer(total), .integer(next)])))
    }
}
