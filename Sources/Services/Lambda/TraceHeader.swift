import Crypto
import Documents
import Kernel

/// The trace header that goes along a chain of requests, `Root=1-...;Parent=...;Sampled=0;Lineage=1:9f2c0a11:3`
/// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
///
/// A function's SDK sends the header of its invocation with each request; SQS keeps it with the message, and what the message
/// invokes goes on with it. The lineage counts how often each function has run in the chain.
struct TraceHeader: Sendable, Hashable {
    enum Limit {
        /// Invocations of one function in one chain; the next one is stopped.
        static let invocations = 16
        /// Functions that a lineage names; the oldest are left out.
        static let functions = 8
        /// Bytes of a header that is read.
        static let length = 2_048
    }

    private struct Passage: Hashable {
        /// The hash of its ARN.
        var function: String
        var count: Int
    }

    private var root: String
    private var sampled: String
    /// The oldest first.
    private var lineage: [Passage] = []

    /// A new chain.
    init(_ now: Timestamp) {
        root = "1-\(String(now.seconds, radix: 16))-\(Hex.encode(Identifier.random(12)))"
        sampled = "0"
    }

    /// - Parameter text: as a client sent it; SDKs escape the bar between functions. nil for what has no root.
    init?(_ text: String) {
        guard text.utf8.count <= Limit.length else { return nil }
        var fields: [String: String] = [:]
        for field in text.split(separator: ";") {
            let halves = field.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            if halves.count == 2 { fields[halves[0]] = halves[1] }
        }
        guard let root = fields["Root"] else { return nil }
        (self.root, sampled) = (root, fields["Sampled"] ?? "0")
        let chain = (fields["Lineage"] ?? "").replacing("%7C", with: "|").replacing("%7c", with: "|")
        for entry in chain.split(separator: "|") {
            let parts = entry.split(separator: ":")
            guard parts.count == 2, let count = Int(parts[1]), count > 0 else { continue }
            lineage.append(Passage(function: String(parts[0]), count: count))
        }
        lineage = lineage.suffix(Limit.functions)
    }

    private static func hash(_ function: String) -> String {
        String(Hex.encode(SHA256.hash(data: Array(function.utf8))).prefix(8))
    }

    /// How often `function` has run in this chain.
    func count(of function: String) -> Int {
        let hash = Self.hash(function)
        return lineage.first { $0.function == hash }?.count ?? 0
    }

    /// The header with one more invocation of `function`, an ARN.
    func entering(_ function: String) -> TraceHeader {
        var next = self
        let count = count(of: function) + 1
        let hash = Self.hash(function)
        next.lineage.removeAll { $0.function == hash }
        next.lineage = (next.lineage + [Passage(function: hash, count: count)]).suffix(Limit.functions)
        return next
    }

    /// The header without a place in the chain, as a load balancer gives it to a request that has none.
    var rootText: String { "Root=\(root)" }

    func text(parent: String = Hex.encode(Identifier.random(8))) -> String {
        let chain = lineage.map { "\($0.function):\($0.count)" }.joined(separator: "|")
        return "Root=\(root);Parent=\(parent);Sampled=\(sampled)" + (chain.isEmpty ? "" : ";Lineage=\(chain)")
    }
}

extension LambdaService {
    /// The trace header for an invocation that comes with `header`.
    /// - Throws: ``LambdaFault/recursive`` where the function has run too often in this chain and has not been allowed to.
    func trace(_ headers: [String?], for function: FunctionRecord, _ now: Timestamp) throws -> String {
        let known = headers.compactMap { $0.flatMap { TraceHeader($0) } }
        // Of the messages of a batch, the one that has come furthest.
        let header = known.max { $0.count(of: function.arn) < $1.count(of: function.arn) } ?? TraceHeader(now)
        if function.recursiveLoop != "Allow", header.count(of: function.arn) >= TraceHeader.Limit.invocations {
            throw LambdaFault.recursive
        }
        return header.entering(function.arn).text()
    }
}
