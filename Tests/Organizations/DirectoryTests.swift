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
                let controls = try await identities.organization(of: account)
                #expect(controls == OrganizationControls())
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

    @Test func whatChangedWhileItWasReadIsNotKept() async throws {
        try await withOrganizations { tarn in
            let root = try await tarn.makeOrganization()
            try await tarn.org("EnablePolicyType", ["RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"])
            let (store, identities) = identities(tarn)
            store.afterNextRead { identities.organizationsChanged() }
            _ = try await identities.organization(of: member)
            try await tarn.lay(denyAll, on: .string(member))
            let controls = try await identities.organization(of: member)
            #expect(controls.serviceControl.last?.count == 2)
            #expect(store.reads == 2)
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
            let outside = try await identity.organization(of: stranger)
            #expect(outside == OrganizationControls())
        }
    }

    @Test func aDenialBindsTheMembersRootAndOutlivesARestart() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tarn-org-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await bind(directory)
        let tarn = try await TestPlatform.open([OrganizationsService()], directory: directory)
        do {
            try await tarn.org("DescribeOrganization", as: member)
            Issue.record("the member's root is not bound after a restart")
        } catch let error as AWSError {
            #expect(
                error.message == "User: arn:aws:iam::\(member):root is not authorized to perform: "
                    + "organizations:DescribeOrganization on resource: * with an explicit deny in a service control policy")
        }
        try await tarn.org("DescribeOrganization")
        await tarn.close()
    }

    private func bind(_ directory: String) async throws {
        let tarn = try await TestPlatform.open([OrganizationsService()], directory: directory)
        let root = try await tarn.makeOrganization()
        try await tarn.org("DescribeOrganization", as: member)
        try await tarn.org("EnablePolicyType", ["RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"])
        try await tarn.org("DescribeOrganization", as: member)
        try await tarn.lay(denyAll, on: .string(member))
        #expect(await tarn.refusal("DescribeOrganization", as: member) == "AccessDeniedException")
        await tarn.close()
    }
}
