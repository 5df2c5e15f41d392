import Documents
import Kernel

/// What lifecycle configurations must be
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html).
enum LifecycleRules {
    static let uniform = "all_storage_classes_128K"
    static let variesByClass = "varies_by_storage_class"

    /// - Returns: the rules, each with an id.
    /// - Throws: ``S3Fault``.
    static func check(_ rules: [Shape.LifecycleRule]) throws -> [Shape.LifecycleRule] {
        guard !rules.isEmpty else { throw S3Fault.malformedXML }
        guard rules.count <= Limit.lifecycleRules else {
            throw S3Fault.invalidRequest(
                "The number of lifecycle rules must not exceed the allowed limit of \(Limit.lifecycleRules) rules")
        }
        let hasFilter = rules.contains { $0.filter != nil }
        var ids: Set<String> = []
        return try rules.map { given in
            var rule = given
            if let id = rule.id, !id.isEmpty {
                guard id.utf16.count <= Limit.ruleID else {
                    throw invalid("ID length should not exceed allowed limit of \(Limit.ruleID)", "ID", id)
                }
            } else {
                rule.id = Identifier.uuid()
            }
            guard ids.insert(rule.id ?? "").inserted else {
                throw invalid("Rule ID must be unique. Found same ID for more than one rule", "ID", rule.id ?? "")
            }
            guard rule.status == "Enabled" || rule.status == "Disabled" else { throw S3Fault.malformedXML }
            guard rule.filter == nil || rule.prefix == nil else { throw S3Fault.malformedXML }
            guard rule.filter != nil || rule.prefix != nil else { throw S3Fault.malformedXML }
            if hasFilter, rule.prefix != nil {
                throw S3Fault.invalidRequest(
                    "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.")
            }
            try PrefixRules.check(rule.prefix)
            try check(rule.filter)
            try check(actions: rule)
            return rule
        }
    }

    private static func check(_ filter: Shape.LifecycleRuleFilter?) throws {
        guard let filter else { return }
        let given = [
            filter.prefix != nil, filter.tag != nil, filter.objectSizeGreaterThan != nil, filter.objectSizeLessThan != nil,
            filter.and != nil,
        ].count { $0 }
        guard given <= 1 else { throw S3Fault.malformedXML }
        let tags = filter.tag.map { [$0] } ?? filter.and?.tags ?? []
        if let and = filter.and {
            let parts =
                [and.prefix != nil, and.objectSizeGreaterThan != nil, and.objectSizeLessThan != nil].count { $0 } + tags.count
            guard parts >= 2 else { throw S3Fault.malformedXML }
        }
        _ = try TagFilterRules.check(tags)
        let (above, below) = (
            filter.objectSizeGreaterThan ?? filter.and?.objectSizeGreaterThan,
            filter.objectSizeLessThan ?? filter.and?.objectSizeLessThan
        )
        if let above, above < 0 {
            throw invalid("'ObjectSizeGreaterThan' must be a nonnegative integer", "ObjectSizeGreaterThan", String(above))
        }
        if let below, below <= 0 {
            throw invalid("'ObjectSizeLessThan' must be a positive integer", "ObjectSizeLessThan", String(below))
        }
        if let above, let below, below <= above {
            throw S3Fault.invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'")
        }
        try PrefixRules.check(filter.prefix ?? filter.and?.prefix)
    }

