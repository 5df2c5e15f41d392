import Documents
import Kernel
import Synchronization

/// A Lambda with one function, written in Swift, that Secrets Manager may invoke.
final class FakeLambda: Service {
    static let id = "lambda"
    static let function = "arn:aws:lambda:us-east-1:000000000000:function:rotate"

    /// What the function does in a step; false is its failure.
    typealias Body = @Sendable (_ step: String, _ event: Document, _ context: Context) async throws -> Bool
    private let body = Mutex<Body>({ _, _, _ in true })
    private let seen = Mutex<[String]>([])

    var steps: [String] { seen.withLock { $0 } }
    func behave(_ new: @escaping Body) { body.withLock { $0 = new } }

    struct Input: Decodable, Sendable {
        var FunctionName: String
        var InvocationType: String?
    }
    struct Output: Codable, Sendable { var FunctionError: String? }

    func register(in operations: inout Operations) {
        operations.stream("Invoke") { (input: Input, body: RequestBody, context: Context) async throws -> Streamed<Output> in
            if input.InvocationType == "DryRun" { return Streamed(Output()) }
            let event = try JSON.parse(try await body.stream.collect(limit: 1 << 20))
            let step = event["Step"]?.string ?? ""
            self.seen.withLock { $0.append(step) }
            let run = self.body.withLock { $0 }
            return Streamed(Output(FunctionError: try await run(step, event, context) ? nil : "Unhandled"))
        }
    }

    var actions: ActionMap {
        ["Invoke": { input, _ in [Permission("lambda:InvokeFunction", on: input["FunctionName"]?.string ?? "")] }]
    }

    func resource(_ arn: String, in platform: Platform) async throws -> ResourceFacts? {
        guard arn == Self.function else { return nil }
        let policy = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"secretsmanager.amazonaws.com"},\
            "Action":"lambda:InvokeFunction","Resource":"\(arn)","Condition":{"StringEquals":\
            {"AWS:SourceAccount":"000000000000"}}}]}
            """
        return ResourceFacts(account: "000000000000", policy: policy)
    }
}
