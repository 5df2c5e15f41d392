import Documents
import Kernel
import Store

/// A configuration of which a bucket can have many, each under an id.
struct BucketConfigurationRecord: Stored, Hashable {
    static let tag: UInt8 = 1

    enum Kind: String, Codable, Sendable {
        case inventory
        case metrics
        case analytics
        case intelligentTiering = "intelligent-tiering"
    }

    var kind: Kind
    var id: String
    /// In the API model's form.
    var document: Document

    static func all(_ bucket: String) -> Key { Key(.s3Configuration, .text(bucket)) }
    static func all(_ kind: Kind, _ bucket: String) -> Key { all(bucket).appending(.text(kind.rawValue)) }
    static func key(_ kind: Kind, _ bucket: String, _ id: String) -> Key { all(kind, bucket).appending(.text(id)) }
}

/// A page of a bucket's configurations.
struct ConfigurationPage: Sendable {
    var documents: [Document] = []
    var next: String?
}

extension S3Service {
    /// Keeps a configuration in place of one with its id.
    /// - Parameter also: further changes of the transaction.
    func keep(
        _ kind: BucketConfigurationRecord.Kind, _ bucket: String, owner: String?, id: String, _ document: Document,
        _ context: Context, also: @escaping @Sendable (BucketRecord, Transaction) throws -> Void = { _, _ in }
    ) async throws {
        guard !id.isEmpty, id.utf8.count <= Limit.configurationID, id.utf8.allSatisfy(ConfigurationRules.isIDByte) else {
            throw S3Fault.invalidArgument("The specified configuration id is not valid", name: "id", value: id)
        }
        guard document["Id"]?.string == id else {
            throw S3Fault.invalidArgument("The id of the request is not that of the configuration", name: "id", value: id)
        }
        try await context.store.write { transaction in
            let bucket = try requiredBucket(bucket, owner: owner, in: transaction)
            let key = BucketConfigurationRecord.key(kind, bucket.name, id)
            if try !transaction.contains(key) {
                let count = try transaction.count(BucketConfigurationRecord.all(kind, bucket.name), limit: Limit.configurations)
                guard count < Limit.configurations else { throw S3Fault.tooManyConfigurations }
            }
            try transaction.put(key, BucketConfigurationRecord(kind: kind, id: id, document: document))
            try also(bucket, transaction)
        }
    }

    /// - Throws: ``S3Fault/noConfiguration``.
    func configuration(_ kind: BucketConfigurationRecord.Kind, _ input: BucketConfigurationInput, _ context: Context) async throws
        -> Document
    {
        try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            let key = BucketConfigurationRecord.key(kind, bucket.name, input.id)
            guard let record = try snapshot.record(BucketConfigurationRecord.self, key) else { throw S3Fault.noConfiguration }
            return record.document
        }
    }

    func removeConfiguration(
        _ kind: BucketConfigurationRecord.Kind, _ input: BucketConfigurationInput, _ context: Context
    ) async throws -> Nothing {
        try await context.store.write { transaction in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: transaction)
            let key = BucketConfigurationRecord.key(kind, bucket.name, input.id)
            guard try transaction.contains(key) else { throw S3Fault.noConfiguration }
            try transaction.delete(key)
            if kind == .inventory { try transaction.cancelTimer(Self.id, id: InventoryTimer.id(bucket.name, input.id)) }
        }
        return Nothing()
    }

    func configurations(
        _ kind: BucketConfigurationRecord.Kind, _ input: ListBucketConfigurationsInput, _ context: Context
    ) async throws -> ConfigurationPage {
        let after = try input.continuationToken.map { try ListingToken.decode($0) }
        return try await context.store.read { snapshot in
            let bucket = try requiredBucket(input.bucket, owner: input.expectedBucketOwner, in: snapshot)
            var page = ConfigurationPage()
            var last = ""
            try snapshot.records(
                BucketConfigurationRecord.self, BucketConfigurationRecord.all(kind, bucket.name),
                after: after.map { BucketConfigurationRecord.key(kind, bucket.name, $0) }
            ) { _, record in
                guard page.documents.count < Limit.configurationPage else {
                    page.next = ListingToken.encode(last)
                    return false
                }
                page.documents.append(record.document)
                last = record.id
                return true
            }
            return page
        }
    }

    /// With its bucket go its configurations and the timers of its inventories.
    func removeConfigurations(of bucket: String, _ transaction: Transaction) throws {
        let all = BucketConfigurationRecord.all(bucket)
        let inventories = try transaction.all(BucketConfigurationRecord.self, all) { $0.kind == .inventory }.map(\.id)
        for id in inventories { try transaction.cancelTimer(Self.id, id: InventoryTimer.id(bucket, id)) }
        try transaction.deleteRange(from: all, to: all.rangeEnd)
    }
}
