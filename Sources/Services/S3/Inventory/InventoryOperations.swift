import Documents
import Kernel
import Store

extension S3Service {
    func registerInventory(in operations: inout Operations) {
        operations.on("PutBucketInventoryConfiguration", putBucketInventoryConfiguration)
        operations.on("GetBucketInventoryConfiguration") { (input: BucketConfigurationInput, context) in
            let document = try await configuration(.inventory, input, context)
            return GetBucketInventoryConfigurationOutput(
                configuration: try DocumentDecoder().decode(Shape.InventoryConfiguration.self, from: document))
        }
        operations.on("DeleteBucketInventoryConfiguration") { (input: BucketConfigurationInput, context) in
            try await removeConfiguration(.inventory, input, context)
        }
        operations.on("ListBucketInventoryConfigurations") { (input: ListBucketConfigurationsInput, context) in
            let page = try await configurations(.inventory, input, context)
            let found = try page.documents.map { try DocumentDecoder().decode(Shape.InventoryConfiguration.self, from: $0) }
            return ListBucketInventoryConfigurationsOutput(
                configurations: found, isTruncated: page.next != nil, continuationToken: input.continuationToken,
                nextContinuationToken: page.next)
        }
        operations.timer("inventory", inventoryDue)
        operations.delivery("inventory", deliverInventory)
    }

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html
    func putBucketInventoryConfiguration(
        _ input: PutBucketInventoryConfigurationInput, _ context: Context
    ) async throws -> Nothing {
        let configuration = input.configuration
        try InventoryRules.check(configuration)
        let source = try await settings(input.bucket, owner: input.expectedBucketOwner, context)
        let target = try await context.store.read {
            try buckets.record(InventoryRules.destination(configuration), in: $0)
        }
        guard let target else { throw S3Fault.invalidDestination("S3 Destination Bucket does not exist.") }
        guard target.region == source.region else {
            throw S3Fault.invalidDestination("Source and destination buckets must be in the same Region.")
        }
        if let account = configuration.destination.bucket.accountID, account != target.account {
            throw S3Fault.invalidDestination("The destination bucket is not owned by the account that is named.")
        }
        let document = try DocumentEncoder().encode(configuration)
        try await keep(
            .inventory, input.bucket, owner: input.expectedBucketOwner, id: input.id, document, context
        ) { bucket, transaction in
            let timer = InventoryTimer.next(bucket.name, configuration, after: context.now)
            guard configuration.isEnabled else { return try transaction.cancelTimer(Self.id, id: timer.id) }
            try transaction.schedule(timer, on: context.platform)
        }
        return Nothing()
    }
}

/// What inventory configurations must be.
enum InventoryRules {
    /// Fields about what Tarn does not have.
    private static let unbuilt: Set<String> = [
        "ObjectLockEventHoldStatus", "ObjectLockEventHoldDuration", "IntelligentTieringReferenceDate",
    ]

    static func check(_ configuration: Shape.InventoryConfiguration) throws {
        let destination = configuration.destination.bucket
        guard ["CSV", "ORC", "Parquet"].contains(destination.format),
            ["All", "Current"].contains(configuration.includedObjectVersions),
            ["Daily", "Weekly"].contains(configuration.schedule.frequency)
        else { throw S3Fault.malformedXML }
        guard ReplicationRules.bucketName(destination.bucket) != nil else {
            throw S3Fault.invalidArgument("Invalid bucket ARN.", name: "Bucket", value: destination.bucket)
        }
        if let encryption = destination.encryption, (encryption.sseS3 == nil) == (encryption.sseKMS == nil) {
            throw S3Fault.malformedXML
        }
        if (destination.prefix ?? "").utf8.count + Limit.inventoryNames > Limit.keySize {
            throw S3Fault.invalidArgument("The destination prefix is too long", name: "Prefix", value: destination.prefix ?? "")
        }
        var seen: Set<String> = []
        for name in configuration.optionalFields ?? [] {
            guard seen.insert(name).inserted else { throw S3Fault.malformedXML }
            if unbuilt.contains(name) { throw S3Fault.header(notImplemented: name) }
            guard InventoryField(rawValue: name)?.isOptional == true else { throw S3Fault.malformedXML }
        }
    }

    static func destination(_ configuration: Shape.InventoryConfiguration) -> String {
        ReplicationRules.bucketName(configuration.destination.bucket.bucket) ?? ""
    }
}

/// The timer of an inventory: daily at midnight UTC, weekly on Sundays.
enum InventoryTimer {
    static func id(_ bucket: String, _ id: String) -> String { "inventory \(bucket) \(id)" }

    static func next(_ bucket: String, _ configuration: Shape.InventoryConfiguration, after now: Timestamp) -> TimerRecord {
        var due = LifecyclePlan.midnight(from: Timestamp(microseconds: now.microseconds + 1))
        // 1 January 1970 was a Thursday.
        while configuration.schedule.frequency == "Weekly", (due.seconds / 86_400 + 4) % 7 != 0 { due = due + .seconds(86_400) }
        return TimerRecord(
            id: id(bucket, configuration.id), service: S3Service.id, name: "inventory", due: due,
            payload: ["bucket": .string(bucket), "id": .string(configuration.id)])
    }
}
