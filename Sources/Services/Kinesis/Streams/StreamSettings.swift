import Documents
import Kernel

/// Retention, capacity mode, the largest record, and shard-level metrics.
extension KinesisService {
    struct RetentionInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var RetentionPeriodHours: Int
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_IncreaseStreamRetentionPeriod.html
    func increaseRetention(_ input: RetentionInput, _ context: Context) async throws -> Nothing {
        try await setRetention(input, context) { hours, present in
            guard hours <= KinesisLimit.retentionHoursMax else { throw Self.tooLong(hours) }
            guard hours >= present else {
                throw KinesisFault.invalid(
                    "Requested retention period (\(hours) hours) for stream \(input.StreamName ?? input.StreamARN ?? "") can not be "
                        + "shorter than existing retention period (\(present) hours). Use DecreaseRetentionPeriod API.")
            }
        }
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DecreaseStreamRetentionPeriod.html
    func decreaseRetention(_ input: RetentionInput, _ context: Context) async throws -> Nothing {
        try await setRetention(input, context) { hours, present in
            guard hours >= KinesisLimit.retentionHours else {
                throw KinesisFault.invalid(
                    "Minimum allowed retention period is \(KinesisLimit.retentionHours) hours. Requested retention period "
                        + "(\(hours) hours) is too short.")
            }
            guard hours <= present else {
                throw KinesisFault.invalid(
                    "Requested retention period (\(hours) hours) for stream \(input.StreamName ?? input.StreamARN ?? "") can not be "
                        + "longer than existing retention period (\(present) hours). Use IncreaseRetentionPeriod API.")
            }
        }
    }

    private static func tooLong(_ hours: Int) -> KinesisFault {
        .invalid(
            "Maximum allowed retention period is \(KinesisLimit.retentionHoursMax) hours. Requested retention period "
                + "(\(hours) hours) is too long.")
    }

    private func setRetention(
        _ input: RetentionInput, _ context: Context, _ check: @escaping @Sendable (_ hours: Int, _ present: Int) throws -> Void
    ) async throws -> Nothing {
        let live = try await stream(input.StreamName, input.StreamARN, context)
        try await change(live, context) { record, _ in
            try record.demandActive(context.now)
            try check(input.RetentionPeriodHours, record.retentionHours)
            record.retentionHours = input.RetentionPeriodHours
            record.begin(.updating, context.now)
        }
        return Nothing()
    }

    struct UpdateModeInput: Codable, Sendable {
        var StreamARN: String
        var StreamModeDetails: ModeInput
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamMode.html
    func updateMode(_ input: UpdateModeInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(nil, input.StreamARN, context)
        try await change(live, context) { record, transaction in
            try record.demandActive(context.now)
            let isOnDemand = input.StreamModeDetails.StreamMode == "ON_DEMAND"
            guard isOnDemand != record.isOnDemand else { return }
            let shards = isOnDemand ? 0 : record.shards.count(where: \.isOpen)
            try Self.demandRoom(for: shards, isOnDemand: isOnDemand, record.place, transaction, context.now)
            record.isOnDemand = isOnDemand
            record.begin(.updating, context.now)
        }
        return Nothing()
    }

    struct MaxRecordInput: Codable, Sendable {
        var StreamARN: String?
        var MaxRecordSizeInKiB: Int
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html
    func updateMaxRecordSize(_ input: MaxRecordInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(nil, input.StreamARN, context)
        try await change(live, context) { record, _ in
            try record.demandActive(context.now)
            record.maxRecordKiB = input.MaxRecordSizeInKiB
            record.begin(.updating, context.now)
        }
        return Nothing()
    }

    struct MonitoringInput: Codable, Sendable {
        var StreamName: String?
        var StreamARN: String?
        var ShardLevelMetrics: [String]
    }
    struct MonitoringOutput: Codable, Sendable {
        var StreamName: String
        var StreamARN: String
        var CurrentShardLevelMetrics: [String]
        var DesiredShardLevelMetrics: [String]
    }

    private static let metrics = [
        "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords", "WriteProvisionedThroughputExceeded",
        "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds",
    ]

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_EnableEnhancedMonitoring.html
    func enableMonitoring(_ input: MonitoringInput, _ context: Context) async throws -> MonitoringOutput {
        try await setMonitoring(input, context) { $0.union($1) }
    }

    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DisableEnhancedMonitoring.html
    func disableMonitoring(_ input: MonitoringInput, _ context: Context) async throws -> MonitoringOutput {
        try await setMonitoring(input, context) { $0.subtracting($1) }
    }

    private func setMonitoring(
        _ input: MonitoringInput, _ context: Context, _ combine: @escaping @Sendable (Set<String>, Set<String>) -> Set<String>
    ) async throws -> MonitoringOutput {
        let live = try await stream(input.StreamName, input.StreamARN, context)
        let asked = Set(input.ShardLevelMetrics.contains("ALL") ? Self.metrics : input.ShardLevelMetrics)
        return try await change(live, context) { record, _ in
            try record.demandActive(context.now)
            let before = record.metrics
            let wanted = combine(Set(before), asked)
            record.metrics = Self.metrics.filter(wanted.contains)
            record.begin(.updating, context.now)
            return MonitoringOutput(
                StreamName: record.name, StreamARN: record.arn, CurrentShardLevelMetrics: before,
                DesiredShardLevelMetrics: record.metrics)
        }
    }
}