    private static func check(actions rule: Shape.LifecycleRule) throws {
        let filter = LifecycleFilter(rule)
        let name = describe(filter)
        guard
            rule.expiration != nil || rule.transitions?.isEmpty == false || rule.noncurrentVersionTransitions?.isEmpty == false
                || rule.noncurrentVersionExpiration != nil || rule.abortIncompleteMultipartUpload != nil
        else { throw S3Fault.invalidRequest("At least one action needs to be specified in a rule") }
        if let expiration = rule.expiration { try check(expiration, filter) }
        try check(rule.transitions ?? [], before: rule.expiration, name)
        try check(rule.noncurrentVersionTransitions ?? [], before: rule.noncurrentVersionExpiration, name)
        if let expiration = rule.noncurrentVersionExpiration {
            guard let days = expiration.noncurrentDays else { throw S3Fault.malformedXML }
            guard days > 0 else {
                throw positive("NoncurrentDays", "NoncurrentVersionExpiration", days)
            }
            try checkNewer(expiration.newerNoncurrentVersions, filter, rule, "NoncurrentVersionExpiration")
        }
        for transition in rule.noncurrentVersionTransitions ?? [] {
            try checkNewer(transition.newerNoncurrentVersions, filter, rule, "NoncurrentVersionTransition")
        }
        if let abort = rule.abortIncompleteMultipartUpload {
            guard let days = abort.daysAfterInitiation else { throw S3Fault.malformedXML }
            guard days > 0 else { throw positive("DaysAfterInitiation", "AbortIncompleteMultipartUpload", days) }
            if !filter.tags.isEmpty {
                throw S3Fault.invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.")
            }
            if filter.hasSize {
                throw S3Fault.invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Object Size.")
            }
        }
    }

    private static func checkNewer(
        _ count: Int?, _ filter: LifecycleFilter, _ rule: Shape.LifecycleRule, _ action: String
    ) throws {
        guard let count else { return }
        guard rule.filter != nil else { throw S3Fault.malformedXML }
        guard (1...Limit.newerVersions).contains(count) else {
            throw invalid(
                "'NewerNoncurrentVersions' for \(action) action must be a positive integer not greater than \(Limit.newerVersions)",
                "NewerNoncurrentVersions", String(count))
        }
    }

    private static func check(_ expiration: Shape.LifecycleExpiration, _ filter: LifecycleFilter) throws {
        let given = [expiration.date != nil, expiration.days != nil, expiration.expiredObjectDeleteMarker != nil].count { $0 }
        guard given == 1 else { throw S3Fault.malformedXML }
        if let days = expiration.days, days <= 0 { throw positive("Days", "Expiration", days) }
        if let date = expiration.date { try checkMidnight(date) }
        if expiration.expiredObjectDeleteMarker != nil, !filter.tags.isEmpty {
            throw S3Fault.invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.")
        }
        if expiration.expiredObjectDeleteMarker != nil, filter.hasSize {
            throw S3Fault.invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Object Size.")
        }
    }

    private static func check(
        _ transitions: [Shape.Transition], before expiration: Shape.LifecycleExpiration?, _ name: String
    ) throws {
        var classes: Set<String> = []
        for transition in transitions {
            guard let target = transition.storageClass, StorageClassOrder.targets.contains(target),
                (transition.days == nil) != (transition.date == nil)
            else {
                throw S3Fault.malformedXML
            }
            guard classes.insert(target).inserted else {
                throw S3Fault.invalidRequest(
                    "'StorageClass' must be different for 'Transition' actions in same 'Rule' with \(name)")
            }
            if let days = transition.days {
                guard days >= 0 else { throw invalid("'Days' in Transition action must be nonnegative", "Days", String(days)) }
                try checkStay("Days", days, target, "Transition")
            }
            if let date = transition.date { try checkMidnight(date) }
        }
        let usesDate = transitions.contains { $0.date != nil } || expiration?.date != nil
        let usesDays = transitions.contains { $0.days != nil } || expiration?.days != nil
        if usesDate, usesDays {
            let actions = transitions.contains { $0.date != nil } && transitions.contains { $0.days != nil }
            throw S3Fault.invalidRequest(
                "Found mixed 'Date' and 'Days' based \(actions ? "Transition" : "Expiration and Transition") actions "
                    + "in lifecycle rule for \(name)")
        }
        for transition in transitions {
            if let days = transition.days, let end = expiration?.days, end <= days {
                throw invalid(
                    "'Days' in the Expiration action for \(name) must be greater than 'Days' in the Transition action",
                    "Days", String(end))
            }
            if let date = transition.date, let end = expiration?.date, end <= date {
                throw invalid(
                    "'Date' in the Expiration action for \(name) must be later than 'Date' in the Transition action",
                    "Date", end.iso8601())
            }
        }
        try checkOrder(transitions.map { ($0.days, $0.storageClass ?? "") }, "Days", "Transition", name)
    }

