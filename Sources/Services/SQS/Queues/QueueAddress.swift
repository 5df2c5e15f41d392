import Documents
import Kernel

/// Which queue a request means, and how a queue is addressed.
enum QueueAddress {
    /// The queue of a request's `QueueUrl`. The oldest clients post to the queue's URL and name it nowhere else. Services
    /// inside Tarn may give the queue's ARN.
    /// - Throws: ``SQSFault``
    static func name(_ input: Document, _ context: Context) throws -> QueueName {
        guard let url = input["QueueUrl"]?.string ?? context.http.flatMap(\.path.nonRoot) else {
            throw SQSFault.missing("QueueUrl")
        }
        if context.http == nil, let name = QueueName(arn: url) { return name }
        guard let name = read(url, region: context.region) else {
            throw SQSFault.invalidAddress("The address \(url) is not valid for this endpoint.")
        }
        return name
    }

    /// - Returns: nil unless the path is an account and a name.
    static func read(_ url: String, region: String) -> QueueName? {
        var path = url[...]
        for scheme in ["http://", "https://"] where path.hasPrefix(scheme) {
            guard let slash = path.dropFirst(scheme.count).firstIndex(of: "/") else { return nil }
            path = path[slash...]
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count >= 2, let name = parts.last else { return nil }
        let account = parts[parts.count - 2]
        guard account.utf8.count == 12, account.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return QueueName(region: region, account: String(account), name: String(name))
    }

    /// The URL under which the asking client reaches the queue: the host it has just used.
    static func url(_ name: QueueName, _ context: Context) -> String {
        let base = context.http.map { "\($0.isSecure ? "https" : "http")://\($0.host)" } ?? context.platform.endpoint
        return "\(base)/\(name.account)/\(name.name)"
    }
}

extension String {
    fileprivate var nonRoot: String? { utf8.count > 1 ? self : nil }
}
