import Documents

/// What a lifecycle rule is about, its older and newer spelling alike.
struct LifecycleFilter: Sendable {
    var prefix = ""
    var tags: [Tag] = []
    var sizeAbove: Int64?
    var sizeBelow: Int64?

    init(_ rule: Shape.LifecycleRule) {
        let filter = rule.filter
        prefix = rule.prefix ?? filter?.prefix ?? filter?.and?.prefix ?? ""
        tags = ((filter?.tag.map { [$0] } ?? filter?.and?.tags) ?? []).map { Tag(key: $0.key, value: $0.value) }
        sizeAbove = filter?.objectSizeGreaterThan ?? filter?.and?.objectSizeGreaterThan
        sizeBelow = filter?.objectSizeLessThan ?? filter?.and?.objectSizeLessThan
    }

    var hasSize: Bool { sizeAbove != nil || sizeBelow != nil }

    func matches(key: String) -> Bool { key.utf8.starts(with: prefix.utf8) }

    /// A delete marker has neither tags nor a size.
    func matches(_ record: ObjectRecord, _ key: String) -> Bool {
        guard matches(key: key), tags.allSatisfy(record.tags.contains) else { return false }
        if let sizeAbove, record.isDeleteMarker || record.size <= sizeAbove { return false }
        if let sizeBelow, record.isDeleteMarker || record.size >= sizeBelow { return false }
        return true
    }
}
