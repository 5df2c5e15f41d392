import Documents
import Kernel
import Store

/// Which table a request means: by name in the caller's account and Region, or by ARN.
struct TableName: Hashable, Sendable {
    enum Limit {
        static let length = 3...255
    }
    let account: String
    let region: String
    let name: String
    /// Of the table's record.
    let key: Key

    init(account: String, region: String, name: String) {
        (self.account, self.region, self.name) = (account, region, name)
        key = TableKey.table(account, region, name)
    }

    /// - Throws: AWS's faults for a name or ARN that can't be one.
    init(_ text: String, _ context: Context) throws(DynamoDBFault) {
        var (account, region, name) = (context.account, context.region, text)
        if text.hasPrefix("arn:") {
            guard let arn = ARN(text), arn.service == "dynamodb", arn.resource.hasPrefix("table/"), !arn.account.isEmpty else {
                throw .validation("Invalid table ARN: \(text)")
            }
            (account, region) = (arn.account, arn.region)
            name = String(arn.resource.dropFirst(6).prefix { $0 != "/" })
            guard region == context.region else { throw .tableNotFound }
        }
        guard Limit.length.contains(name.utf8.count) else {
            throw .validation("TableName must be at least 3 characters long and at most 255 characters long")
        }
        guard name.utf8.allSatisfy(Self.isAllowed) else {
            throw .validation(
                "1 validation error detected: Value '\(name)' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
            )
        }
        self.init(account: account, region: region, name: name)
    }

    /// Where nothing but an ARN will do.
    init(arn text: String, _ context: Context) throws(DynamoDBFault) {
        guard text.hasPrefix("arn:") else {
            throw .validation("Invalid TableArn: Invalid ResourceArn provided as input \(text)")
        }
        try self.init(text, context)
    }

    /// The `TableName` member of an input.
    init(in input: Document, _ context: Context) throws(DynamoDBFault) {
        try self.init(input["TableName"]?.string ?? "", context)
    }

    static func isAllowed(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "_.-".utf8.contains(byte)
    }

    var arn: String { "arn:aws:dynamodb:\(region):\(account):table/\(name)" }
}
