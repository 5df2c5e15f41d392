import Documents

/// One shard: a range of hash keys, and its ancestors.
struct ShardRecord: Codable, Sendable, Hashable {
    var index: Int
    var parent: Int?
    var adjacentParent: Int?
    /// Decimal: UInt128 has no other form in a document.
    private var first: String
    private var last: String
    /// Whole seconds, in each sequence number.
    var createdSeconds: Int64
    var created: Timestamp
    var closed: Timestamp?
    /// The offset behind its last record, once closed.
    var end: Int64?

    init(index: Int, _ keys: ClosedRange<UInt128>, created: Timestamp, seconds: Int64, parent: Int? = nil, adjacent: Int? = nil) {
        (self.index, self.parent, adjacentParent) = (index, parent, adjacent)
        (first, last) = ("\(keys.lowerBound)", "\(keys.upperBound)")
        (self.created, createdSeconds) = (created, seconds)
    }

    var start: UInt128 { UInt128(first) ?? 0 }
    var stop: UInt128 { UInt128(last) ?? .max }
    var isOpen: Bool { closed == nil }
    var id: String { Self.id(index) }

    static func id(_ index: Int) -> String {
        let digits = String(index)
        return "shardId-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }

    static func index(_ id: String) -> Int? {
        guard id.hasPrefix("shardId-"), id.utf8.count >= 20 else { return nil }
        let digits = id.dropFirst("shardId-".count)
        guard digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
        return Int(digits)
    }

    var hashKeyRange: Document { ["StartingHashKey": .string(first), "EndingHashKey": .string(last)] }

    /// `Shard`
    var document: Document {
        var members: Members = ["ShardId": .string(id)]
        if let parent { members["ParentShardId"] = .string(Self.id(parent)) }
        if let adjacentParent { members["AdjacentParentShardId"] = .string(Self.id(adjacentParent)) }
        members["HashKeyRange"] = hashKeyRange
        var range: Members = ["StartingSequenceNumber": .string(SequenceNumber.starting(self).description)]
        if isOpen == false { range["EndingSequenceNumber"] = .string(SequenceNumber.ending(self).description) }
        members["SequenceNumberRange"] = .map(range)
        return .map(members)
    }

    /// Whether it has records that a reader may still get, or takes new ones.
    func isListed(since horizon: Timestamp) -> Bool { closed.map { $0 > horizon } ?? true }
}
