import Documents
import Kernel
import Store

struct EventSelector: Codable, Sendable, Hashable {
    struct DataResource: Codable, Sendable, Hashable {
        var `Type`: String?
        var Values: [String]?
    }
    var ReadWriteType: String?
    var IncludeManagementEvents: Bool?
    var DataResources: [DataResource]?
    var ExcludeManagementEventSources: [String]?

    /// What a trail without selectors logs: all management events.
    static let usual = EventSelector(
        ReadWriteType: "All", IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [])

    /// With the defaults written out.
    var whole: EventSelector {
        EventSelector(
            ReadWriteType: ReadWriteType ?? "All", IncludeManagementEvents: IncludeManagementEvents ?? true,
            DataResources: DataResources ?? [], ExcludeManagementEventSources: ExcludeManagementEventSources ?? [])
    }
}

struct AdvancedEventSelector: Codable, Sendable, Hashable {
    var Name: String?
    var FieldSelectors: [FieldSelector]

    var category: String? { FieldSelectors.first { $0.Field == "eventCategory" }?.Equals?.first }
}

struct FieldSelector: Codable, Sendable, Hashable {
    var Field: String
    var Equals: [String]?
    var StartsWith: [String]?
    var EndsWith: [String]?
    var NotEquals: [String]?
    var NotStartsWith: [String]?
    var NotEndsWith: [String]?

    var all: [[String]] { [Equals, StartsWith, EndsWith, NotEquals, NotStartsWith, NotEndsWith].map { $0 ?? [] } }
}

/// What a trail selects.
extension CloudTrailService {
    struct PutEventSelectorsInput: Decodable, Sendable {
        var TrailName: String
        var EventSelectors: [EventSelector]?
        var AdvancedEventSelectors: [AdvancedEventSelector]?
    }
    struct EventSelectorsOutput: Encodable, Sendable {
        var TrailARN: String
        var EventSelectors: [EventSelector]?
        var AdvancedEventSelectors: [AdvancedEventSelector]?
    }

    func putEventSelectors(_ input: PutEventSelectorsInput, _ context: Context) async throws -> EventSelectorsOutput {
        let trail = try await owned(input.TrailName, context)
        let basic = input.EventSelectors.map { $0.map(\.whole) }
        let advanced = input.AdvancedEventSelectors
        switch (basic, advanced) {
        case (let basic?, nil) where !basic.isEmpty: try Self.check(basic)
        case (nil, let advanced?) where !advanced.isEmpty: try Self.check(advanced)
        default:
            throw CloudTrailFault.selectors("Give either EventSelectors or AdvancedEventSelectors, and one selector at least.")
        }
        let made = try await context.store.write { transaction in
            var trail = try transaction.trail(trail, context.account)
            (trail.selectors, trail.advanced) = (basic, advanced)
            try transaction.put(trail.key, trail)
            return trail
        }
        try await taps.reload(context.platform)
        return EventSelectorsOutput(TrailARN: made.arn, EventSelectors: made.selectors, AdvancedEventSelectors: made.advanced)
    }

    struct TrailNameInput: Decodable, Sendable { var TrailName: String }

    func getEventSelectors(_ input: TrailNameInput, _ context: Context) async throws -> EventSelectorsOutput {
        let trail = try await find(input.TrailName, context)
        let basic = trail.advanced == nil ? trail.selectors ?? [.usual] : nil
        return EventSelectorsOutput(TrailARN: trail.arn, EventSelectors: basic, AdvancedEventSelectors: trail.advanced)
    }

    struct InsightSelectorsInput: Decodable, Sendable { var TrailName: String? }
    struct InsightSelector: Codable, Sendable { var InsightType: String? }
    struct InsightSelectorsOutput: Encodable, Sendable {
        var TrailARN: String?
        var InsightSelectors: [InsightSelector]?
    }
    func putInsightSelectors(_ input: InsightSelectorsInput, _ context: Context) async throws -> InsightSelectorsOutput {
        let name = try Self.trailName(input)
        return InsightSelectorsOutput(TrailARN: try await owned(name, context).arn, InsightSelectors: [])
    }

    /// No trail has any.
    func getInsightSelectors(_ input: InsightSelectorsInput, _ context: Context) async throws -> InsightSelectorsOutput {
        throw CloudTrailFault.noInsights(try await find(try Self.trailName(input), context).arn)
    }

