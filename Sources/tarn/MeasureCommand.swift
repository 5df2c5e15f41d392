import ArgumentParser
import Policy

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Figures that need the compiled program and no server.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measure parts of Tarn by themselves.", shouldDisplay: false,
        subcommands: [Decisions.self])

    struct Decisions: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decisions per second of one core: a caller with 10 policies of 10 statements with conditions.")
        @Option(help: "How many decisions.") var count = 20_000

        func run() throws {
            try measure("resources differ", conditionsOnly: false)
            try measure("conditions differ", conditionsOnly: true)
        }

        /// - Parameter conditionsOnly: every statement is about the resource, so that the conditions of all are read.
        private func measure(_ title: String, conditionsOnly: Bool) throws {
            let policies = try (0..<10).map { index in
                let json = Self.policy(index, conditionsOnly: conditionsOnly)
                return NamedPolicy("policy-\(index)", try PolicyDocument(json: json, kind: .identity))
            }
            let set = PolicySet(identity: PolicyList(policies))
            let context: ConditionContext = [
                "aws:PrincipalTag/team": ["data"], "aws:SourceIp": ["10.1.2.3"], "aws:SecureTransport": ["true"],
                "aws:CurrentTime": ["2026-11-21T08:00:00Z"], "aws:username": ["ann"],
            ]
            let principal = RequestPrincipal.user("111122223333", "ann")
            var allowed = 0
            let start = clock()
            for index in 0..<count {
                // Every second request is granted by the last statement; the others are by none, and see them all too.
                let object = "arn:aws:s3:::bucket-9/\(index % 2 == 0 ? "in" : "out")/2026/\(index).parquet"
                let request = EvaluationRequest(action: "s3:GetObject", resource: object, principal: principal, context: context)
                if Evaluator.evaluate(request, set, resourceAccount: "111122223333").isAllowed { allowed += 1 }
            }
            let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
            guard allowed == (count + 1) / 2 else { throw ExitCode.failure }
            let each = seconds * 1_000_000 / Double(max(1, count))
            print(
                "\(title): \(count) decisions, \(Self.rounded(each)) us each, \(Int(1_000_000 / max(each, 0.001))) per second "
                    + "and core")
        }

        private static func rounded(_ value: Double) -> String { String((value * 100).rounded() / 100) }

        /// Ten statements: many actions, resources with wildcards and variables, conditions of several types.
        private static func policy(_ index: Int, conditionsOnly: Bool) -> String {
            let statements = (0..<10).map { statement -> String in
                let isLast = index == 9 && statement == 9
                let other = conditionsOnly ? "bucket-9/*" : "bucket-\(index)-\(statement)/${aws:username}/*"
                let bucket = isLast ? "bucket-9/in/*" : other
                let earliest = conditionsOnly && !isLast ? "2030-01-01T00:00:00Z" : "2020-01-01T00:00:00Z"
                return """
                    {"Sid":"S\(statement)","Effect":"Allow","Action":["s3:Get*","s3:ListBucket","s3:PutObject"],\
                    "Resource":["arn:aws:s3:::\(bucket)","arn:aws:s3:::other-\(statement)"],\
                    "Condition":{"StringEquals":{"aws:PrincipalTag/team":["ops","data"]},\
                    "IpAddress":{"aws:SourceIp":["192.168.0.0/16","10.0.0.0/8"]},"Bool":{"aws:SecureTransport":"true"},\
                    "DateGreaterThan":{"aws:CurrentTime":"\(earliest)"}}}
                    """
            }
            return #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
        }
    }
}