    private static func check(
        _ transitions: [Shape.NoncurrentVersionTransition], before expiration: Shape.NoncurrentVersionExpiration?, _ name: String
    ) throws {
        let action = "NoncurrentVersionTransition"
        var classes: Set<String> = []
        for transition in transitions {
            guard let target = transition.storageClass, StorageClassOrder.targets.contains(target),
                let days = transition.noncurrentDays
            else { throw S3Fault.malformedXML }
            guard classes.insert(target).inserted else {
                throw S3Fault.invalidRequest(
                    "'StorageClass' must be different for '\(action)' actions in same 'Rule' with \(name)")
            }
            guard days >= 0 else {
                throw invalid("'NoncurrentDays' in \(action) action must be nonnegative", "NoncurrentDays", String(days))
            }
            try checkStay("NoncurrentDays", days, target, action)
            if let end = expiration?.noncurrentDays, end <= days {
                throw invalid(
                    "'NoncurrentDays' in the NoncurrentVersionExpiration action for \(name) must be greater than "
                        + "'NoncurrentDays' in the \(action) action", "NoncurrentDays", String(end))
            }
        }
        try checkOrder(transitions.map { ($0.noncurrentDays, $0.storageClass ?? "") }, "NoncurrentDays", action, name)
    }

    /// Objects stay in the classes that they were written to for 30 days before they go to Infrequent Access.
    private static func checkStay(_ field: String, _ days: Int, _ target: String, _ action: String) throws {
        guard target == "STANDARD_IA" || target == "ONEZONE_IA", days < Limit.daysBeforeInfrequentAccess else { return }
        throw invalid(
            "'\(field)' in \(action) action must be greater than or equal to \(Limit.daysBeforeInfrequentAccess) for storageClass "
                + "'\(target)'", field, String(days))
    }

    /// A colder class comes later than a warmer one.
    private static func checkOrder(_ steps: [(days: Int?, target: String)], _ field: String, _ action: String, _ name: String)
        throws
    {
        for (index, step) in steps.enumerated() {
            for other in steps[(index + 1)...] {
                guard let days = step.days, let later = other.days else { continue }
                let (warm, cold) =
                    StorageClassOrder.rank(step.target) < StorageClassOrder.rank(other.target)
                    ? ((days, step.target), (later, other.target)) : ((later, other.target), (days, step.target))
                guard warm.0 >= cold.0 else { continue }
                throw invalid(
                    "'\(field)' in the '\(action)' action for StorageClass '\(cold.1)' for \(name) must be greater than \(name) "
                        + "in the '\(action)' action for StorageClass '\(warm.1)'", field, String(cold.0))
            }
        }
    }

    private static func checkMidnight(_ date: Timestamp) throws {
        guard LifecyclePlan.midnight(from: date) == date else {
            throw invalid("'Date' must be at midnight GMT", "Date", date.iso8601(milliseconds: true))
        }
    }

    /// `filter '(prefix=logs/)'`
    private static func describe(_ filter: LifecycleFilter) -> String {
        var parts = ["prefix=\(filter.prefix)"]
        parts += filter.tags.map { "tag=\($0.key):\($0.value)" }
        return "filter '(\(parts.joined(separator: ", ")))'"
    }

    private static func positive(_ field: String, _ action: String, _ value: Int) -> S3Fault {
        invalid("'\(field)' for \(action) action must be a positive integer", field, String(value))
    }

    private static func invalid(_ message: String, _ name: String, _ value: String) -> S3Fault {
        .invalidArgument(message, name: name, value: value)
    }
}

/// The tags of a filter, in lifecycle, replication, metrics and analytics alike.
enum TagFilterRules {
    static func check(_ tags: [Shape.Tag]) throws -> [Shape.Tag] {
        var seen: Set<String> = []
        for tag in tags {
            guard (1...Limit.tagKeyLength).contains(tag.key.utf16.count) else {
                throw S3Fault.invalidTag("The TagKey you have provided is invalid")
            }
            guard tag.value.utf16.count <= Limit.tagValueLength else {
                throw S3Fault.invalidTag("The TagValue you have provided is invalid")
            }
            guard seen.insert(tag.key).inserted else { throw S3Fault.invalidRequest("Duplicate Tag Keys are not allowed.") }
        }
        return tags
    }
}
