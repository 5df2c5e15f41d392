import Documents

/// What a bucket keeps of its lifecycle configuration.
struct LifecycleSetting: Codable, Sendable, Hashable {
    var rules: [Shape.LifecycleRule]
    /// `all_storage_classes_128K` or `varies_by_storage_class`.
    var minimumSize: String
}

/// What becomes of one version.
enum LifecycleAction: Sendable, Hashable {
    /// Removed for good.
    case remove
    /// A delete marker comes on top.
    case mark
    case transition(String)
}

/// The enabled rules of a bucket, ready to be asked
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html).
struct LifecyclePlan: Sendable {
    private struct Rule: Sendable {
        var shape: Shape.LifecycleRule
        var filter: LifecycleFilter
    }
    private let rules: [Rule]
    private let isUniformSize: Bool

    init(_ setting: LifecycleSetting) {
        rules = setting.rules.filter { $0.status == "Enabled" }.map { Rule(shape: $0, filter: LifecycleFilter($0)) }
        isUniformSize = setting.minimumSize != LifecycleRules.variesByClass
    }

    /// Whether some rule is about objects, and not only about uploads.
    var looksAtObjects: Bool {
        rules.contains {
            $0.shape.expiration != nil || $0.shape.transitions?.isEmpty == false || $0.shape.noncurrentVersionExpiration != nil
                || $0.shape.noncurrentVersionTransitions?.isEmpty == false
        }
    }

    /// The midnight UTC that ends the last of `days` days after `moment`.
    static func due(_ moment: Timestamp, days: Int) -> Timestamp {
        midnight(from: Timestamp(seconds: moment.seconds) + .seconds(Int64(min(days, Limit.ruleDays)) * 86_400))
    }

    /// `moment` itself if it is midnight UTC, else the next.
    static func midnight(from moment: Timestamp) -> Timestamp {
        let day: Int64 = 86_400_000_000
        let (days, rest) = moment.microseconds.quotientAndRemainder(dividingBy: day)
        return Timestamp(microseconds: (rest > 0 ? days + 1 : days) * day)
    }

    /// What is due for a key's current version.
    /// - Parameter isAlone: it has no older versions.
    func action(
        current record: ObjectRecord, _ key: String, isAlone: Bool, versioning: BucketRecord.Versioning?, at now: Timestamp
    )
        -> LifecycleAction?
    {
        guard !record.isHeldForReplication else { return nil }
        if record.isDeleteMarker {
            guard isAlone else { return nil }
            let isDone = rules.contains { rule in
                guard let expiration = rule.shape.expiration, rule.filter.matches(record, key), rule.filter.tags.isEmpty else {
                    return false
                }
                if expiration.expiredObjectDeleteMarker == true { return true }
                return expiry(expiration, of: record).map { $0 <= now } ?? false
            }
            return isDone ? .remove : nil
        }
        let isExpired = rules.contains { rule in
            guard let expiration = rule.shape.expiration, rule.filter.matches(record, key) else { return false }
            return expiry(expiration, of: record).map { $0 <= now } ?? false
        }
        // Removal for good wins over a cheaper class, which wins over a delete marker.
        if isExpired, versioning == nil { return .remove }
        if let target = transition(of: record, key, at: now) { return .transition(target) }
        return isExpired ? .mark : nil
    }

    /// What is due for an older version.
    /// - Parameters:
    ///   - since: when it ceased to be the current one.
    ///   - newer: how many noncurrent versions are newer.
    func action(noncurrent record: ObjectRecord, _ key: String, since: Timestamp, newer: Int, at now: Timestamp)
        -> LifecycleAction?
    {
        guard !record.isHeldForReplication else { return nil }
        var target: String?
        for rule in rules where rule.filter.matches(record, key) {
            if let expiration = rule.shape.noncurrentVersionExpiration, let days = expiration.noncurrentDays,
                newer >= expiration.newerNoncurrentVersions ?? 0, Self.due(since, days: days) <= now
            {
                return .remove
            }
            guard !record.isDeleteMarker else { continue }
            for transition in rule.shape.noncurrentVersionTransitions ?? [] {
                guard let days = transition.noncurrentDays, let name = transition.storageClass,
                    newer >= transition.newerNoncurrentVersions ?? 0, Self.due(since, days: days) <= now,
                    isPossible(name, for: record, rule), StorageClassOrder.rank(name) > StorageClassOrder.rank(target)
                else { continue }
                target = name
            }
        }
        return target.map(LifecycleAction.transition)
    }

    /// The cheapest class that is due.
    private func transition(of record: ObjectRecord, _ key: String, at now: Timestamp) -> String? {
        var target: String?
        for rule in rules where rule.filter.matches(record, key) {
            for transition in rule.shape.transitions ?? [] {
                guard let name = transition.storageClass,
                    let due = transition.date ?? transition.days.map({ Self.due(record.lastModified, days: $0) }), due <= now,
                    isPossible(name, for: record, rule), StorageClassOrder.rank(name) > StorageClassOrder.rank(target)
                else { continue }
                target = name
            }
        }
        return target
    }

    /// Small objects stay where they are unless the rule itself speaks of sizes.
    private func isPossible(_ name: String, for record: ObjectRecord, _ rule: Rule) -> Bool {
        guard StorageClassOrder.allows(from: record.headers.storageClass, to: name) else { return false }
        if rule.filter.hasSize || record.size >= Limit.transitionSizeMin { return true }
        return !isUniformSize && StorageClassOrder.isArchive(name)
    }

    private func expiry(_ expiration: Shape.LifecycleExpiration, of record: ObjectRecord) -> Timestamp? {
        expiration.date ?? expiration.days.map { Self.due(record.lastModified, days: $0) }
    }

    /// When a current version will expire, as `x-amz-expiration` tells.
    /// - Returns: nil if no rule will end it.
    func expirationHeader(_ record: ObjectRecord, _ key: String) -> String? {
        expiration(of: record, key).map {
            "expiry-date=\"\($0.date.httpDate())\", rule-id=\"\(PercentEncoding.encode($0.rule))\""
        }
    }

    /// When a current version will expire, and by which rule.
    func expiration(of record: ObjectRecord, _ key: String) -> (date: Timestamp, rule: String)? {
        guard !record.isDeleteMarker else { return nil }
        var first: (date: Timestamp, rule: String)?
        for rule in rules where rule.filter.matches(record, key) {
            guard let expiration = rule.shape.expiration, let date = expiry(expiration, of: record),
                date < first?.date ?? Timestamp(microseconds: .max)
            else { continue }
            first = (date, rule.shape.id ?? "")
        }
        return first
    }

    /// When an upload begun at `moment` will be aborted, and by which rule.
    func abortion(of key: String, begun moment: Timestamp) -> (date: Timestamp, rule: String)? {
        var first: (date: Timestamp, rule: String)?
        for rule in rules where rule.filter.matches(key: key) {
            guard let days = rule.shape.abortIncompleteMultipartUpload?.daysAfterInitiation else { continue }
            let date = Self.due(moment, days: days)
            if date < first?.date ?? Timestamp(microseconds: .max) { first = (date, rule.shape.id ?? "") }
        }
        return first
    }

    var abortsUploads: Bool { rules.contains { $0.shape.abortIncompleteMultipartUpload != nil } }
}
