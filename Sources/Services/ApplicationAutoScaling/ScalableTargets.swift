import Documents
import Kernel
import Store

struct RegisterTargetInput: Codable, Sendable {
    var ServiceNamespace: String
    var ResourceId: String
    var ScalableDimension: String
    var MinCapacity: Int64?
    var MaxCapacity: Int64?
    var RoleARN: String?
    var SuspendedState: SuspendedState?
    var Tags: [String: String]?
}
struct RegisterTargetOutput: Codable, Sendable { var ScalableTargetARN: String }

struct PlaceInput: Codable, Sendable {
    var ServiceNamespace: String
    var ResourceId: String
    var ScalableDimension: String
}

struct DescribeTargetsInput: Codable, Sendable {
    var ServiceNamespace: String
    var ResourceIds: [String]?
    var ScalableDimension: String?
    var MaxResults: Int?
    var NextToken: String?
}
struct DescribeTargetsOutput: Codable, Sendable {
    var ScalableTargets: [Document]
    var NextToken: String?
}

extension ScalingPlace {
    private static let dimensions = ["ReadCapacityUnits", "WriteCapacityUnits"]

    /// - Throws: ``ScalingFault/validation(_:)`` for what can't be scaled here.
    init(_ namespace: String, _ resource: String, _ dimension: String, _ context: Context) throws(ScalingFault) {
        guard namespace == "dynamodb" else {
            throw .validation("Tarn does not implement scalable targets of the service namespace \(namespace) yet.")
        }
        let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
        let kind = parts.count == 2 ? "table" : "index"
        guard parts.count == 2 || parts.count == 4, parts[0] == "table", !parts[1].isEmpty, kind == "table" || parts[2] == "index"
        else { throw .validation("Unsupported resource ID format: \(resource)") }
        guard Self.dimensions.contains(where: { dimension == "dynamodb:\(kind):\($0)" }) else {
            throw .validation(
                "Unsupported service namespace, resource type or scalable dimension: \(namespace), \(resource), \(dimension)")
        }
        self.init(
            account: context.account, region: context.region, namespace: namespace, resource: resource, dimension: dimension)
    }

    var noTarget: ScalingFault {
        .objectNotFound(
            "No scalable target registered for service namespace: \(namespace), resource ID: \(resource), scalable dimension: \(dimension)"
        )
    }
}

/// RegisterScalableTarget, DeregisterScalableTarget, DescribeScalableTargets and tags.
extension ApplicationAutoScalingService {
    enum Limit {
        static let page = 50
        static let tags = 50
        /// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-quotas.html
        static let schedules = 200
        /// Activities that are kept of one target.
        static let activities = 100
    }

    func registerTarget(_ input: RegisterTargetInput, _ context: Context) async throws -> RegisterTargetOutput {
        let place = try ScalingPlace(input.ServiceNamespace, input.ResourceId, input.ScalableDimension, context)
        guard (input.Tags ?? [:]).count <= Limit.tags else {
            throw ScalingFault.validation("A scalable target can't have more than \(Limit.tags) tags")
        }
        let known = try await context.store.read { try $0.record(TargetRecord.self, place.target) }
        if known == nil {
            guard input.MinCapacity != nil, input.MaxCapacity != nil else {
                throw ScalingFault.validation("Both MinCapacity and MaxCapacity are required to register a new scalable target")
            }
        }
        let least = input.MinCapacity ?? known?.minimum ?? 1
        let most = input.MaxCapacity ?? known?.maximum ?? 1
        guard least <= most else { throw ScalingFault.validation("Maximum capacity cannot be less than minimum capacity") }
        guard least >= 1 else { throw ScalingFault.validation("Minimum capacity cannot be less than 1 for \(place.dimension)") }
        try await demandTable(place, context)
        try await ScalingRole.demand(context)
        let now = context.now
        let target = try await context.store.write { transaction in
            var target =
                try transaction.record(TargetRecord.self, place.target)
                ?? TargetRecord(
                    place: place, id: Hex.encode(Identifier.random(18)), minimum: least, maximum: most, created: now,
                    suspended: SuspendedState(), tags: [:])
            (target.minimum, target.maximum) = (least, most)
            if let suspended = input.SuspendedState { target.suspended = suspended }
            try target.tags.add(input.Tags ?? [:], of: target.arn)
            try transaction.put(place.target, target)
            return target
        }
        try await Tracking.holdWithinLimits(target, on: context.platform)
        return RegisterTargetOutput(ScalableTargetARN: target.arn)
    }

