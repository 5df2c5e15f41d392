import ArgumentParser
import Documents

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Tell why a request was allowed or denied.",
        discussion: """
            The request ID stands in every answer: x-amzn-requestid, x-amz-request-id, or RequestId in an error. Denials are \
            kept for long, what was allowed for the last thousand permissions.
            """)

    @Argument(help: "The request's ID.") var requestID: String
    @Flag(help: "Print the decisions as JSON.") var json = false
    @OptionGroup var server: EndpointOption

    func validate() throws {
        let isID = requestID.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isID, !requestID.isEmpty else { throw ValidationError("'\(requestID)' is not a request ID") }
    }

    func run() async throws {
        let answer = try await AdminClient(endpoint: server.url).send("GET", "/_tarn/why?request=\(requestID)")
        if json {
            print(JSON.text(answer))
            return
        }
        let decisions = answer["decisions"]?.list ?? []
        for (index, decision) in decisions.enumerated() {
            if index > 0 { print("") }
            Self.lines(decision).forEach { print($0) }
        }
        if decisions.isEmpty, let call = answer["call"] { Self.lines(undecided: call).forEach { print($0) } }
    }

    /// A decision for people: who asked what, how it was decided and by which statement, and what would be needed.
    static func lines(_ decision: Document) -> [String] {
        func text(_ name: String) -> String { decision[name]?.string ?? "-" }
        var lines = [
            "request    \(text("requestID")) at \(text("eventTime"))",
            "call       \(text("service")):\(text("operation")) in \(text("awsRegion"))",
            "principal  \(decision["principal"]?["arn"]?.string ?? "-") (\(decision["principal"]?["type"]?.string ?? "-"))",
        ]
        if let role = decision["principal"]?["role"]?.string { lines.append("role       \(role)") }
        lines += ["action     \(text("action"))", "resource   \(text("resource"))"]
        if let owner = decision["resourceAccount"]?.string { lines.append("owner      \(owner)") }
        let words = ["allowed": "ALLOWED", "explicitDeny": "DENIED explicitly", "implicitDeny": "DENIED implicitly"]
        let missing = decision["missing"]?.string.map { ": no \($0) allows it" } ?? ""
        lines.append("decision   \(words[text("decision")] ?? text("decision"))\(missing)")
        for statement in decision["statements"]?.list ?? [] {
            let number = statement["number"]?.integer.map(String.init) ?? "?"
            let kind = statement["kind"]?.string ?? "policy"
            lines.append("decided by statement \(number) of \(kind) \(statement["policy"]?.string ?? "-")")
            if let body = statement["statement"] { lines.append("           \(JSON.text(body))") }
        }
        for (index, line) in (decision["needed"]?.list?.compactMap(\.string) ?? []).enumerated() {
            lines.append((index == 0 ? "needed     " : "           ") + line)
        }
        let policies = decision["policies"]?.list ?? []
        for (index, policy) in policies.enumerated() {
            let title = "\(policy["kind"]?.string ?? "-") \(policy["policy"]?.string ?? "-")"
            lines.append((index == 0 ? "asked      " : "           ") + title)
        }
        for (index, (key, value)) in (decision["context"]?.members ?? [:]).enumerated() {
            let values = value.list?.compactMap(\.string).joined(separator: ", ") ?? value.string ?? ""
            lines.append((index == 0 ? "context    " : "           ") + "\(key) = \(values)")
        }
        return lines
    }

    /// A request on which no policy was asked: nothing to decide, or the account's root user.
    static func lines(undecided call: Document) -> [String] {
        func text(_ name: String) -> String { call[name]?.string ?? "-" }
        let identity = call["userIdentity"]
        var lines = [
            "request    \(text("requestID")) at \(text("eventTime"))",
            "call       \(text("eventSource")) \(text("eventName")) in \(text("awsRegion"))",
            "principal  \(identity?["arn"]?.string ?? "-") (\(identity?["type"]?.string ?? "-"))",
        ]
        if let code = call["errorCode"]?.string { lines.append("answer     \(code): \(text("errorMessage"))") }
        let isRoot = identity?["type"]?.string?.lowercased() == "root"
        lines.append(
            isRoot
                ? "decision   no policy was asked: it is the account's root user"
                : "decision   not kept: it needed no permission, or it was allowed some time ago")
        return lines
    }
}
