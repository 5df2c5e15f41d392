import Kernel
import Store

/// The forms in which a function is named: `NAME`, `ACCOUNT:function:NAME` and the whole ARN, each with or without a
/// qualifier behind it (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
struct FunctionName: Sendable {
    var account: String
    var region: String
    var name: String
    var qualifier: String?

    /// - Throws: ``LambdaFault/invalidParameter(_:)`` for text of none of these forms.
    init(_ text: String, account: String, region: String, qualifier: String? = nil) throws(LambdaFault) {
        (self.account, self.region) = (account, region)
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.first == "arn" {
            guard parts.count >= 7, parts[2] == "lambda", parts[5] == "function" else {
                throw .invalidParameter("Value '\(text)' is not a function ARN")
            }
            (self.region, self.account) = (parts[3], parts[4])
            parts.removeFirst(6)
        } else if parts.count >= 3, parts[1] == "function" {
            self.account = parts[0]
            parts.removeFirst(2)
        } else if parts.count >= 2, parts[0] == "function" {
            parts.removeFirst()
        }
        guard (1...2).contains(parts.count), !parts[0].isEmpty else {
            throw .invalidParameter("Value '\(text)' does not name a function")
        }
        name = parts[0]
        let own = parts.count == 2 ? parts[1] : nil
        if let own, let qualifier, own != qualifier {
            throw .invalidParameter("The derived qualifier from the function name does not match the specified qualifier.")
        }
        self.qualifier = own ?? qualifier
    }

    init(_ text: String, _ context: Context, qualifier: String? = nil) throws(LambdaFault) {
        try self.init(text, account: context.account, region: context.region, qualifier: qualifier)
    }

    var arn: String { ARN("lambda", region: region, account: account, "function:\(name)").description }
    var key: Key { FunctionRecord.key(account, region, name) }

    /// The one version that exists until versions are built.
    /// - Throws: ``LambdaFault/functionNotFound(arn:)``.
    func find(in snapshot: any Snapshot) throws -> FunctionRecord {
        if let qualifier, qualifier != "$LATEST" { throw LambdaFault.functionNotFound(arn: "\(arn):\(qualifier)") }
        guard let record = try snapshot.record(FunctionRecord.self, key) else { throw LambdaFault.functionNotFound(arn: arn) }
        return record
    }

    func find(_ platform: Platform) async throws -> FunctionRecord { try await platform.store.read { try find(in: $0) } }
}
