import Documents
import Kernel

struct TagInput: Codable, Sendable { var Tags: [Tag] }
struct UntagInput: Codable, Sendable { var TagKeys: [String] }

extension [String: String] {
    /// Adds tags. Keys that differ in case only are one key.
    mutating func add(_ tags: [Tag]) throws {
        guard Set(tags.map { $0.Key.lowercased() }).count == tags.count else { throw IAMFault.duplicateTags }
        guard !tags.contains(where: { $0.Key.lowercased().hasPrefix("aws:") }) else { throw IAMFault.reservedTag }
        for tag in tags {
            drop([tag.Key])
            self[tag.Key] = tag.Value
        }
        guard count <= Limit.tags else { throw IAMFault.quota(name: "TagsPerResource", limit: Limit.tags) }
    }

    mutating func drop(_ keys: [String]) {
        let folded = Set(keys.map { $0.lowercased() })
        self = filter { !folded.contains($0.key.lowercased()) }
    }
}

/// TagUser, TagRole and their like.
enum HolderTags<Holder: Actor> {
    static func register(_ word: String, in operations: inout Operations) {
        operations.on("Tag\(word)") { (input: Of<Holder, TagInput>, context) in
            try await context.store.write { txn in
                var holder = try txn.find(Holder.self, context.account, input.name)
                try holder.tags.add(input.rest.Tags)
                try txn.save(holder)
                return Nothing()
            }
        }
        operations.on("Untag\(word)") { (input: Of<Holder, UntagInput>, context) in
            try await context.store.write { txn in
                var holder = try txn.find(Holder.self, context.account, input.name)
                holder.tags.drop(input.rest.TagKeys)
                try txn.save(holder)
                return Nothing()
            }
        }
        operations.on("List\(word)Tags") { (input: Of<Holder, PageInput>, context) in
            let request = try PageRequest(input.rest.Marker, input.rest.MaxItems)
            let holder = try await context.store.read { try $0.find(Holder.self, context.account, input.name) }
            return TagsOutput(holder.tags, request)
        }
    }
}
