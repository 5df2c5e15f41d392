import Crypto
import Documents
import Kernel
import Store

/// Encryption under a customer's or DynamoDB's own KMS key
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html). Requests ask KMS in their
/// callers' names; DynamoDB's own work uses the grant that was made with the table.
enum TableEncryption {
    static let principal = "dynamodb.amazonaws.com"
    private static let grantName = "dynamodb-table"
    private static let managedKey: Document = "alias/aws/dynamodb"
    /// More than the tables that one request can touch.
    private static let attempts = 110

    /// A new data key for a table, if `encryption` asks for KMS.
    /// - Throws: ``AWSError`` with the reason why the key can't be used.
    static func makeKey(_ encryption: Document?, _ name: TableName, _ context: Context) async throws -> DataKeyRecord? {
        guard let encryption, encryption["Enabled"]?.bool == true else { return nil }
        guard encryption["SSEType"]?.string ?? "KMS" == "KMS" else {
            throw DynamoDBFault.validation("One or more parameter values were invalid: SSEType must be KMS")
        }
        var record = DataKeyRecord(
            id: Hex.encode(Identifier.random(16)), account: name.account, region: name.region, table: name.name, keyARN: "",
            wrapped: [])
        let made = try await kms(
            "GenerateDataKey",
            [
                "KeyId": encryption["KMSMasterKeyId"] ?? managedKey, "KeySpec": "AES_256",
                "EncryptionContext": record.encryptionContext,
            ], name.region, context)
        try record.take(made)
        try await grant(record, context)
        return record
    }

    /// The same data key under another KMS key.
    static func rewrap(_ sealing: Sealing, _ encryption: Document, _ name: TableName, _ context: Context) async throws
        -> DataKeyRecord
    {
        var record = try await record(sealing.id, context.platform)
        let wanted = encryption["KMSMasterKeyId"] ?? managedKey
        let found = try await kms("DescribeKey", ["KeyId": wanted], name.region, context)
        guard found["KeyMetadata"]?["Arn"]?.string != record.keyARN else { throw alreadyUnder }
        let changed = try await kms(
            "ReEncrypt",
            [
                "CiphertextBlob": .blob(record.wrapped), "SourceKeyId": .string(record.keyARN),
                "SourceEncryptionContext": record.encryptionContext, "DestinationEncryptionContext": record.encryptionContext,
                "DestinationKeyId": wanted,
            ], name.region, context)
        try record.take(changed)
        try await grant(record, context)
        return record
    }

    private static let alreadyUnder = DynamoDBFault.validation(
        "One or more parameter values were invalid: Table is already encrypted with given KMSMasterKeyId. "
            + "Use KMSMasterKeyId parameter if you want to change Master Key")

    /// DynamoDB's own work on the table goes on by this grant.
    private static func grant(_ record: DataKeyRecord, _ context: Context) async throws {
        _ = try await kms(
            "CreateGrant",
            [
                "KeyId": .string(record.keyARN), "Name": .string(grantName), "GranteePrincipal": .string(principal),
                "RetiringPrincipal": .string(principal), "Operations": ["Decrypt", "Encrypt", "GenerateDataKey", "DescribeKey"],
                "Constraints": ["EncryptionContextSubset": record.encryptionContext],
            ], record.region, context)
    }

    /// Runs `body`, and again with the data keys that it turns out to need.
    static func unlocked<Result: Sendable>(
        _ keys: TableKeys, _ context: Context, _ body: () async throws -> Result
    ) async throws -> Result {
        for _ in 0..<Self.attempts {
            do { return try await body() } catch let need as NeedsDataKey {
                let record = try await record(need.id, context.platform)
                guard !need.isOwnWork else {
                    try await open(record, keys, context.platform)
                    continue
                }
                let answer = try await kms("Decrypt", record.decryption, record.region, context)
                keys.keep(try plain(answer), need.id, for: context.caller.keyUser, at: context.now)
            }
        }
        throw StoreError.corrupt("a data key that does not stay")
    }

    /// The same for DynamoDB's own work.
    static func unlocked<Result: Sendable>(
        _ keys: TableKeys, _ platform: Platform, _ body: () async throws -> Result
    ) async throws -> Result {
        keys.forget(before: platform.clock.now())
        for _ in 0..<Self.attempts {
            do { return try await body() } catch let need as NeedsDataKey {
                try await open(try await record(need.id, platform), keys, platform)
            }
        }
        throw StoreError.corrupt("a data key that does not stay")
    }

    /// Has a data key unwrapped by the grant that was made with it.
    private static func open(_ record: DataKeyRecord, _ keys: TableKeys, _ platform: Platform) async throws {
        let source = "arn:aws:dynamodb:\(record.region):\(record.account):table/\(record.table)"
        let caller = Caller.service(principal, account: record.account, sourceARN: source)
        let answer = try await platform.call(
            Call("kms", "Decrypt", .map(record.decryption), caller: caller, region: record.region)
        ).output
        keys.keep(try plain(answer), record.id, for: nil, at: platform.clock.now())
    }

