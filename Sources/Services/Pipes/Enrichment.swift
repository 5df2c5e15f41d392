import Documents
import Kernel

/// What is called between a pipe's filter and its target
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html).
enum Enrichment {
    case function, destination

    /// - Returns: nil for what is not built.
    init?(_ arn: ARN) {
        switch arn.service {
        case "lambda" where arn.resource.hasPrefix("function:"): self = .function
        case "events" where arn.resource.hasPrefix("api-destination/"): self = .destination
        default: return nil
        }
    }

    enum Limit {
        /// Bytes of what an enrichment answers.
        static let answer = 6 << 20
        /// Requests of one batch that are under way at once.
        static let requests = 10
    }
}

/// An event that an enrichment has made.
struct EnrichedEvent: Sendable {
    var event: Document
    /// Of which of the batch's records; nil where the enrichment got several and may have sorted, dropped or split them.
    var origin: Int?
}

extension PipeConsumer {
    /// - Returns: the events that the enrichment has made of these; none when nothing is to go on.
    func enrich(_ items: [PipeTarget.Item], with enrichment: String) async throws -> [EnrichedEvent] {
        var input = items.map(\.event)
        if let text = pipe.enrichmentParameters?["InputTemplate"]?.string, !text.isEmpty {
            let template = InputTemplate(text: text, pipe: pipe)
            let now = platform.clock.now()
            input = try input.map { try template.apply($0, now: now) }
        }
        guard let kind = ARN(enrichment).flatMap(Enrichment.init) else { throw PipesFault.notBuilt("this enrichment").wire }
        switch kind {
        case .function:
            let answer = try await Self.invoke(
                enrichment, JSON.write(.list(input)), type: "RequestResponse", as: try await reader(), region: pipe.region,
                platform)
            return Self.events(answer).map { EnrichedEvent(event: $0, origin: items.count == 1 ? 0 : nil) }
        case .destination: return try await ask(enrichment, zip(items, input).map { ($0, $1) })
        }
    }

    /// An empty answer filters; a list is so many events
    /// (https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html#pipes-enrichment-filtering).
    private static func events(_ answer: Document?) -> [Document] {
        switch answer {
        case nil, .null?, .string("")?: []
        case .list(let events)?: events
        case .map(let members)? where members.isEmpty: []
        case let event?: [event]
        }
    }

    /// A request for each event: API destinations take no batches
    /// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html).
    private func ask(_ destination: String, _ items: [(PipeTarget.Item, Document)]) async throws -> [EnrichedEvent] {
        let caller = try await reader()
        let http = pipe.enrichmentParameters?["HttpParameters"]
        var answers = [[Document]](repeating: [], count: items.count)
        try await withThrowingTaskGroup(of: (Int, [Document]).self) { group in
            for (place, (item, input)) in items.enumerated() {
                if place >= Enrichment.Limit.requests, let (done, events) = try await group.next() { answers[done] = events }
                group.addTask {
                    let parameters = http.map { PipeTarget.resolved($0, in: item.event) }
                    let payload = Array((input.string ?? JSON.text(input)).utf8)
                    let bytes = try await destinations(destination, payload, parameters, caller, platform)
                    guard !bytes.isEmpty else { return (place, []) }
                    guard let answer = try? JSON.parse(bytes, keepsNumerals: true) else {
                        throw AWSError(Self.functionFailed, 400, "The API destination \(destination) did not answer JSON.")
                    }
                    return (place, Self.events(answer))
                }
            }
            for try await (done, events) in group { answers[done] = events }
        }
        return answers.enumerated().flatMap { place, events in events.map { EnrichedEvent(event: $0, origin: place) } }
    }
}
