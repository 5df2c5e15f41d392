import Documents
import Kernel
import Store

/// Organizational units: create, update, describe, delete, list.
enum Units {
    struct Create: Codable, Sendable {
        var ParentId: String
        var Name: String
        var Tags: [Tag]?
    }
    struct Update: Codable, Sendable {
        var OrganizationalUnitId: String
        var Name: String?
    }
    struct Input: Codable, Sendable { var OrganizationalUnitId: String }
    struct List: Codable, Sendable {
        var ParentId: String
        var NextToken: String?
        var MaxResults: Int?
    }
    struct Shape: Codable, Sendable {
        var Id: String
        var Arn: String
        var Name: String
        var Path: String

        init(_ unit: OrganizationUnitRecord, in organization: OrganizationRecord, _ snapshot: Snapshot) throws {
            (Id, Arn, Name) = (unit.id, organization.arn("ou/\(unit.id)"), unit.name)
            Path = try snapshot.path(organization, to: unit.id)
        }
    }
    struct Output: Codable, Sendable { var OrganizationalUnit: Shape }
    struct Listed: Codable, Sendable {
        var OrganizationalUnits: [Shape]
        var NextToken: String?
    }

    static func register(in operations: inout Operations) {
        operations.on("CreateOrganizationalUnit") { (input: Create, context) in try await create(input, context) }
        operations.on("UpdateOrganizationalUnit") { (input: Update, context) in try await update(input, context) }
        operations.on("DescribeOrganizationalUnit") { (input: Input, context) in
            try await context.reading { snapshot, membership in
                let unit = try found(input.OrganizationalUnitId, membership, snapshot)
                return Output(OrganizationalUnit: try Shape(unit, in: membership.organization, snapshot))
            }
        }
        operations.on("DeleteOrganizationalUnit") { (input: Input, context) in
            try await context.changing { transaction, membership in
                let unit = try found(input.OrganizationalUnitId, membership, transaction)
                guard try transaction.children(.unit, of: unit.id, in: membership.id).isEmpty,
                    try transaction.children(.account, of: unit.id, in: membership.id).isEmpty
                else { throw OrganizationsFault.plain(.unitNotEmpty) }
                try transaction.delete(OrganizationUnitRecord.key(membership.id, unit.id))
                try transaction.delete(Child.key(.unit, unit.id, of: unit.parent, in: membership.id))
                try transaction.detachAll(from: unit.id, in: membership.id)
                return Nothing()
            }
        }
        operations.on("ListOrganizationalUnitsForParent") { (input: List, context) in
            try await context.reading { snapshot, membership in
                guard try snapshot.isParent(input.ParentId, in: membership.organization) else {
                    throw OrganizationsFault.plain(.parentNotFound)
                }
                let ids = try snapshot.children(.unit, of: input.ParentId, in: membership.id)
                let page = try Page(
                    ids, after: input.NextToken, max: input.MaxResults, of: context.list(input.ParentId), id: { $0 })
                let shapes = try page.items.compactMap { id in
                    try snapshot.unit(id, in: membership.id).map { try Shape($0, in: membership.organization, snapshot) }
                }
                return Listed(OrganizationalUnits: shapes, NextToken: page.token)
            }
        }
    }

    private static func found(
        _ id: String, _ membership: Membership, _ snapshot: Snapshot
    ) throws -> OrganizationUnitRecord {
        guard let unit = try snapshot.unit(id, in: membership.id) else { throw OrganizationsFault.plain(.unitNotFound) }
        return unit
    }

    /// Two units of one parent can't have the same name.
    private static func mustBeFree(
        _ name: String, under parent: String, _ membership: Membership, _ snapshot: Snapshot
    ) throws {
        for id in try snapshot.children(.unit, of: parent, in: membership.id) {
            guard try snapshot.unit(id, in: membership.id)?.name != name else {
                throw OrganizationsFault.plain(.duplicateUnit)
            }
        }
    }

    private static func create(_ input: Create, _ context: Context) async throws -> Output {
        let tags = try TagList(input.Tags)
        return try await context.changing { transaction, membership in
            let organization = membership.organization
            guard try transaction.isParent(input.ParentId, in: organization) else {
                throw OrganizationsFault.plain(.parentNotFound)
            }
            guard try transaction.units(to: input.ParentId, in: organization).count < Limit.depth else {
                throw OrganizationsFault.violation(.unitDepth)
            }
            try mustBeFree(input.Name, under: input.ParentId, membership, transaction)
            guard try transaction.everything(.unit, in: organization.id).count < Limit.units else {
                throw OrganizationsFault.violation(.unitNumber)
            }
            let unit = OrganizationUnitRecord(
                id: NewID.unit(in: organization.root), organization: organization.id, parent: input.ParentId,
                name: input.Name, tags: tags)
            try transaction.save(unit)
            try transaction.put(Child.key(.unit, unit.id, of: unit.parent, in: organization.id), [])
            try transaction.attachDefaults(to: unit.id, in: organization)
            return Output(OrganizationalUnit: try Shape(unit, in: organization, transaction))
        }
    }

    private static func update(_ input: Update, _ context: Context) async throws -> Output {
        try await context.changing { transaction, membership in
            var unit = try found(input.OrganizationalUnitId, membership, transaction)
            if let name = input.Name, name != unit.name {
                try mustBeFree(name, under: unit.parent, membership, transaction)
                unit.name = name
                try transaction.save(unit)
            }
            return Output(OrganizationalUnit: try Shape(unit, in: membership.organization, transaction))
        }
    }
}
