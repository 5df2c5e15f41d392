import Kernel
import Policy

/// GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy: which keys a simulation would have to be given.
enum ContextKeys {
    struct Custom: Codable, Sendable { var PolicyInputList: [String] }
    struct OfPrincipal: Codable, Sendable {
        var PolicySourceArn: String
        var PolicyInputList: [String]?
    }
    struct Output: Codable, Sendable { var ContextKeyNames: [String] }

    static func register(in operations: inout Operations) {
        operations.on("GetContextKeysForCustomPolicy") { (input: Custom, context) in
            var request = Simulation.Request(ActionNames: [])
            request.PolicyInputList = input.PolicyInputList
            return keys(try SimulationSubject(custom: request, context.account))
        }
        operations.on("GetContextKeysForPrincipalPolicy") { (input: OfPrincipal, context) in
            var request = Simulation.Request(ActionNames: [])
            request.PolicyInputList = input.PolicyInputList
            return keys(try await SimulationSubject(principal: input.PolicySourceArn, request, context))
        }
    }

    private static func keys(_ subject: SimulationSubject) -> Output {
        var names: [String] = []
        var seen: Set<String> = []
        for policy in subject.identity + subject.boundary {
            for key in policy.document.contextKeys where seen.insert(key.lowercased()).inserted { names.append(key) }
        }
        return Output(ContextKeyNames: names)
    }
}
