import Documents
import EventPatterns

/// A subscription's filter policy (https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html). Its
/// grammar is that of event patterns.
struct FilterPolicy: Sendable {
    private let pattern: EventPattern
    private let isOfBody: Bool

    /// - Parameter scope: `MessageAttributes`, which is the default, or `MessageBody`.
    /// - Throws: ``SNSFault/invalid(_:)``
    init(_ json: String, scope: String?) throws {
        isOfBody = scope == "MessageBody"
        guard json.utf8.count <= SNSLimit.filterPolicyBytes else {
            throw SNSFault.invalid("FilterPolicy: Filter policy exceeds max size of \(SNSLimit.filterPolicyBytes) bytes")
        }
        guard let document = try? JSON.parse(json) else { throw SNSFault.invalid("FilterPolicy: failed to parse JSON.") }
        guard let members = document.members else { throw SNSFault.invalid("FilterPolicy: Filter policy must be a JSON object") }
        if !isOfBody, members.contains(where: { Self.isNested($0.value) }) {
            throw SNSFault.invalid("FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy")
        }
        var tally = Tally()
        tally.count(document)
        guard tally.keys <= SNSLimit.filterKeys else {
            throw SNSFault.invalid("FilterPolicy: Filter policy can not have more than \(SNSLimit.filterKeys) keys")
        }
        guard tally.combinations <= SNSLimit.filterCombinations else {
            throw SNSFault.invalid("FilterPolicy: Filter policy is too complex")
        }
        do { pattern = try EventPattern(document) } catch { throw SNSFault.invalid("FilterPolicy: \(error.reason)") }
    }

    private static func isNested(_ value: Document) -> Bool {
        if case .map = value { return true }
        return false
    }

    /// Whether a message goes to the subscription.
    func passes(_ message: Notification, body: String) -> Bool {
        if isOfBody {
            guard let document = try? JSON.parse(body), case .map = document else { return false }
            return pattern.matches(document)
        }
        return pattern.matches(
            .map(
                Members(
                    uniqueKeysWithValues: message.attributes.compactMap { name, attribute in
                        attribute.filterValue.map { (name, $0) }
                    })))
    }

    /// Keys, and the product of how many values each has, times the depth of its key.
    private struct Tally {
        var keys = 0
        var combinations = 1

        mutating func count(_ value: Document, depth: Int = 1) {
            guard case .map(let members) = value else { return }
            for (name, value) in members {
                if name == "$or", let choices = value.list {
                    for choice in choices { count(choice, depth: depth) }
                    continue
                }
                if let list = value.list {
                    keys += 1
                    combinations = min(combinations * max(list.count * depth, 1), SNSLimit.filterCombinations + 1)
                } else {
                    count(value, depth: depth + 1)
                }
            }
        }
    }
}

extension MessageAttribute {
    /// The attribute as filter policies see it; binary ones they don't.
    var filterValue: Document? {
        guard let text else { return nil }
        switch kind {
        case "Number":
            if let whole = Int64(text) { return .integer(whole) }
            guard let number = Double(text) else { return nil }
            return Int64(exactly: number).map { .integer($0) } ?? .double(number)
        case "String.Array":
            guard let array = try? JSON.parse(text), case .list = array else { return .string(text) }
            return array
        default: return .string(text)
        }
    }
}
