import Documents
import Kernel
import Store

/// From what a request says to the key it means.
extension KMSService {
    /// The key that a request names by id, ARN, alias or alias ARN.
    /// - Throws: ``KMSFault`` if there is none.
    func entry(_ text: String, _ context: Context) async throws -> KeyEntry {
        let reference = try KeyReference(text, context)
        return try await context.store.read { try self.entry(reference, $0) }
    }

    /// The same for operations that manage a key, which take no alias.
    func managed(_ text: String, _ context: Context, _ snapshot: Snapshot) throws -> KeyEntry {
        let reference = try KeyReference(text, context)
        guard !reference.isAlias else { throw KMSFault.invalidKeyID(text) }
        return try entry(reference, snapshot)
    }

    func entry(_ reference: KeyReference, _ snapshot: Snapshot) throws -> KeyEntry {
        guard case .key(let account, let region, let id) = try target(reference, snapshot) else {
            throw KMSFault.invalidARN("\(reference)")
        }
        guard let entry = try entries.entry(region, id, snapshot), entry.key.account == account else {
            throw KMSFault.keyNotFound(arn: KeyRecord.arn(account, region, id))
        }
        return entry
    }

    /// The key behind an alias; a key is itself.
    func target(_ reference: KeyReference, _ snapshot: Snapshot) throws -> KeyReference {
        guard case .alias(let account, let region, let name) = reference else { return reference }
        guard let alias = try snapshot.record(AliasRecord.self, AliasRecord.key(account, region, name)) else {
            throw KMSFault.aliasNotFound(arn: AliasRecord.arn(account, region, name))
        }
        return .key(account: account, region: region, id: alias.target)
    }

    /// A key for authorization: its ARN even where there is no such key, and the key if there is.
    ///
    /// An AWS managed key comes into being here, when a service first uses it or somebody asks about it.
    func located(_ text: String, _ context: Context) async throws -> (arn: String, entry: KeyEntry?) {
        let reference = try KeyReference(text, context)
        do {
            return try await context.store.read { snapshot in
                guard case .key(let account, let region, let id) = try self.target(reference, snapshot) else {
                    throw KMSFault.invalidARN(text)
                }
                let entry = try self.entries.entry(region, id, snapshot)
                return (KeyRecord.arn(account, region, id), entry?.key.account == account ? entry : nil)
            }
        } catch KMSFault.aliasNotFound(let arn) {
            guard let key = try await managedKey(reference, context) else { throw KMSFault.aliasNotFound(arn: arn) }
            let entry = try await context.store.read { try self.entries.entry(key.region, key.id, $0) }
            return (key.arn, entry)
        }
    }
}

/// A page of a list: AWS's `Marker` is the name of the last item shown.
struct KeyPage {
    let limit: Int
    let after: String?
    /// Which list the marker is of.
    private let list: String

    /// - Parameter most: what the operation's page names; the API model knows only the greatest of all.
    /// - Parameter list: ``Context/list(_:)``, of what narrows the list.
    init(
        _ limit: Int?, _ marker: String?, of list: String, standard: Int = KMSLimit.page, most: Int = KMSLimit.pageMax
    ) throws(KMSFault) {
        self.list = list
        if let limit, limit > most {
            throw .validation(
                "1 validation error detected: Value '\(limit)' at 'limit' failed to satisfy constraint: Member must have value less "
                    + "than or equal to \(most)")
        }
        self.limit = limit ?? standard
        guard let marker else {
            after = nil
            return
        }
        guard let name = PageToken.name(marker, of: list) else { throw .invalidMarker }
        after = name
    }

    /// `NextMarker` behind the last item shown.
    func marker(_ last: String) -> String { PageToken.write(last, of: list) }
}
