import Kernel

/// Limits of TransactWriteItems and TransactGetItems
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html).
///
/// `TransactionConflict` never comes: the store carries out transactions one after another, so none ever meets another
/// half done.
enum TransactionLimit {
    /// Bytes of all items of one transaction.
    static let bytes = 4 * 1_024 * 1_024
    /// How long a client's token makes the same request again harmless.
    static let tokenLife = Duration.seconds(600)
    /// Expired tokens that are deleted along with a new one.
    static let sweep = 8
    /// What a transaction costs: it prepares and commits.
    static let factor = 2.0

    static let tooLarge = DynamoDBFault.validation("The aggregate size of the items in the transaction cannot exceed 4 MB")
    static let twice = DynamoDBFault.validation("Transaction request cannot include multiple operations on one item")
}
