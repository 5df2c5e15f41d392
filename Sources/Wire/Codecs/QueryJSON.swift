import Documents
import Kernel
import Model

/// Answers of the query protocol as JSON, for clients that send `ContentType=JSON` with their parameters, as boto 2 does to
/// SNS. AWS's pages no longer speak of it; the form is the one that those clients read: the names of the XML, lists as lists,
/// null for what is absent.
enum QueryJSON {
    static let type = "application/json"

    static func isAsked(_ parameters: QueryParameters) -> Bool { parameters["ContentType"] == "JSON" }

    static func answer(_ output: Document, _ plan: OperationPlan, requestID: String) -> [UInt8] {
        let name = plan.operation.name
        var content: Members = [:]
        if let shape = plan.output {
            var result = CBORShapeWriter.shaped(output, shape).members ?? [:]
            for member in shape.members where result[member.wireName] == nil { result[member.wireName] = .null }
            content[plan.operation.resultWrapper ?? "\(name)Result"] = .map(result)
        }
        content["ResponseMetadata"] = ["RequestId": .string(requestID)]
        return JSON.write(["\(name)Response": .map(content)])
    }

    static func refusal(_ error: AWSError, code: String, requestID: String) -> [UInt8] {
        JSON.write([
            "Error": [
                "Type": error.isSenders ? "Sender" : "Receiver", "Code": .string(code), "Message": .string(error.message),
            ],
            "RequestId": .string(requestID),
        ])
    }
}