    private static func record(_ id: String, _ platform: Platform) async throws -> DataKeyRecord {
        guard let record = try await platform.store.read({ try $0.record(DataKeyRecord.self, DataKeyRecord.key(id)) }) else {
            throw StoreError.corrupt("data key \(id)")
        }
        return record
    }

    private static func plain(_ answer: Document) throws -> SymmetricKey {
        guard let plain = answer["Plaintext"]?.blob, plain.count == 32 else {
            throw StoreError.corrupt("the answer of kms:Decrypt")
        }
        return SymmetricKey(data: plain)
    }

    /// Asks KMS in the caller's name, and says its refusals as DynamoDB does.
    private static func kms(
        _ operation: String, _ input: Members, _ region: String, _ context: Context
    ) async throws -> Document {
        var context = context
        context.region = region
        // Whichever of the two services reads the items, it is DynamoDB that KMS sees.
        context.service = DynamoDBService.id
        do { return try await context.callAsCaller("kms", operation, .map(input)).output } catch let error as AWSError {
            let what: String
            switch error.code {
            case "AccessDeniedException": what = "KMS key access denied error"
            case "DisabledException": what = "KMS key disabled error"
            case "NotFoundException", "InvalidArnException": what = "KMS key not found error"
            case "KMSInvalidStateException", "KeyUnavailableException", "InvalidKeyUsageException":
                what = "KMS key in invalid state error"
            default: throw error
            }
            throw AWSError("AccessDeniedException", 400, "\(what): \(error.message)")
        }
    }
}

extension DataKeyRecord {
    /// What KMS answered to GenerateDataKey or ReEncrypt.
    fileprivate mutating func take(_ answer: Document) throws {
        guard let wrapped = answer["CiphertextBlob"]?.blob, let arn = answer["KeyId"]?.string else {
            throw StoreError.corrupt("a data key of KMS's")
        }
        (self.wrapped, keyARN) = (wrapped, arn)
    }

    fileprivate var decryption: Members {
        ["CiphertextBlob": .blob(wrapped), "KeyId": .string(keyARN), "EncryptionContext": encryptionContext]
    }
}

extension DynamoDBService {
    func unlocked<Result: Sendable>(_ context: Context, _ body: () async throws -> Result) async throws -> Result {
        try await TableEncryption.unlocked(tables.keys, context, body)
    }

    /// For DynamoDB's own work.
    func unlocked<Result: Sendable>(_ platform: Platform, _ body: () async throws -> Result) async throws -> Result {
        try await TableEncryption.unlocked(tables.keys, platform, body)
    }

    /// A step of DynamoDB's own work, with the data keys that it needs.
    func sealedWrite<Result: Sendable>(
        _ platform: Platform, _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await unlocked(platform) { try await platform.store.write(body) }
    }

    /// Seals what was in a table before it was encrypted, or opens it again. What is written meanwhile is as it should be.
    /// Older records of the stream, the history and backups stay as they were made.
    func sealItems(_ delivery: Delivery, _ platform: Platform) async throws {
        guard let name = TableName(delivery.payload), let storage = delivery.payload["storage"]?.string else { return }
        let tables = tables
        for prefix in [TableKey.items(storage), TableKey.indexes(storage)] {
            var after: Key?
            repeat {
                let start = after
                after = try await sealedWrite(platform) { transaction -> Key? in
                    guard let table = try tables.find(name, in: transaction), table.storage == storage else { return nil }
                    var rows: [(Key, [UInt8])] = []
                    try transaction.scan(prefix, after: start, limit: TableWork.Limit.batch) { row, bytes in
                        rows.append((row, bytes))
                        return true
                    }
                    for (row, bytes) in rows where try ItemCoding.sealedHead(bytes)?.id != table.sealing?.id {
                        let changed = try table.seal(try table.open(bytes), size: try ItemCoding.size(bytes))
                        try transaction.put(row, changed)
                    }
                    return rows.count == TableWork.Limit.batch ? rows.last?.0 : nil
                }
            } while after != nil
        }
    }
}

extension TableRecord {
    /// Its rows rest under this data key from now on; nil for none.
    mutating func rest(under dataKey: DataKeyRecord?, in transaction: any Transaction) throws {
        guard let dataKey else { return }
        try transaction.put(DataKeyRecord.key(dataKey.id), dataKey)
        sealing = Sealing(id: dataKey.id, keyARN: dataKey.keyARN)
    }

    /// UpdateTable's `SSESpecification`.
    /// - Parameter dataKey: a new one, the present one under another KMS key, or nil for none of KMS's.
    mutating func changeSealing(_ dataKey: DataKeyRecord?, in transaction: any Transaction, on platform: Platform) throws {
        let before = sealing?.id
        if before != nil, dataKey == nil { (sealing, wasSealed) = (nil, true) }
        try rest(under: dataKey, in: transaction)
        if sealing?.id != before { try TableWork.enqueue(TableWork.sealing, self, in: transaction, on: platform) }
    }
}
