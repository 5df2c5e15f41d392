import Documents

/// A value kept in the store. It names its format's version, so that an old record can be read after the type has grown,
/// and a newer one refuses to open.
///
/// On disk: one byte `tag`, then CBOR of the Codable members by name. A member that is added later is Optional or has a
/// default in `init(from:)`. A change that this does not cover gets a new tag and a case in ``upgrade(from:tag:)``.
public protocol Stored: Codable, Sendable {
    /// The version that this type writes. The first is 1.
    static var tag: UInt8 { get }
    /// Brings a record of an older tag to the present form.
    static func upgrade(from old: Document, tag: UInt8) throws -> Document
}

extension Stored {
    public static func upgrade(from old: Document, tag: UInt8) throws -> Document { old }

    /// The bytes to store.
    public func stored() throws -> [UInt8] { CBOR.write(try DocumentEncoder().encode(self), after: Self.tag) }

    /// - Throws: ``StoreError/newer(type:tag:)`` or ``StoreError/corrupt(_:)``.
    public init(stored bytes: [UInt8]) throws {
        guard let tag = bytes.first else { throw StoreError.corrupt("\(Self.self): no bytes") }
        guard tag <= Self.tag else { throw StoreError.newer(type: "\(Self.self)", tag: tag) }
        do {
            let document = try CBOR.parse(bytes.dropFirst())
            let present = try tag == Self.tag ? document : Self.upgrade(from: document, tag: tag)
            self = try DocumentDecoder().decode(Self.self, from: present)
        } catch let error as DocumentError {
            throw StoreError.corrupt("\(Self.self): \(error)")
        }
    }
}

extension Snapshot {
    /// The typed record at `key`, nil if there is none.
    public func record<Record: Stored>(_ type: Record.Type, _ key: Key) throws -> Record? {
        try value(key).map { try Record(stored: $0) }
    }

    /// The typed records whose keys begin with `prefix`, in key order; return false to stop.
    public func records<Record: Stored>(
        _ type: Record.Type, _ prefix: Key, after: Key? = nil, reverse: Bool = false, limit: Int? = nil,
        _ visit: (Key, Record) throws -> Bool
    ) throws {
        try scan(prefix, after: after, reverse: reverse, limit: limit) { try visit($0, try Record(stored: $1)) }
    }

    /// The typed records whose keys begin with `prefix` and that the filter wants, in key order: for what is known to be few.
    /// - Parameter limit: how many are read at most, wanted or not.
    public func all<Record: Stored>(
        _ type: Record.Type, _ prefix: Key, after: Key? = nil, limit: Int? = nil, where wanted: (Record) -> Bool = { _ in true }
    ) throws -> [Record] {
        var found: [Record] = []
        try records(type, prefix, after: after, limit: limit) { _, record in
            if wanted(record) { found.append(record) }
            return true
        }
        return found
    }
}

extension Transaction {
    public func put(_ key: Key, _ record: some Stored) throws { try put(key, record.stored()) }
}
