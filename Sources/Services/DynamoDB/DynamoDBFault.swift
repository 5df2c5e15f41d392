import Documents
import Kernel

/// What DynamoDB and DynamoDB Streams refuse with.
enum DynamoDBFault: Fault, Equatable {
    /// `ValidationException` with AWS's text.
    case validation(String)
    case emptyAttributeValue, severalTypes, tooDeep
    case notANumber(String), tooManyDigits, numberOverflow, numberUnderflow
    case itemTooLarge, updatedItemTooLarge
    case keyMismatch
    case replicaExists(String)
    /// An empty string or binary where a key stands; the type is `string` or `binary`.
    case emptyKey(type: String, name: String)
    case emptyIndexKey(type: String, name: String, index: String)
    case emptyIndexKeyUpdate(type: String)
    case missingKey(String)
    case tableNotFound
    case namedTableNotFound(String)
    case resourceNotFound(String)
    case tableExists(String)
    case resourceInUse(String)
    case deletionProtected
    case conditionFailed(item: Document?)
    case transactionCancelled([CancellationReason])
    case idempotentParameterMismatch
    case expiredIterator(String)
    case trimmedData(String)
    case limitExceeded(String)
    case throughputExceeded(ThroughputExcess)
    /// Of a global table of version 2017.11.29.
    case globalIndexNotFound(String)
    case indexNotFound(String)
    case backupNotFound(String)
    case backupInUse(String)
    case continuousBackupsUnavailable
    case tableNotNamed(String)
    case invalidRestoreTime
    case targetTableExists(String)
    case exportNotFound(String)
    case exportConflict
    case invalidExportTime
    case pointInTimeRecoveryOff(String)
    case policyNotFound(String)
    case policyRevisionMismatch
    case duplicateItem
    case replicaNotFound
    case importNotFound(String)
    case importConflict
    case globalTableNotFound(String)
    case collectionTooLarge
    case globalTableExists(String)
    case replicaThere
    case replicaNotThere

    struct CancellationReason: Equatable, Sendable {
        var code: String
        var message: String?
        var item: Document?
    }

