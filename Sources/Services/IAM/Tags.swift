import Documents
import Kernel

struct TagInput: Codable, Sendable { var Tags: [Tag] }
struct UntagInput: Codable, Sendable { var TagKeys: [String] }

extension Tag: KeyedTag {
    var tagKey: String { Key }
    var tagValue: String { Value }
}

/// Keys that differ in case only are one key.
extension TagList {
    /// - Throws: ``IAMFault``
    mutating func add(_ tags: [Tag]) throws {
        try add(tags, limit: Limit.tags, foldsCase: true) { flaw -> IAMFault? in
            switch flaw {
            case .repeated: .duplicateTags
            case .tooMany: .quota(name: "TagsPerResource", limit: Limit.tags)
            case .reserved: .reservedTag
            case .lookAlike: nil
            }
        }
    }

    mutating func drop(_ keys: [String]) { remove(keys, foldsCase: true) }
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
            let request = try PageRequest(input.rest.Marker, input.rest.MaxItems, of: context.list(input.name))
            let holder = try await context.store.read { try $0.find(Holder.self, context.account, input.name) }
            return TagsOutput(holder.tags, request)
        }
    }
}
