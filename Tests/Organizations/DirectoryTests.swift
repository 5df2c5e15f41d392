import Documents
import Foundation
import Kernel
import Organizations
import TestSupport
import Testing

/// What authorization learns of organizations, and what that costs.
@Suite struct DirectoryTests {
    private func identities(_ tarn: TestPlatform) -> (CountingStore, StoredIdentities) {
        let store = CountingStore(tarn.platform.store)
        let tokens = SessionTokens(key: [UInt8](repeating: 1, count: 32))
        return (store, StoredIdentities(store: store, clock: tarn.platform.clock, tokens: tokens))
    }

    @Test func withoutOrganizationsOneReadIsEnoughForAll() async throws {
        try await withOrganizations { tarn in
            let (store, identities) = identities(tarn)
            for account in [management, member, stranger, management, ""] {
                #expect(try await identities.organization(of: account) == OrganizationControls())
            }
            #expect(store.reads == 1)
        }
    }

    @Test func anAccountIsReadOnceUntilSomethingChanges() async throws {
        try await withOrganizations { tarn in
            _ = try await tarn.makeOrganization()
            let (store, identities) = identities(tarn)
            for _ in 0..<5 { _ = try await identities.organization(of: member) }
            for _ in 0..<5 { _ = try await identities.organization(of: stranger) }
            #expect(store.reads == 2)
            identities.organizationsChanged()
            _ = try await identities.organization(of: member)
            #expect(store.reads == 3)
        }
    }

    @Test func levelsRunFromTheRootToTheAccount() async throws {
        try await withOrganizations { tarn in
            let root = try await tarn.makeOrganization()
            let identity = tarn.platform.identity
            let bare = try await identity.organization(of: member)
            #expect(bare.serviceControl.isEmpty && bare.resourceControl.isEmpty)
            try await tarn.org("EnablePolicyType", ["RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"])
            try await tarn.org("EnablePolicyType", ["RootId": root, "PolicyType": "RESOURCE_CONTROL_POLICY"])
            let made = try await tarn.org("CreateOrganizationalUnit", ["ParentId": root, "Name": "unit"])
            let unit = try #require(made["OrganizationalUnit"]?["Id"])
            try await tarn.org(
                "MoveAccount", ["AccountId": .string(member), "SourceParentId": root, "DestinationParentId": unit])
            let policy = try #require(try await tarn.lay(denyAll, on: unit).string)
            let controls = try await identity.organization(of: member)
            #expect(
                controls.serviceControl.map { $0.map(\.name) } == [
                    ["p-FullAWSAccess"], ["p-FullAWSAccess", policy], ["p-FullAWSAccess"],
                ])
            #expect(controls.resourceControl.map { $0.map(\.name) } == Array(repeating: ["p-RCPFullAWSAccess"], count: 3))
            let id = try #require(controls.id)
            #expect(controls.path == "\(id)/\(root.string ?? "")/\(unit.string ?? "")/")
            let top = try await identity.organization(of: management)
            #expect(top.id == id && top.serviceControl.isEmpty && top.resourceControl.isEmpty)
            #expect(top.path == "\(id)/\(root.string ?? "")/")
            #expect(try await identity.organization(of: stranger) == OrganizationControls())
        }
    }

    @Test func aDenialBindsTheMembersRootAndOutlivesARestart() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-org-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var tarn = try await TestPlatform.open([OrganizationsService()], directory: directory)
        let root = try await tarn.makeOrganization()
        try await tarn.org("DescribeOrganization", as: member)
        try await tarn.org("EnablePolicyType", ["RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"])
        try await tarn.org("DescribeOrganization", as: member)
        try await tarn.lay(denyAll, on: .string(member))
        await #expect(throws: AWSError.self) { [tarn] in try await tarn.org("DescribeOrganization", as: member) }
        await tarn.close()
        tarn = try await TestPlatform.open([OrganizationsService()], directory: directory)
        let error = await #expect(throws: AWSError.self) { [tarn] in
            try await tarn.org("DescribeOrganization", as: member)
        }
        #expect(
            error?.message == "User: arn:aws:iam::\(member):root is not authorized to perform: "
                + "organizations:DescribeOrganization on resource: * with an explicit deny in a service control policy")
        try await tarn.org("DescribeOrganization")
        await tarn.close()
    }
}