    private static func trailName(_ input: InsightSelectorsInput) throws -> String {
        guard let name = input.TrailName else { throw CloudTrailFault.combination("Specify either TrailName or EventDataStore.") }
        return name
    }

    /// What basic selectors can choose by.
    private static let basicTypes: [String: String] = [
        "AWS::S3::Object": "arn:aws:s3", "AWS::Lambda::Function": "arn:aws:lambda", "AWS::DynamoDB::Table": "arn:aws:dynamodb",
    ]
    private static let excludable: Set<String> = ["kms.amazonaws.com", "rdsdata.amazonaws.com"]

    private static func check(_ selectors: [EventSelector]) throws {
        guard selectors.count <= TrailLimit.eventSelectors else {
            throw CloudTrailFault.selectors("The number of event selectors exceeds \(TrailLimit.eventSelectors).")
        }
        var count = 0
        for selector in selectors {
            for resource in selector.DataResources ?? [] {
                guard let type = resource.Type, let start = basicTypes[type] else {
                    throw CloudTrailFault.selectors("Invalid data resource type: \(resource.Type ?? "")")
                }
                for value in resource.Values ?? [] {
                    guard value == start || value.hasPrefix(start + ":") else {
                        throw CloudTrailFault.selectors("Value \(value) for DataResources.Values is invalid.")
                    }
                }
                count += resource.Values?.count ?? 0
            }
            for source in selector.ExcludeManagementEventSources ?? [] where !excludable.contains(source) {
                throw CloudTrailFault.selectors("Value \(source) for ExcludeManagementEventSources is invalid.")
            }
            guard selector.IncludeManagementEvents != false || !(selector.DataResources ?? []).isEmpty else {
                throw CloudTrailFault.selectors("An event selector must include management events or data resources.")
            }
        }
        guard count <= TrailLimit.dataResources else {
            throw CloudTrailFault.selectors("The number of data resources exceeds \(TrailLimit.dataResources).")
        }
    }

    private static let fields: [String: Set<String>] = [
        "Management": [
            "eventCategory", "readOnly", "eventSource", "eventName", "eventType", "sessionCredentialFromConsole",
            "userIdentity.arn",
        ],
        "Data": [
            "eventCategory", "readOnly", "eventSource", "eventName", "eventType", "resources.type", "resources.ARN",
            "sessionCredentialFromConsole", "userIdentity.arn",
        ],
    ]

    /// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
    private static func check(_ selectors: [AdvancedEventSelector]) throws {
        var count = 0
        for selector in selectors {
            guard let category = selector.category else {
                throw CloudTrailFault.selectors("An advanced event selector must have eventCategory with Equals.")
            }
            if category == "NetworkActivity" { throw CloudTrailFault.notBuilt("network activity events") }
            guard let known = fields[category] else {
                throw CloudTrailFault.selectors("Value \(category) for eventCategory is invalid.")
            }
            var seen: Set<String> = []
            for field in selector.FieldSelectors {
                guard known.contains(field.Field) else {
                    throw CloudTrailFault.selectors("Field \(field.Field) is invalid for \(category) events.")
                }
                guard seen.insert(field.Field).inserted else {
                    throw CloudTrailFault.selectors("Field \(field.Field) is given more than once.")
                }
                let values = field.all.reduce(0) { $0 + $1.count }
                guard values > 0 else { throw CloudTrailFault.selectors("Field \(field.Field) has no value.") }
                let isExact = ["eventCategory", "readOnly", "resources.type"].contains(field.Field)
                guard !isExact || (field.Equals?.count == 1 && values == 1) else {
                    throw CloudTrailFault.selectors("Field \(field.Field) takes Equals with one value.")
                }
                if field.Field == "resources.type", let type = field.Equals?.first, !AuditFacts.dataTypes.contains(type) {
                    throw CloudTrailFault.notBuilt("data events of the type \(type)")
                }
                if field.Field == "readOnly", !["true", "false"].contains(field.Equals?.first ?? "") {
                    throw CloudTrailFault.selectors("Field readOnly takes true or false.")
                }
                count += values
            }
            guard category != "Data" || seen.contains("resources.type") else {
                throw CloudTrailFault.selectors("A selector of data events must have resources.type.")
            }
        }
        guard count <= TrailLimit.conditions else {
            throw CloudTrailFault.selectors("The number of values exceeds \(TrailLimit.conditions).")
        }
    }
}
