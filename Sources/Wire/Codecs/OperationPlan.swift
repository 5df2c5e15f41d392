import Documents
import Model
import Synchronization

/// What the codecs must know of an operation, worked out once.
final class OperationPlan: Sendable {
    let service: ServiceModel
    let operation: OperationModel
    let input: Shape?
    let output: Shape?
    /// Input members that travel outside the body.
    let inputBindings: [Member]
    /// The wire names of ``inputBindings`` in lower case, as request headers have them.
    let inputHeaderNames: [String]
    /// Places in ``inputBindings`` of members bound to one header each, by its name in lower case.
    let headerPlaces: [String: [Int]]
    /// Of members bound to the query, and of all others, in their order.
    let queryPlaces: [Int]
    let otherPlaces: [Int]
    /// Input members that a request must have. What streams is not among them.
    let requiredMembers: [Member]
    /// Input members that come in the body.
    let bodyMembers: [Member]
    let inputPayload: Member?
    let hasInputBody: Bool
    let tokens: [Member]
    let outputBindings: [Member]
    /// Places in ``outputBindings`` by member.
    let outputPlaces: [String: Int]
    let outputPayload: Member?
    let hasOutputBody: Bool
    /// The payload is bytes that a handler may take as a stream.
    let isBlobIn: Bool
    let bodyLimit: Int

    init(_ service: ServiceModel, _ operation: OperationModel) {
        (self.service, self.operation) = (service, operation)
        let (input, output) = (operation.input, operation.output)
        (self.input, self.output) = (input, output)
        inputBindings = input?.members.filter { $0.location != .body } ?? []
        inputHeaderNames = inputBindings.map { $0.wireName.lowercased() }
        var (headers, queries, others): ([String: [Int]], [Int], [Int]) = ([:], [], [])
        for (place, member) in inputBindings.enumerated() {
            switch member.location {
            case .header: headers[inputHeaderNames[place], default: []].append(place)
            case .querystring: queries.append(place)
            default: others.append(place)
            }
        }
        (headerPlaces, queryPlaces, otherPlaces) = (headers, queries, others)
        inputPayload = input?.payload.flatMap { input?.member($0) }
        requiredMembers = input?.required.filter { !$0.isStreaming } ?? []
        bodyMembers = input?.members.filter { input?.payload == nil ? $0.location == .body : $0.name == input?.payload } ?? []
        hasInputBody = input?.members.contains { $0.location == .body } ?? false
        tokens = input?.members.filter(\.isIdempotencyToken) ?? []
        outputBindings = output?.members.filter { $0.location != .body } ?? []
        outputPlaces = Dictionary(
            outputBindings.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        outputPayload = output?.payload.flatMap { output?.member($0) }
        hasOutputBody = output?.members.contains { $0.location == .body } ?? false
        isBlobIn = inputPayload?.shape.kind == .blob
        bodyLimit = Limit.body(service.id, operation.name)
    }
}

/// The plans made so far.
final class OperationPlans: Sendable {
    private let plans = Mutex<[ObjectIdentifier: OperationPlan]>([:])

    func plan(_ service: ServiceModel, _ operation: OperationModel) -> OperationPlan {
        let id = ObjectIdentifier(operation)
        if let plan = plans.withLock({ $0[id] }) { return plan }
        let plan = OperationPlan(service, operation)
        plans.withLock { $0[id] = plan }
        return plan
    }
}