    var wire: AWSError {
        switch self {
        case .validation(let message): Self.invalid(message)
        case .emptyAttributeValue:
            Self.invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
        case .severalTypes:
            Self.invalid(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
        case .replicaExists(let name):
            Self.invalid(
                "Failed to create a the new replica of table with name: '\(name)' because one or more replicas already existed as tables."
            )
        case .emptyKey(let type, let name):
            Self.invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty \(type) value. Key: \(name)"
            )
        case .emptyIndexKey(let type, let name, let index):
            Self.invalid(
                "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty \(type) value. IndexName: \(index), IndexKey: \(name)"
            )
        case .emptyIndexKeyUpdate(let type):
            Self.invalid(
                "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty \(type) value."
            )
        case .tooDeep:
            Self.invalid(
                "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
        case .notANumber(let text):
            Self.invalid("The parameter cannot be converted to a numeric value" + (text.isEmpty ? "" : ": \(text)"))
        case .tooManyDigits: Self.invalid("Attempting to store more than 38 significant digits in a Number")
        case .numberOverflow:
            Self.invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
        case .numberUnderflow:
            Self.invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
        case .itemTooLarge: Self.invalid("Item size has exceeded the maximum allowed size")
        case .updatedItemTooLarge: Self.invalid("Item size to update has exceeded the maximum allowed size")
        case .keyMismatch: Self.invalid("The provided key element does not match the schema")
        case .missingKey(let name): Self.invalid("One or more parameter values were invalid: Missing the key \(name) in the item")
        case .tableNotFound: AWSError("ResourceNotFoundException", 400, "Requested resource not found")
        case .namedTableNotFound(let name):
            AWSError("ResourceNotFoundException", 400, "Requested resource not found: Table: \(name) not found")
        case .resourceNotFound(let message): AWSError("ResourceNotFoundException", 400, message)
        case .tableExists(let name): AWSError("ResourceInUseException", 400, "Table already exists: \(name)")
        case .resourceInUse(let message): AWSError("ResourceInUseException", 400, message)
        case .deletionProtected:
            Self.invalid(
                "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
        case .conditionFailed(let item):
            AWSError(
                "ConditionalCheckFailedException", 400, "The conditional request failed",
                fields: item.map { ["Item": $0] } ?? [:])
        case .transactionCancelled(let reasons): Self.cancelled(reasons)
        case .idempotentParameterMismatch:
            AWSError(
                "IdempotentParameterMismatchException", 400,
                "The provided client request token was already used with different parameters")
        case .expiredIterator(let message): AWSError("ExpiredIteratorException", 400, message)
        case .trimmedData(let message): AWSError("TrimmedDataAccessException", 400, message)
        case .limitExceeded(let message): AWSError("LimitExceededException", 400, message)
        case .throughputExceeded(let excess): excess.wire
        case .duplicateItem: AWSError("DuplicateItemException", 400, "Duplicate primary key exists in table")
        case .replicaNotFound:
            Self.invalid("Replica specified in the Replica Update or Replica Delete action of the request was not found.")
        default: administration
        }
    }

    /// Refusals of what is done to whole tables.
    private var administration: AWSError {
        switch self {
        case .indexNotFound(let name):
            AWSError("ResourceNotFoundException", 400, "Requested resource not found: Index: \(name) not found")
        case .globalIndexNotFound(let name): AWSError("IndexNotFoundException", 400, "Index not found: \(name)")
        case .backupNotFound(let arn): AWSError("BackupNotFoundException", 400, "Backup not found: \(arn)")
        case .backupInUse(let message): AWSError("BackupInUseException", 400, message)
        case .continuousBackupsUnavailable:
            AWSError("ContinuousBackupsUnavailableException", 400, "Backups are being enabled for the table. Please retry later")
        case .tableNotNamed(let name): AWSError("TableNotFoundException", 400, "Table not found: \(name)")
        case .invalidRestoreTime:
            AWSError(
                "InvalidRestoreTimeException", 400,
                "An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime."
            )
        case .targetTableExists(let name): AWSError("TableAlreadyExistsException", 400, "Table already exists: \(name)")
        case .exportNotFound(let arn): AWSError("ExportNotFoundException", 400, "Export not found: \(arn)")
        case .exportConflict:
            AWSError("ExportConflictException", 400, "The client token was already used with different parameters")
        case .importNotFound(let arn): AWSError("ImportNotFoundException", 400, "Import not found: \(arn)")
        case .importConflict:
            AWSError("ImportConflictException", 400, "The client token was already used with different parameters")
        case .globalTableNotFound(let name):
            AWSError(
                "GlobalTableNotFoundException", 400, "Global table not found: Global table with name: '\(name)' does not exist.")
        case .globalTableExists(let name):
            AWSError("GlobalTableAlreadyExistsException", 400, "Global table with name: '\(name)' already exists.")
        case .replicaThere:
            AWSError("ReplicaAlreadyExistsException", 400, "The specified replica is already part of the global table.")
        case .replicaNotThere:
            AWSError("ReplicaNotFoundException", 400, "The specified replica is no longer part of the global table.")
        case .collectionTooLarge:
            AWSError("ItemCollectionSizeLimitExceededException", 400, "Item collection size limit of 10 gigabytes exceeded.")
        case .invalidExportTime:
            AWSError(
                "InvalidExportTimeException", 400, "The specified ExportTime is outside of the point in time recovery window.")
        case .pointInTimeRecoveryOff(let name):
            AWSError(
                "PointInTimeRecoveryUnavailableException", 400, "Point in time recovery is not enabled for table '\(name)'")
        case .policyNotFound(let arn):
            AWSError("PolicyNotFoundException", 400, "Resource-based policy not found for the provided ResourceArn: \(arn)")
        case .policyRevisionMismatch:
            AWSError(
                "PolicyNotFoundException", 400,
                "Resource-based policy not found for the provided ResourceArn: the policy's revision is another than ExpectedRevisionId"
            )
        default: .internalFailure
        }
    }

    /// The text that goes with it, for messages that quote it.
    var message: String { wire.message }

    private static func invalid(_ message: String) -> AWSError { AWSError("ValidationException", 400, message) }

    private static func cancelled(_ reasons: [CancellationReason]) -> AWSError {
        let codes = reasons.map(\.code).joined(separator: ", ")
        let documents = reasons.map { reason -> Document in
            var members: Members = ["Code": .string(reason.code)]
            if let message = reason.message { members["Message"] = .string(message) }
            if let item = reason.item { members["Item"] = item }
            return .map(members)
        }
        return AWSError(
            "TransactionCanceledException", 400,
            "Transaction cancelled, please refer cancellation reasons for specific reasons [\(codes)]",
            fields: ["CancellationReasons": .list(documents)])
    }
}
