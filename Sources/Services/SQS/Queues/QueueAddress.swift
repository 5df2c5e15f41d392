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

    /// Looks at bytes alone: every call on a queue reads its address, and more than once.
    /// - Returns: nil unless the path is an account and a name.
    static func read(_ url: String, region: String) -> QueueName? {
        let slash = UInt8(ascii: "/")
        var path = url.utf8[...]
        for scheme in ["http://", "https://"] where path.starts(with: scheme.utf8) {
            guard let host = path.dropFirst(scheme.utf8.count).firstIndex(of: slash) else { return nil }
            path = path[host...]
        }
        while path.last == slash { path.removeLast() }
        guard let behind = path.lastIndex(of: slash) else { return nil }
        let name = path[path.index(after: behind)...]
        var front = path[..<behind]
        while front.last == slash { front.removeLast() }
        let account = front.lastIndex(of: slash).map { front[front.index(after: $0)...] } ?? front
        guard account.count == 12, account.allSatisfy({ (0x30...0x39).contains($0) }),
            let accountText = String(account), let nameText = String(name)
        else { return nil }
        return QueueName(region: region, account: accountText, name: nameText)
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
