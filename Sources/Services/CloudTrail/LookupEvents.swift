import Documents
import Kernel

/// The event history: management events of the last 90 days in one Region.
extension CloudTrailService {
    struct LookupEventsInput: Decodable, Sendable {
        struct Attribute: Decodable, Sendable {
            var AttributeKey: String
            var AttributeValue: String
        }
        var LookupAttributes: [Attribute]?
        var StartTime: Timestamp?
        var EndTime: Timestamp?
        var EventCategory: String?
        var MaxResults: Int?
        var NextToken: String?
    }

    struct LookupEventsOutput: Encodable, Sendable {
        struct Resource: Encodable, Sendable {
            var ResourceType: String
            var ResourceName: String
        }
        struct Event: Encodable, Sendable {
            var EventId: String?
            var EventName: String?
            var ReadOnly: String?
            var AccessKeyId: String?
            var EventTime: Timestamp
            var EventSource: String?
            var Username: String?
            var Resources: [Resource]
            var CloudTrailEvent: String
        }
        var Events: [Event]
        var NextToken: String?
    }

    private static let attributes: [String: AuditAttribute] = [
        "EventId": .eventID, "EventName": .eventName, "ReadOnly": .readOnly, "Username": .username,
        "ResourceType": .resourceType, "ResourceName": .resourceName, "EventSource": .eventSource, "AccessKeyId": .accessKeyID,
    ]

    func lookupEvents(_ input: LookupEventsInput, _ context: Context) async throws -> LookupEventsOutput {
        // Nobody watches for unusual rates here, so there are no Insights events.
        if input.EventCategory != nil { return LookupEventsOutput(Events: []) }
        var attribute: (kind: AuditAttribute, value: String)?
        if let wanted = input.LookupAttributes, let first = wanted.first {
            guard wanted.count == 1 else {
                throw CloudTrailFault.lookupAttributes("Only one lookup attribute can be specified.")
            }
            guard let kind = Self.attributes[first.AttributeKey] else {
                throw CloudTrailFault.lookupAttributes("Invalid attribute key: \(first.AttributeKey)")
            }
            attribute = (kind, kind == .readOnly ? first.AttributeValue.lowercased() : first.AttributeValue)
        }
        if let start = input.StartTime, let end = input.EndTime, start > end {
            throw CloudTrailFault.timeRange("The start time is after the end time.")
        }
        let oldest = context.now - AuditHistory.Limit.life
        // Events show whole seconds: the end's whole second belongs to the range.
        let end = input.EndTime.map { Timestamp(seconds: $0.seconds) + .microseconds(999_999) } ?? context.now + .seconds(1)
        let question = Self.question(input, context)
        let before = try input.NextToken.map { try Self.place($0, of: question) }
        await context.platform.audit.flush()
        let page = try await AuditHistory(context.platform).lookup(
            AuditHistory.Query(
                account: context.account, region: context.region, attribute: attribute,
                from: max(input.StartTime ?? oldest, oldest), to: end, before: before,
                limit: input.MaxResults ?? TrailLimit.lookupPage))
        return LookupEventsOutput(
            Events: try page.events.map { try Self.shape($0.entry) },
            NextToken: page.next.map { PageToken.write("\($0)", of: question) })
    }

    private static func shape(_ entry: AuditEntry) throws -> LookupEventsOutput.Event {
        let event = try JSON.parse(entry.event)
        let identity = event["userIdentity"]
        let resources = (event["resources"]?.list ?? []).compactMap { resource -> LookupEventsOutput.Resource? in
            guard let type = resource["type"]?.string, let arn = resource["ARN"]?.string else { return nil }
            return .init(ResourceType: type, ResourceName: AuditHistory.resourceName(arn))
        }
        return LookupEventsOutput.Event(
            EventId: event["eventID"]?.string, EventName: event["eventName"]?.string,
            ReadOnly: event["readOnly"]?.bool.map { $0 ? "true" : "false" }, AccessKeyId: identity?["accessKeyId"]?.string,
            EventTime: Timestamp(seconds: entry.time.seconds), EventSource: event["eventSource"]?.string,
            Username: username(identity), Resources: resources, CloudTrailEvent: String(decoding: entry.event, as: UTF8.self))
    }

    private static func username(_ identity: Document?) -> String? {
        switch identity?["type"]?.string {
        case "Root": "root"
        case "IAMUser": identity?["userName"]?.string
        case "AssumedRole", "FederatedUser":
            identity?["arn"]?.string?.split(separator: "/").last.map(String.init)
        default: nil
        }
    }

    // MARK: Continuation

    /// A token holds for the question it was given for, and no other.
    private static func question(_ input: LookupEventsInput, _ context: Context) -> String {
        let attributes = (input.LookupAttributes ?? []).map { "\($0.AttributeKey)=\($0.AttributeValue)" }.joined(separator: "&")
        return context.list(
            attributes, input.StartTime.map { "\($0.microseconds)" }, input.EndTime.map { "\($0.microseconds)" })
    }

    private static func place(_ token: String, of question: String) throws -> Int64 {
        guard let number = PageToken.name(token, of: question).flatMap({ Int64($0) }) else { throw CloudTrailFault.nextToken }
        return number
    }
}
