import Documents
import Kernel
import Store

/// What has tags and is neither user, role nor policy.
protocol TaggedEntity: Stored, Nameable {
    var tags: TagList { get set }
    var key: Key { get }
    /// - Parameter name: as operations name it: a name or an ARN.
    /// - Throws: ``IAMFault``
    static func find(_ name: String, in account: String, _ snapshot: Snapshot) throws -> Self
}

extension Transaction {
    func save(_ entity: some TaggedEntity) throws { try put(entity.key, entity) }
}

/// TagInstanceProfile, UntagMFADevice, ListServerCertificateTags and their like.
enum EntityTags<Entity: TaggedEntity> {
    static func register(_ word: String, in operations: inout Operations) {
        operations.on("Tag\(word)") { (input: Of<Entity, TagInput>, context) in
            try await context.store.write { txn in
                var entity = try Entity.find(input.name, in: context.account, txn)
                try entity.tags.add(input.rest.Tags)
                try txn.save(entity)
                return Nothing()
            }
        }
        operations.on("Untag\(word)") { (input: Of<Entity, UntagInput>, context) in
            try await context.store.write { txn in
                var entity = try Entity.find(input.name, in: context.account, txn)
                entity.tags.drop(input.rest.TagKeys)
                try txn.save(entity)
                return Nothing()
            }
        }
        operations.on("List\(word)Tags") { (input: Of<Entity, PageInput>, context) in
            let request = try PageRequest(input.rest.Marker, input.rest.MaxItems, of: context.list(input.name))
            let entity = try await context.store.read { try Entity.find(input.name, in: context.account, $0) }
            return TagsOutput(entity.tags, request)
        }
    }
}
