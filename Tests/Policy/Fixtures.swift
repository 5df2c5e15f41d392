@testable import Policy

let account = "111122223333"
let otherAccount = "444455556666"
let bucket = "arn:aws:s3:::box"
let object = "arn:aws:s3:::box/a.txt"
let bob = RequestPrincipal.user(account, "bob")
let session = RequestPrincipal.session(account, role: "path/job", name: "run")

func statement(
    _ effect: String = "Allow", _ action: String = "s3:*", on resource: String = "*", principal: String? = nil,
    condition: String? = nil
) -> String {
    var text = #"{"Effect":"\#(effect)","Action":"\#(action)""#
    if !resource.isEmpty { text += #","Resource":"\#(resource)""# }
    if let principal { text += #","Principal":\#(principal)"# }
    if let condition { text += #","Condition":\#(condition)"# }
    return text + "}"
}

func document(_ statements: String..., kind: PolicyGrammar = .identity) throws -> PolicyDocument {
    try PolicyDocument(json: #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#, kind: kind)
}

func identity(_ statements: String..., name: String = "p") throws -> NamedPolicy {
    NamedPolicy(
        name,
        try PolicyDocument(
            json: #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#, kind: .identity))
}

func resource(_ principal: String, _ effect: String = "Allow", _ action: String = "s3:*") throws -> NamedPolicy {
    NamedPolicy("bucket", try document(statement(effect, action, principal: principal), kind: .resource))
}

func trust(_ principal: String, condition: String? = nil) throws -> NamedPolicy {
    NamedPolicy(
        "trust",
        try document(statement("Allow", "sts:AssumeRole", on: "", principal: principal, condition: condition), kind: .trust))
}

func get(_ principal: RequestPrincipal, context: ConditionContext = [:], on resource: String = object) -> EvaluationRequest {
    EvaluationRequest(action: "s3:GetObject", resource: resource, principal: principal, context: context)
}

func aws(_ arn: String) -> String { #"{"AWS":"\#(arn)"}"# }
