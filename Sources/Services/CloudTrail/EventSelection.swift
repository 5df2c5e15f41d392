import Kernel

/// Which events a trail logs; compiled from its selectors once.
struct EventSelection: Sendable {
    private enum Rule: Sendable {
        case basic(EventSelector)
        case advanced(AdvancedEventSelector)
    }
    private let rules: [Rule]
    /// May select data events.
    let wantsData: Bool

    init(_ trail: TrailRecord) {
        if let advanced = trail.advanced {
            rules = advanced.map { .advanced($0) }
            wantsData = advanced.contains { $0.category == "Data" }
        } else {
            let basic = trail.selectors ?? [.usual]
            rules = basic.map { .basic($0) }
            wantsData = basic.contains { !($0.DataResources ?? []).isEmpty }
        }
    }

    func selects(_ facts: AuditFacts) -> Bool {
        rules.contains { rule in
            switch rule {
            case .basic(let selector): Self.selects(selector, facts)
            case .advanced(let selector): Self.selects(selector, facts)
            }
        }
    }

    private static func selects(_ selector: EventSelector, _ facts: AuditFacts) -> Bool {
        switch selector.ReadWriteType ?? "All" {
        case "ReadOnly" where !facts.isReadOnly: return false
        case "WriteOnly" where facts.isReadOnly: return false
        default: break
        }
        guard facts.isData else {
            guard selector.IncludeManagementEvents ?? true else { return false }
            return !(selector.ExcludeManagementEventSources ?? []).contains(facts.eventSource)
        }
        return (selector.DataResources ?? []).contains { wanted in
            guard wanted.Type == facts.dataType else { return false }
            return (wanted.Values ?? []).contains { value in
                facts.resources.contains { $0.arn == value || $0.arn.hasPrefix(value) && Self.isPrefix(value, wanted.Type) }
            }
        }
    }

    /// S3 objects are chosen by prefix; functions and tables whole, or all by `arn:aws:lambda` and `arn:aws:dynamodb`.
    private static func isPrefix(_ value: String, _ type: String?) -> Bool {
        type == "AWS::S3::Object" || value == "arn:aws:lambda" || value == "arn:aws:dynamodb"
    }

    private static func selects(_ selector: AdvancedEventSelector, _ facts: AuditFacts) -> Bool {
        selector.FieldSelectors.allSatisfy { field in
            switch field.Field {
            case "eventCategory": field.holds([facts.isData ? "Data" : "Management"])
            case "readOnly": field.holds([facts.isReadOnly ? "true" : "false"])
            case "eventSource": field.holds([facts.eventSource])
            case "eventName": field.holds([facts.eventName])
            case "eventType": field.holds([facts.eventType])
            case "userIdentity.arn": field.holds([facts.identityARN])
            case "resources.type": field.holds(facts.dataType.map { [$0] } ?? [])
            case "resources.ARN":
                field.holds(facts.resources.filter { facts.dataType == nil || $0.type == facts.dataType }.map(\.arn))
            // No call comes from a console.
            case "sessionCredentialFromConsole": field.holds(["false"])
            default: false
            }
        }
    }
}

extension FieldSelector {
    /// Any of the positive conditions, and none of the negative ones.
    func holds(_ values: [String]) -> Bool {
        let positive = [Equals, StartsWith, EndsWith].contains { !($0 ?? []).isEmpty }
        let isMatched = values.contains { value in
            (Equals ?? []).contains(value) || (StartsWith ?? []).contains { value.hasPrefix($0) }
                || (EndsWith ?? []).contains { value.hasSuffix($0) }
        }
        let isRefused = values.contains { value in
            (NotEquals ?? []).contains(value) || (NotStartsWith ?? []).contains { value.hasPrefix($0) }
                || (NotEndsWith ?? []).contains { value.hasSuffix($0) }
        }
        return (isMatched || !positive) && !isRefused
    }
}
