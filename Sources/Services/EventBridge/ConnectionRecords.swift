import Documents
import Kernel
import Outbound
import Store

struct ConnectionRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    /// The end of its ARN, another for each connection that ever had this name.
    var id: String
    var description: String?
    /// `BASIC`, `API_KEY`, `OAUTH_CLIENT_CREDENTIALS`.
    var kind: String
    /// Without what is secret.
    var shown: ConnectionParameters
    /// nil once its authorization was taken away.
    var secretARN: String?
    var keyID: String?
    /// `AUTHORIZED`, `AUTHORIZING`, `DEAUTHORIZED`.
    var state: String
    var reason: String?
    var created: Timestamp
    var modified: Timestamp
    var authorized: Timestamp?
    /// Another with each change of its secret.
    var revision: String
}

struct DestinationRecord: Stored {
    static let tag: UInt8 = 1
    var name: String
    var id: String
    var description: String?
    var connectionARN: String
    var endpoint: String
    var method: String
    var rate: Int
    var created: Timestamp
    var modified: Timestamp
}

/// Which connection or API destination: the names that keys are made of.
struct NamedPlace: Hashable, Sendable {
    enum Kind: String { case connection, destination = "api-destination" }
    var kind: Kind
    var account: String
    var region: String
    var name: String

    init(_ kind: Kind, _ name: String, _ context: Context) {
        (self.kind, account, region, self.name) = (kind, context.account, context.region, name)
    }

    /// The resource and the end of its ARN, `.../NAME/ID`.
    static func parse(_ text: String, _ kind: Kind) -> (NamedPlace, id: String)? {
        guard let arn = ARN(text), arn.service == "events" else { return nil }
        let parts = arn.resource.split(separator: "/").map(String.init)
        guard parts.count == 3, parts[0] == kind.rawValue else { return nil }
        return (NamedPlace(kind: kind, account: arn.account, region: arn.region, name: parts[1]), parts[2])
    }

    private init(kind: Kind, account: String, region: String, name: String) {
        (self.kind, self.account, self.region, self.name) = (kind, account, region, name)
    }

    private var space: Space { kind == .connection ? .eventConnection : .eventDestination }
    var all: Key { Key(space, .text(account), .text(region)) }
    var key: Key { all.appending(.text(name)) }
    func arn(_ id: String) -> String {
        ARN("events", region: region, account: account, "\(kind.rawValue)/\(name)/\(id)").description
    }
}

extension Snapshot {
    /// - Throws: ``EventsFault/connectionNotFound(_:)``.
    func connection(_ place: NamedPlace) throws -> ConnectionRecord {
        guard let record = try record(ConnectionRecord.self, place.key) else {
            throw EventsFault.connectionNotFound(place.name)
        }
        return record
    }

    /// The connection that an ARN names, if it is still that one.
    func connection(arn: String) throws -> (NamedPlace, ConnectionRecord)? {
        guard let (place, id) = NamedPlace.parse(arn, .connection),
            let record = try record(ConnectionRecord.self, place.key), record.id == id
        else { return nil }
        return (place, record)
    }

    /// - Throws: ``EventsFault/destinationNotFound(_:)``.
    func destination(_ place: NamedPlace) throws -> DestinationRecord {
        guard let record = try record(DestinationRecord.self, place.key) else {
            throw EventsFault.destinationNotFound(place.name)
        }
        return record
    }
}

/// Where requests may go: https, as AWS has it, and plain http on the machine itself, where nobody listens on the way.
enum HTTPEndpoint {
    static func check(_ url: String, parameter: String) throws {
        // A path may have `*` in places that targets fill.
        guard Outbound.isAddress(url) else {
            throw EventsFault.validation("Parameter \(parameter) is not valid. Reason: it is not an HTTP endpoint.")
        }
        if url.lowercased().hasPrefix("https://") { return }
        let authority = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let isLocal = ["localhost", "127.0.0.1", "[::1]"].contains { authority == $0 || authority.hasPrefix("\($0):") }
        guard isLocal else {
            throw EventsFault.validation("Parameter \(parameter) is not valid. Reason: it must be an HTTPS endpoint.")
        }
    }
}
