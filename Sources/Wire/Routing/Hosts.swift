import Model
import Synchronization

/// What a `Host` header says, whichever way it is meant.
struct HostReading: Sendable {
    /// Of the service and the bucket.
    let name: HostName
    /// The bucket whose website it is.
    let website: String?
    /// The id of a function's URL.
    let function: String?

    init(_ header: String, isEndpoint: (String) -> Bool) {
        let bare = Self.withoutPort(header.lowercased())
        name = HostName(bare, isEndpoint: isEndpoint)
        website = WebsiteHost.bucket(bare)
        function = FunctionHost.id(bare)
    }

    static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("[") { return host.firstIndex(of: "]").map { String(host[...$0]) } ?? host }
        return host.utf8.lastIndex(of: UInt8(ascii: ":")).map { String(host[..<$0]) } ?? host
    }
}

/// Readings of `Host` headers. Clients say few different ones, each of them with every request.
final class Hosts: Sendable {
    private let known = Mutex<[String: HostReading]>([:])
    private let models: Models

    init(_ models: Models) { self.models = models }

    func reading(_ header: String) -> HostReading {
        if let reading = known.withLock({ $0[header] }) { return reading }
        let reading = HostReading(header) { !models.serviceIDs(endpointPrefix: $0).isEmpty }
        guard header.utf8.count <= Limit.hostBytes else { return reading }
        known.withLock { known in
            if known.count >= Limit.hosts { known = [:] }
            known[header] = reading
        }
        return reading
    }
}