    /// Only what is there can be scaled.
    private func demandTable(_ place: ScalingPlace, _ context: Context) async throws {
        let table: Document
        do {
            table = try await context.callAsCaller("dynamodb", "DescribeTable", ["TableName": .string(place.table)]).output
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            throw ScalingFault.validation("DynamoDB table does not exist: \(place.resource)")
        }
        guard let index = place.index else { return }
        let indexes = table["Table"]?["GlobalSecondaryIndexes"]?.list ?? []
        guard indexes.contains(where: { $0["IndexName"]?.string == index }) else {
            throw ScalingFault.validation("DynamoDB index does not exist: \(place.resource)")
        }
    }

    func deregisterTarget(_ input: PlaceInput, _ context: Context) async throws -> Nothing {
        let place = try ScalingPlace(input.ServiceNamespace, input.ResourceId, input.ScalableDimension, context)
        try await context.store.write { transaction in
            guard try transaction.contains(place.target) else { throw place.noTarget }
            try transaction.delete(place.target)
            try transaction.deleteRange(from: place.policies, to: place.policies.rangeEnd)
            try transaction.removeSchedules(of: place)
        }
        context.platform.usage.unwatch(place.usage)
        return Nothing()
    }

    func describeTargets(_ input: DescribeTargetsInput, _ context: Context) async throws -> DescribeTargetsOutput {
        try Self.demandResource(input.ResourceIds?.first, for: input.ScalableDimension)
        let (found, next) = try await page(
            TargetRecord.self, .scalableTarget, input.ServiceNamespace, input.MaxResults, input.NextToken, context
        ) { target in
            (input.ResourceIds?.contains(target.place.resource) ?? true)
                && (input.ScalableDimension.map { $0 == target.place.dimension } ?? true)
        }
        return DescribeTargetsOutput(ScalableTargets: found.map(\.document), NextToken: next)
    }

    /// A page of records of one service namespace, in the order of their keys.
    func page<Record: Stored>(
        _ type: Record.Type, _ space: Space, _ namespace: String, _ limit: Int?, _ token: String?, _ context: Context,
        where matches: @Sendable (Record) -> Bool
    ) async throws -> ([Record], String?) {
        let prefix = ScalingPlace.prefix(space, context.account, context.region, namespace)
        let limit = limit ?? Limit.page
        guard (1...Limit.page).contains(limit) else {
            throw ScalingFault.validation("MaxResults must be between 1 and \(Limit.page)")
        }
        let page = try await context.store.read { snapshot in
            try snapshot.page(
                Record.self, prefix, after: token, limit: limit, of: context.list(namespace), refusing: ScalingFault.invalidToken
            ) {
                matches($0) ? $0 : nil
            }
        }
        return (page.items, page.next)
    }
}

struct ScalingTagInput: Codable, Sendable {
    var ResourceARN: String
    var Tags: [String: String]
}
struct ScalingUntagInput: Codable, Sendable {
    var ResourceARN: String
    var TagKeys: [String]
}
struct ScalingARNInput: Codable, Sendable { var ResourceARN: String }
struct ScalingTagsOutput: Codable, Sendable { var Tags: [String: String] }

extension ApplicationAutoScalingService {
    func tag(_ input: ScalingTagInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceARN, context) { try $0.add(input.Tags, of: input.ResourceARN) }
    }

    func untag(_ input: ScalingUntagInput, _ context: Context) async throws -> Nothing {
        try await changeTags(input.ResourceARN, context) { $0.removeTags(input.TagKeys) }
    }

    func listTags(_ input: ScalingARNInput, _ context: Context) async throws -> ScalingTagsOutput {
        guard let target = try await Self.target(input.ResourceARN, in: context.store) else {
            throw ScalingFault.resourceNotFound(input.ResourceARN)
        }
        return ScalingTagsOutput(Tags: target.tags)
    }

    private func changeTags(
        _ arn: String, _ context: Context, _ change: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws -> Nothing {
        guard let place = try await Self.target(arn, in: context.store)?.place else { throw ScalingFault.resourceNotFound(arn) }
        try await context.store.write { transaction in
            guard var target = try transaction.record(TargetRecord.self, place.target) else {
                throw ScalingFault.resourceNotFound(arn)
            }
            try change(&target.tags)
            try transaction.put(place.target, target)
        }
        return Nothing()
    }
}

extension [String: String] {
    /// - Throws: ``ScalingFault``
    fileprivate mutating func add(_ tags: [String: String], of arn: String) throws {
        try addTags(tags, limit: ApplicationAutoScalingService.Limit.tags) { flaw -> ScalingFault? in
            switch flaw {
            case .tooMany: .tooManyTags(arn)
            case .lookAlike(let key): .validation(TagFlaw.lookAlikeText(key))
            case .repeated, .reserved: nil
            }
        }
    }
}
