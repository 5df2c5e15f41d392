import Documents
import Kernel
import Store

/// Where a delivery stream is found.
struct StreamPlace: Hashable, Sendable {
    var account: String
    var region: String
    var name: String

    var key: Key { Key(.firehoseStream, .text(account), .text(region), .text(name)) }
    var arn: String { ARN("firehose", region: region, account: account, "deliverystream/\(name)").description }

    init(account: String, region: String, name: String) { (self.account, self.region, self.name) = (account, region, name) }

    init?(arn text: String) {
        guard let arn = ARN(text), arn.service == "firehose", arn.resource.hasPrefix("deliverystream/") else { return nil }
        self.init(account: arn.account, region: arn.region, name: String(arn.resource.dropFirst("deliverystream/".count)))
    }
}

/// A delivery stream as it is stored.
struct StreamRecord: Stored {
    static let tag: UInt8 = 1
    enum Kind: String, Codable, Sendable { case s3, http }

    struct Source: Codable, Sendable, Hashable {
        var stream: String
        var role: String
        var start: Timestamp
    }

    struct Encryption: Codable, Sendable, Hashable {
        var keyType: String
        var keyARN: String?
        /// `ENABLED` or `DISABLED`.
        var status: String
        /// The stream's data key as KMS wrapped it; nil for the key that AWS owns.
        var wrapped: [UInt8]?
        /// Which grant lets Firehose use the key.
        var grant: String?
        var isOn: Bool { status == "ENABLED" }
    }

    /// A data key of earlier records.
    struct OldKey: Codable, Sendable, Hashable {
        var number: Int
        var keyARN: String
        var wrapped: [UInt8]
    }

    struct Tag: Codable, Sendable, Hashable {
        var Key: String
        var Value: String?
    }

    var account: String
    var region: String
    var name: String
    /// Of this very stream: one made later under the name has another.
    var id: String
    var created: Timestamp
    var updated: Timestamp?
    var settles: Timestamp
    var isDeleting = false
    var type: String
    var throughputHint: Int?
    var source: Source?
    var kind: Kind
    /// As the API has it: `ExtendedS3DestinationConfiguration` or `HttpEndpointDestinationConfiguration`.
    var destination: Document
    /// As the API counts: of the destination.
    var version = 1
    /// Of the record.
    var revision = 0
    var tags: [Tag] = []
    var encryption: Encryption?
    var keyNumber = 0
    var oldKeys: [OldKey] = []
    /// Records before this offset have been handed over in batches.
    var sealed: Int64 = 0

    var place: StreamPlace { StreamPlace(account: account, region: region, name: name) }
    var arn: String { place.arn }
    var log: String { "firehose-\(id)" }
    var timerID: String { "buffer \(id)" }

    func isGone(at now: Timestamp) -> Bool { isDeleting && now >= settles }

    func status(at now: Timestamp) -> String {
        if isDeleting { return "DELETING" }
        return now < settles ? "CREATING" : "ACTIVE"
    }
}

/// Records of a stream that go to their destination together: the offsets `from..<to` of its log.
struct BatchRecord: Stored {
    static let tag: UInt8 = 1
    var from: Int64
    var to: Int64

    static func prefix(_ stream: String) -> Key { Key(.firehoseBatch, .text(stream)) }
    func key(_ stream: String) -> Key { Self.prefix(stream).appending(.integer(from)) }
}
