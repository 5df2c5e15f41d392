/// The policies that AWS keeps for everybody (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/): those
/// that people, and roles of data services, commonly carry. Permissions of services that Tarn lacks are left out where a
/// list of them would only be long.
public enum AWSManagedPolicies {
    /// - Returns: nil for a policy that is not here; attaching it is refused.
    public static func json(_ arn: String) -> String? { all[arn] }

    public static let arns: [String] = all.keys.sorted()

    private static let prefix = "arn:aws:iam::aws:policy/"

    private static let all: [String: String] = {
        var all: [String: String] = [:]
        for table in [jobs, storage, compute, messaging, analytics, security, serviceRoles, serviceLinked, rootTasks, further] {
            for (name, json) in table { all[prefix + name] = json }
        }
        return all
    }()

    /// One statement that allows `actions` everywhere.
    static func allow(_ actions: String..., on resource: String = "*") -> String {
        document([statement(actions, on: [resource])])
    }

    /// Statements, each `actions` on `resources`.
    static func allow(_ parts: [(actions: [String], resources: [String])]) -> String {
        document(parts.map { statement($0.actions, on: $0.resources) })
    }

    /// The same with passing roles to some services, as most console policies have it.
    static func allow(_ actions: [String], passingRolesTo services: [String], named roles: [String] = ["*"]) -> String {
        let condition = #""Condition":{"StringEquals":{"iam:PassedToService":[\#(list(services))]}}"#
        let pass = #"{"Effect":"Allow","Action":["iam:PassRole"],"Resource":[\#(list(roles))],\#(condition)}"#
        return document([statement(actions, on: ["*"]), pass])
    }

    static func document(_ statements: [String]) -> String {
        #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
    }

    static func statement(_ actions: [String], on resources: [String], effect: String = "Allow", element: String = "Action")
        -> String
    {
        #"{"Effect":"\#(effect)","\#(element)":[\#(list(actions))],"Resource":[\#(list(resources))]}"#
    }

    private static func list(_ texts: [String]) -> String { texts.map { "\"\($0)\"" }.joined(separator: ",") }
}
