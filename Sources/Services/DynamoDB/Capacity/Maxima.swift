import Documents
import Kernel

/// What a table in on-demand mode may use at most, and what it is warm for: the two settings that stand beside provisioned
/// throughput (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html,
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html).
enum Maxima {
    /// `OnDemandThroughput`: -1 is no maximum, which is kept as 0.
    /// - Returns: what stands afterwards; nil for no maximum at all.
    static func read(_ given: Document?, _ present: Throughput?, isOnDemand: Bool) throws(DynamoDBFault) -> Throughput? {
        guard isOnDemand else {
            guard given == nil else {
                throw .validation(
                    "One or more parameter values were invalid: OnDemandThroughput can only be specified when BillingMode is PAY_PER_REQUEST"
                )
            }
            return nil
        }
        guard let given else { return present }
        var wanted = present ?? .none
        if let units = given["MaxReadRequestUnits"]?.integer { wanted.reads = try checked(units, "MaxReadRequestUnits") }
        if let units = given["MaxWriteRequestUnits"]?.integer { wanted.writes = try checked(units, "MaxWriteRequestUnits") }
        return wanted == .none ? nil : wanted
    }

    private static func checked(_ units: Int64, _ name: String) throws(DynamoDBFault) -> Int64 {
        guard units == -1 || units >= 1 else {
            throw .validation(
                "One or more parameter values were invalid: \(name) must be -1 or a value greater than or equal to 1")
        }
        return max(units, 0)
    }

    static func document(_ maxima: Throughput) -> Document {
        [
            "MaxReadRequestUnits": .integer(maxima.reads > 0 ? maxima.reads : -1),
            "MaxWriteRequestUnits": .integer(maxima.writes > 0 ? maxima.writes : -1),
        ]
    }
}

/// `WarmThroughput`. Every table is as warm as it gets here; the setting is kept and can only grow, as with AWS.
enum Warmth {
    /// What a new on-demand table is warm for.
    static let onDemand = Throughput(reads: 12_000, writes: 4_000)

    static func read(
        _ given: Document?, _ present: Throughput?, _ throughput: Throughput, isOnDemand: Bool, of resource: String
    ) throws(DynamoDBFault) -> Throughput? {
        guard let given else { return present }
        let current = now(present, throughput, isOnDemand: isOnDemand)
        let wanted = Throughput(
            reads: given["ReadUnitsPerSecond"]?.integer ?? current.reads,
            writes: given["WriteUnitsPerSecond"]?.integer ?? current.writes)
        for (name, units, least) in [
            ("ReadUnitsPerSecond", wanted.reads, current.reads), ("WriteUnitsPerSecond", wanted.writes, current.writes),
        ] where units < least {
            throw .validation(
                "One or more parameter values were invalid: Requested \(name) for WarmThroughput for \(resource) is lower than current WarmThroughput, decreasing WarmThroughput is not supported"
            )
        }
        return wanted
    }

    static func now(_ kept: Throughput?, _ throughput: Throughput, isOnDemand: Bool) -> Throughput {
        let least = isOnDemand ? onDemand : throughput
        return Throughput(reads: max(kept?.reads ?? 0, least.reads), writes: max(kept?.writes ?? 0, least.writes))
    }

    static func document(_ kept: Throughput?, _ throughput: Throughput, isOnDemand: Bool, status: String) -> Document {
        let warm = now(kept, throughput, isOnDemand: isOnDemand)
        return [
            "ReadUnitsPerSecond": .integer(warm.reads), "WriteUnitsPerSecond": .integer(warm.writes), "Status": .string(status),
        ]
    }
}

extension TableRecord {
    /// What a table, or a global index of it, may use in a second; 0 where nothing is counted.
    func limits(_ index: IndexRecord?) -> Throughput {
        guard isOnDemand else { return index?.throughput ?? throughput }
        return (index == nil ? maxima : index?.maxima) ?? .none
    }

    /// Whether anything is counted at all.
    var isLimited: Bool { !isOnDemand || maxima != nil || indexes.contains { $0.maxima != nil } }
}
