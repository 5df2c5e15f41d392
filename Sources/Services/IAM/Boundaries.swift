import Kernel

/// PutUserPermissionsBoundary, PutRolePermissionsBoundary and their deletes.
enum Boundaries<Holder: Actor> {
    struct Put: Codable, Sendable { var PermissionsBoundary: String }

    static func register(_ word: String, in operations: inout Operations) {
        operations.on("Put\(word)PermissionsBoundary") { (input: Of<Holder, Put>, context) in
            try await context.store.write { txn in
                var holder = try txn.find(Holder.self, context.account, input.name)
                try holder.mustBeModifiable()
                try txn.setBoundary(input.rest.PermissionsBoundary, on: &holder)
                try txn.save(holder)
                return Nothing()
            }
        }
        operations.on("Delete\(word)PermissionsBoundary") { (input: Of<Holder, Nothing>, context) in
            try await context.store.write { txn in
                var holder = try txn.find(Holder.self, context.account, input.name)
                try holder.mustBeModifiable()
                guard holder.boundary != nil else { throw IAMFault.noBoundary(kind: Holder.kind, name: holder.name) }
                try txn.setBoundary(nil, on: &holder)
                try txn.save(holder)
                return Nothing()
            }
        }
    }
}
